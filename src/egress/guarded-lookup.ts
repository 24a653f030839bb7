/** @module egress/guarded-lookup: resolves the names of the configuration, but not to where the credentials of the machine are served. */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { AppError } from '../core/errors.ts';
import { classOfAddress, type Reach } from './address-class.ts';

/** Resolves a name to all of its addresses. */
export type ResolveName = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A `lookup` for sockets: what it answers is what is connected to. A name that leads, with any of its
 * addresses, to a metadata service is refused. An address that the operator wrote as such is never
 * looked up, and so is allowed.
 *
 * @param reach classes that every address must be of; absent = all but `metadata`, for names that the operator wrote
 */
export function createGuardedLookup(resolve: ResolveName = systemLookup, reach?: Reach): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) callback(error ?? new AppError('PROVIDER_UNREACHABLE'), '');
      else if (addresses.some(({ address }) => classOfAddress(address) === 'metadata')) callback(new AppError('EGRESS_REFUSED', TO_METADATA), '');
      else if (reach && !addresses.every(({ address }) => isWithin(address, reach))) callback(new AppError('EGRESS_REFUSED', OUT_OF_REACH), '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

const TO_METADATA = {
  message: 'The name leads to a link-local address or to the metadata service of a cloud.',
  fix: 'If that is meant, write the address itself into the configuration instead of the name.',
};

/** Of an address that nobody here wrote down. */
export const OUT_OF_REACH = {
  message: 'The address was given by a server outside, and leads into a network that is none of its own.',
  fix: 'If that is meant, write the address into the configuration.',
} as const;

function isWithin(address: string, reach: Reach): boolean {
  const found = classOfAddress(address);
  return reach.some((allowed) => allowed === found);
}
