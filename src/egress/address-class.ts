/** @module egress/address-class: what kind of place an IP address is. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { AddressClass } from '../contracts/egress.ts';

/**
 * Link-local addresses and the metadata services of clouds that lie elsewhere. An IPv4 address inside
 * an IPv6 one is found too.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (fd00:ec2::254)
 * @see https://docs.cloud.google.com/compute/docs/metadata/querying-metadata (fd20:ce::254)
 * @see https://www.rfc-editor.org/rfc/rfc6052 (64:ff9b::/96)
 */
const METADATA = blockList(
  ['169.254.0.0/16', 'fe80::/10', '64:ff9b::a9fe:0/112'],
  ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
);
const LOOPBACK = blockList(['127.0.0.0/8'], ['::1']);
/** @see RFC 1918, RFC 4193, RFC 6598 */
const PRIVATE = blockList(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'], []);
/**
 * Special-purpose blocks that no public server has. Of IPv6 everything outside of 2000::/3 is one, and so are the forms
 * that carry an IPv4 address inside: what they lead to is decided by somebody else.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const RESERVED = {
  ipv4: blockList(
    [
      '0.0.0.0/8',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.31.196.0/24',
      '192.52.193.0/24',
      '192.88.99.0/24',
      '192.175.48.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
    ],
    [],
  ),
  // Kept apart: a list finds IPv4 addresses also in IPv6 networks that hold their mapped form.
  ipv6: blockList(['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'], []),
} as const;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Of one address, as the resolver or a URL writes it, with or without a zone. What is none is `reserved`. */
export function classOfAddress(address: string): AddressClass {
  const [zoneless = ''] = address.split('%', 1);
  const plain = MAPPED.exec(zoneless)?.[1] ?? zoneless;
  if (isIP(plain) === 0) return 'reserved';
  const family = isIPv6(plain) ? 'ipv6' : 'ipv4';
  if (METADATA.check(plain, family)) return 'metadata';
  if (LOOPBACK.check(plain, family)) return 'loopback';
  if (PRIVATE.check(plain, family)) return 'private';
  return RESERVED[family].check(plain, family) ? 'reserved' : 'public';
}

/** Of the host of a URL, where the URL itself tells: an address, or a name that always means this machine; undefined for other names. */
export function classOfHost(hostname: string): AddressClass | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return classOfAddress(bare);
  return /^(?:.+\.)?localhost\.?$/i.test(bare) ? 'loopback' : undefined;
}

function blockList(networks: readonly string[], addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  for (const address of addresses) list.addAddress(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return list;
}

/** Classes that addresses from outside may have. */
export type Reach = readonly AddressClass[];

/**
 * Where a server at this URL may send us: to public hosts, and, where the operator wrote the server as an address of this
 * machine or of a private network, to such too. A *name* that leads there opens nothing: whoever runs the server also
 * decides what its name means.
 */
export function reachFrom(url: string): Reach {
  const own = classOfHost(new URL(url).hostname);
  return own === 'loopback' || own === 'private' ? ['public', own] : ['public'];
}
