/** @module config/checks: rules between keys that a schema of single values cannot say. */
import type { Config } from '../contracts/config.ts';
import type { ErrorCode } from '../core/error-codes.ts';
import { isLoopback } from '../core/source-address.ts';

/** A rule that the configuration breaks. */
export interface Violation {
  readonly code: ErrorCode;
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

/** The first broken rule, or undefined. */
export function checkRules({ server }: Config): Violation | undefined {
  if (server.trustedProxy === null && server.host !== 'localhost' && !isLoopback(server.host)) {
    return {
      code: 'ADDRESS_UNSAFE',
      pointer: '/server/host',
      message: `Plain HTTP would listen on ${server.host}, beyond loopback.`,
      fix: 'Listen on 127.0.0.1, or put a TLS proxy in front and list its addresses under server.trustedProxy.',
    };
  }
  return undefined;
}
