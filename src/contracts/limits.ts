/** @module contracts/limits: how often, how many, how much. */
import type { MaybePromise } from '../core/json.ts';
import type { RateState } from './call.ts';
import type { Principal } from './principal.ts';
import type { Scope } from '../core/scope.ts';
import type { Target } from './target.ts';

/** A place that was taken; settled exactly once. */
export interface Reservation {
  readonly rate: RateState;
  /** Gives the slot back and books what was really used. Safe to call again: only the first counts. */
  settle(): void;
}

/** Everything that is counted before a call may run. */
export interface Limits {
  /** Counts one arrival of the source. @throws AppError RATE_LIMITED with data {retryAfterSeconds} */
  source(source: string): void;
  /**
   * Counts the call against its rates and takes a slot, waiting in the bounded queue when none is
   * free. A child call (`isChild`) is counted but takes no slot.
   *
   * @throws AppError RATE_LIMITED, QUOTA_EXCEEDED (data {retryAfterSeconds}), OVERLOADED; the scope's reason while queued
   */
  reserve(principal: Principal, target: Target, scope: Scope, isChild: boolean): MaybePromise<Reservation>;
  /** Slots in use and calls queued, for status and metrics. */
  load(): { readonly running: number; readonly queued: number };
}
