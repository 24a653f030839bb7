/** @module contracts/limits: how often, how many, how much. */
import type { MaybePromise } from '../core/json.ts';
import type { RateState } from './call.ts';
import type { Principal } from './principal.ts';
import type { Scope } from '../core/scope.ts';
import type { Spend } from './spend.ts';
import type { Target } from './target.ts';

/** A place that was taken; settled exactly once. */
export interface Reservation {
  readonly rate: RateState;
  /**
   * Gives the slot back at once and books what was really used. Never fails: what cannot be booked now
   * is kept and tried again, and until then what was reserved stays taken. Safe to call again: only the
   * first counts.
   *
   * @param used what the target told last; undefined = nothing
   * @returns a promise where a booking has to reach the disk
   */
  settle(used?: Spend): MaybePromise<void>;
}

/** What budgets look at besides the target: a call is one. */
export interface ReservedCall {
  readonly callId: string;
  /** Valid, with defaults, frozen. */
  readonly input: unknown;
}

/** Everything that is counted before a call may run. */
export interface Limits {
  /** Counts one arrival of the source. @throws AppError RATE_LIMITED with data {retryAfterSeconds} */
  source(source: string): void;
  /**
   * Counts the call against its rates and takes a slot, waiting in the bounded queue when none is
   * free. A child call (`isChild`) is counted but takes no slot. Then, for targets that are paid for,
   * takes what the call may use from every budget that applies, or from none. Synchronous where no
   * slot is waited for and no budget applies.
   *
   * @throws AppError RATE_LIMITED, QUOTA_EXCEEDED (data {account, unit, window, limit, used, retryAfterSeconds}), PRICE_UNKNOWN, OVERLOADED,
   * STORAGE_*; the scope's reason while queued
   */
  reserve(principal: Principal, target: Target, scope: Scope, isChild: boolean, call: ReservedCall): MaybePromise<Reservation>;
  /** Slots in use and calls queued, for status and metrics. */
  load(): { readonly running: number; readonly queued: number };
}
