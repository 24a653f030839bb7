/**
 * @module egress/public-dialer: documents at addresses that a stranger named. Not for what the operator wrote into the
 * configuration: that is the dialer's.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { AppError } from '../core/errors.ts';
import { readWhole } from '../core/read-bytes.ts';
import { Scope } from '../core/scope.ts';
import { createEgress } from './dialer.ts';
import type { ResolveName } from './guarded-lookup.ts';

/** A document as it came. */
export interface PublicDocument {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How documents are fetched. */
export interface PublicDialerOptions {
  /** Networks (CIDR) or addresses beside the public ones. */
  readonly allowed?: readonly string[];
  /** Resolves names; the system's resolver unless given. */
  readonly resolve?: ResolveName;
}

/**
 * Every IPv4 network that is not for the public internet.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry; 168.63.129.16 is Azure's metadata service
 */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** Of IPv6 only global unicast is public (2000::/3), and not what of it carries or documents other addresses. @see https://www.iana.org/assignments/iana-ipv6-special-registry */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];
const GLOBAL_V6 = ['2000::/3'];

const MAX_URL_LENGTH = 2_048;

/**
 * Gets a document: https alone, no user in the address, no redirects, public addresses alone. A name is
 * resolved once; if any of its addresses is not public it is refused, and what is connected to is
 * what was judged.
 */
export function createPublicDialer({
  allowed = [],
  resolve = systemLookup,
}: PublicDialerOptions = {}): (url: string, maxBytes: number, timeoutMs: number) => Promise<PublicDocument> {
  const exceptions = blockListOf(allowed);
  const isAllowed = (address: string): boolean => isPublicAddress(address) || exceptions.check(address, familyOf(address));
  const guarded: ResolveName = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (!error && addresses.some(({ address }) => !isAllowed(address))) callback(refusal(), []);
      else callback(error, addresses);
    });
  };
  return async (text, maxBytes, timeoutMs) => {
    const url = text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
    if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
      throw new AppError('EGRESS_REFUSED', { message: 'Only https addresses without a user are fetched.' });
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 && !isAllowed(host)) throw refusal();
    const egress = createEgress([url.origin], { resolve: guarded });
    using scope = new Scope();
    const timer = setTimeout(() => scope.cancel(new AppError('PROVIDER_SILENT', { message: `No whole answer within ${timeoutMs} ms.` })), timeoutMs);
    try {
      const headers = { accept: 'application/json', 'user-agent': 'switchyard' };
      const response = await egress.send({ method: 'GET', url: url.href, headers, scope, firstByteMs: timeoutMs, idleMs: timeoutMs, maxBytes });
      return { status: response.status, headers: response.headers, body: await readWhole(response.body) };
    } finally {
      clearTimeout(timer);
      egress.close();
    }
  };
}

const SPECIAL = blockListOf([...SPECIAL_V4, ...SPECIAL_V6]);
const GLOBAL = blockListOf(GLOBAL_V6);

/** Whether the address is one of the public internet. An IPv4 address that is mapped into IPv6 is judged as what it is. */
export function isPublicAddress(address: string): boolean {
  const [plain = ''] = address.split('%', 1);
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(plain)?.[1];
  if (mapped !== undefined) return isPublicAddress(mapped);
  if (isIP(plain) === 0) return false;
  return !SPECIAL.check(plain, familyOf(plain)) && (!isIPv6(plain) || GLOBAL.check(plain, 'ipv6'));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function refusal(): AppError {
  return new AppError('EGRESS_REFUSED', {
    message: 'The address is not one of the public internet.',
    fix: 'If that is meant, list its network under identity.server.clientDocumentNetworks.',
  });
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}
