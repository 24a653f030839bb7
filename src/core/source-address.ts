/** @module core/source-address: what a client's network address says about it. */
const MAPPED = '::ffff:';
/** Not a validation: the address comes from a socket. (node:net would tell, at the price of loading it at start.) */
const LOOKS_IPV6 = /^[0-9a-f:.]{2,45}$/i;

/** IPv4 in its plain form when it arrives mapped into IPv6, as on a listener for both. */
const unmap = (source: string): string => (source.startsWith(MAPPED) && source.includes('.') ? source.slice(MAPPED.length) : source);

/**
 * Whether the source is this machine: `stdio`, 127.0.0.0/8 or ::1, also mapped. Judges the text it
 * is given: behind a proxy that is the address the proxy was trusted to name.
 */
export function isLoopback(source: string): boolean {
  return source === 'stdio' || source === '::1' || unmap(source).startsWith('127.');
}

/**
 * What counts as one source: an IPv4 address, or the first 64 bits of an IPv6 one, since a single
 * subscriber owns all addresses below them. Any other text stands for itself.
 */
export function networkOf(source: string): string {
  const plain = unmap(source);
  const [address = ''] = plain.split('%', 1);
  if (!plain.includes(':') || !LOOKS_IPV6.test(address)) return plain;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // A dotted IPv4 ending fills two of the eight groups.
  const given = before.length + after.length + (address.includes('.') ? 1 : 0);
  const groups = tail === undefined ? before : [...before, ...Array.from({ length: 8 - given }, () => '0'), ...after];
  return (
    mappedIn(groups) ??
    `${groups
      .slice(0, 4)
      .map((group) => group.replace(/^0+(?=.)/, ''))
      .join(':')}::/64`
  );
}

/** The IPv4 address that an IPv6 one stands for, in whatever spelling; undefined when it stands for none. */
function mappedIn(groups: readonly string[]): string | undefined {
  if (groups[5] !== 'ffff' || groups.slice(0, 5).some((group) => Number.parseInt(group, 16) !== 0)) return undefined;
  const [high = '', low] = groups.slice(6);
  if (low === undefined) return high;
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]).join('.');
}
