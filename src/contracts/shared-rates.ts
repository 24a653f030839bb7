/** @module contracts/shared-rates: calls per minute, counted where several nodes meet. */

/** A counter and its bounds. */
export interface SharedCounter {
  /** Names it for all nodes, such as `role key:0123456789ab`; any text. */
  readonly name: string;
  /** Calls a minute. */
  readonly limit: number;
  /** Calls above it that may come at once after a quiet time. */
  readonly burst: number;
}

/** A counter after a look. */
export interface SharedCount {
  /** 0 = the call fits. */
  readonly retryAfterSeconds: number;
  /** Calls that still fit, never more than the limit. */
  readonly remaining: number;
  /** Seconds until the oldest counted calls leave the window. */
  readonly resetSeconds: number;
}

/**
 * Counters on a server. No 60 seconds hold more than limit + burst calls of all nodes together, and over longer times no more
 * than the limit is kept up, by the server's clock. What stands there and cannot have been written by a node counts as used up.
 */
export interface SharedRates {
  /**
   * Counts one call in all of the counters (1 to 4) or, when it does not fit in one of them, in none.
   *
   * @returns in the order asked
   * @throws AppError STORAGE_UNAVAILABLE at the latest when the time of the server is over
   */
  take(counters: readonly SharedCounter[]): Promise<readonly SharedCount[]>;
  /** Says that this node is there, and how many are. @throws AppError STORAGE_UNAVAILABLE */
  attend(nodeId: string): Promise<number>;
}
