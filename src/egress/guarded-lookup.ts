/** @module egress/guarded-lookup: resolves the names of the configuration, but not to where the credentials of the machine are served. */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIPv6, type LookupFunction } from 'node:net';
import { AppError } from '../core/errors.ts';

/** Resolves a name to all of its addresses. */
export type ResolveName = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Link-local addresses and the metadata services of clouds that lie elsewhere. An IPv4 address inside
 * an IPv6 one is found too.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (fd00:ec2::254)
 * @see https://docs.cloud.google.com/compute/docs/metadata/querying-metadata (fd20:ce::254)
 * @see https://www.rfc-editor.org/rfc/rfc6052 (64:ff9b::/96)
 */
const METADATA = new BlockList();
METADATA.addSubnet('169.254.0.0', 16, 'ipv4');
METADATA.addSubnet('fe80::', 10, 'ipv6');
METADATA.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
METADATA.addAddress('fd00:ec2::254', 'ipv6');
METADATA.addAddress('fd20:ce::254', 'ipv6');
METADATA.addAddress('100.100.100.200', 'ipv4');
METADATA.addAddress('168.63.129.16', 'ipv4');
METADATA.addAddress('192.0.0.192', 'ipv4');

/**
 * A `lookup` for sockets: what it answers is what is connected to. A name that leads, with any of its
 * addresses, to a metadata service is refused. An address that the operator wrote as such is never
 * looked up, and so is allowed.
 */
export function createGuardedLookup(resolve: ResolveName = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) callback(error ?? new AppError('PROVIDER_UNREACHABLE'), '');
      else if (addresses.some(isMetadata)) callback(new AppError('EGRESS_REFUSED', REFUSED), '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

const REFUSED = {
  message: 'The name leads to a link-local address or to the metadata service of a cloud.',
  fix: 'If that is meant, write the address itself into the configuration instead of the name.',
};

function isMetadata({ address }: LookupAddress): boolean {
  return METADATA.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
