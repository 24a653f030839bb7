/**
 * @module egress/public-dialer: documents at addresses that a stranger named. Not for what the operator wrote into the
 * configuration: that is the dialer's.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { AppError } from '../core/errors.ts';
import { readWhole } from '../core/read-bytes.ts';
import { Scope } from '../core/scope.ts';
import { classOfAddress } from './address-class.ts';
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
  const isAllowed = (address: string): boolean => classOfAddress(address) === 'public' || exceptions.check(address, familyOf(address));
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
