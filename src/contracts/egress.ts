/** @module contracts/egress: the way out of the process. */
import type { Scope } from '../core/scope.ts';

/** A request to a server outside. */
export interface EgressRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Its origin must be one that the operator wrote into the configuration. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** Cancelling it ends the connection at once, also while the body is read. */
  readonly scope: Scope;
  /** Milliseconds until the head of the answer. */
  readonly firstByteMs: number;
  /** Milliseconds between two pieces of the body; the time the reader takes does not count. */
  readonly idleMs: number;
  /** Bytes the body may have. */
  readonly maxBytes: number;
}

/** An answer whose body is still coming. */
export interface EgressResponse {
  readonly status: number;
  /** Names in lower case; repeated ones joined. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Read it to its end or leave the loop: both release the connection.
   *
   * @throws AppError PROVIDER_UNREACHABLE, PROVIDER_SILENT, RESPONSE_TOO_LARGE, or the scope's reason
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The guarded dialer. */
export interface Egress {
  /**
   * Sends the request. Redirects are not followed.
   *
   * @throws AppError EGRESS_REFUSED, PROVIDER_UNREACHABLE, PROVIDER_SILENT, or the scope's reason
   */
  send(request: EgressRequest): Promise<EgressResponse>;
  /** Ends idle connections. */
  close(): void;
}

/** What an address belongs to. `reserved` is everything that is no public host and none of the others. */
export type AddressClass = 'public' | 'private' | 'loopback' | 'metadata' | 'reserved';
