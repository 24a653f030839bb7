/** @module doors/http/trusted-proxy: whose word about the client counts. */
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { AppError } from '../../core/errors.ts';
import { RecentMap } from '../../core/recent-map.ts';

/** What a request says about its client. */
export interface Arrived {
  /** Address without port. */
  readonly source: string;
  /** Host as the client named it. */
  readonly authority: string | undefined;
  /** Whether the client's own connection is encrypted. */
  readonly isSecure: boolean;
}

/** The declared proxies. */
export interface ProxyTrust {
  isTrusted(address: string): boolean;
  /**
   * Reads X-Forwarded-For, -Host and -Proto of a request that came from a trusted address. Of a list,
   * only what trusted proxies appended counts: for the address the last one that is not itself a
   * trusted proxy's, for host and scheme the last. Anything that is no address is not believed.
   */
  read(headers: IncomingHttpHeaders, peer: string): Arrived;
}

const MEMO_ENTRIES = 1000;

/**
 * @param proxies addresses or CIDR ranges
 * @throws AppError CONFIG_INVALID for anything else
 */
export function createProxyTrust(proxies: readonly string[]): ProxyTrust {
  const ranges = new BlockList();
  for (const proxy of proxies) addRange(ranges, proxy);
  const memo = new RecentMap<string, boolean>(MEMO_ENTRIES);

  const isTrusted = (address: string): boolean => {
    const known = memo.get(address);
    if (known !== undefined) return known;
    const family = isIP(address);
    const verdict = family !== 0 && ranges.check(address, family === 6 ? 'ipv6' : 'ipv4');
    memo.set(address, verdict);
    return verdict;
  };

  return {
    isTrusted,
    read: (headers, peer) => ({
      source: clientOf(headers['x-forwarded-for'], peer, isTrusted),
      authority: lastOf(headers['x-forwarded-host']) ?? headers.host,
      isSecure: lastOf(headers['x-forwarded-proto'])?.toLowerCase() === 'https',
    }),
  };
}

/** IPv4 in its plain form when a dual-stack listener shows it mapped into IPv6. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function clientOf(header: string | readonly string[] | undefined, peer: string, isTrusted: (address: string) => boolean): string {
  const hops = String(header ?? '').split(',');
  let client = peer;
  for (const hop of hops.reverse()) {
    const address = parseHop(hop.trim());
    if (address === undefined) return client;
    client = address;
    if (!isTrusted(address)) return client;
  }
  return client;
}

/** Address of one entry, its port taken off; undefined when it is none. */
function parseHop(hop: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([0-9a-fA-F:.]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(hop) ?? [];
  const address = bracketed ?? dotted ?? hop;
  return isIP(address) === 0 ? undefined : plainAddress(address.toLowerCase());
}

function lastOf(header: string | readonly string[] | undefined): string | undefined {
  const last = String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return last === '' ? undefined : last;
}

function addRange(ranges: BlockList, proxy: string): void {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(proxy) ?? [];
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const widest = family === 'ipv6' ? 128 : 32;
  if (isIP(address) === 0 || Number(prefix ?? 0) > widest) {
    throw new AppError('CONFIG_INVALID', { message: `server.trustedProxy: not an address or range: ${proxy}` });
  }
  if (prefix === undefined) ranges.addAddress(address, family);
  else ranges.addSubnet(address, Number(prefix), family);
}
