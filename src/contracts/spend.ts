/** @module contracts/spend: what calls use up: money, tokens, requests; and who may use up how much. */
import type { MaybePromise } from '../core/json.ts';

/** What a call uses, estimated before it or known after it; null = not known, which is not 0. */
export interface Spend {
  /** Millionths of a US dollar, whole. */
  readonly costMicroUsd: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Whether any of the numbers is an estimate rather than what the provider says. */
  readonly isEstimated: boolean;
  /** Seconds of a run in the sandbox; present = the call is one, and counts on budgets of this unit alone. */
  readonly sandboxSeconds?: number | undefined;
}

/** Lengths of time a budget speaks about. They begin with the UTC minute, hour, day, Monday, month; `total` never ends. */
export type BudgetWindow = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'total';

/**
 * What a budget counts. A request (of a model) counts when its target told what it used: a failed one does not. Seconds of the
 * sandbox are whole, rounded up for each run.
 */
export type BudgetUnit = 'microUsd' | 'tokens' | 'requests' | 'sandboxSeconds';

/** How much may be used in a window; whole numbers. */
export interface Budget {
  readonly unit: BudgetUnit;
  readonly limit: number;
  readonly window: BudgetWindow;
}

/** A budget of somebody or something. */
export interface BudgetAccount extends Budget {
  /**
   * Whose it is: `key:<id>`, `user:<principal>`, `role:<role>:<principal>`, `team:<tenant>`,
   * `model:<pattern>`, `gateway`.
   */
  readonly account: string;
}

/** One account's share of a reservation. */
export interface BudgetClaim extends BudgetAccount {
  /** Of the account's unit, taken until the reservation is settled. */
  readonly amount: number;
}

/** What is taken from the accounts of one call. */
export interface BudgetReservation {
  /** Unique, such as the id of the call. */
  readonly id: string;
  /** Epoch milliseconds. Decides the windows, also of what is booked later, and which leases are over. */
  readonly at: number;
  /** After that time the reservation no longer counts, whatever became of its holder. */
  readonly leaseMs: number;
  /** At most one for each account, unit and window. */
  readonly claims: readonly BudgetClaim[];
}

/** The claim that did not fit. */
export interface BudgetRefusal {
  readonly claim: BudgetClaim;
  /** Booked in the window. */
  readonly used: number;
  /** Taken by calls under way. */
  readonly reserved: number;
}

/** What a reservation really used; null = not known: what was reserved is booked. */
export type BudgetUse = Readonly<Record<BudgetUnit, number | null>>;

/** One line of the books: what one attempt at a model really used. */
export interface SpendEntry extends Spend {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly principalId: string;
  readonly tenant: string | null;
  /** `provider/model`. */
  readonly target: string;
}

/** Sums of a report. */
export interface SpendSum {
  /** Values of the grouping, in its order; days as 2026-11-21; no tenant is the empty text. */
  readonly group: readonly string[];
  readonly requests: number;
  /** Of the requests whose tokens are known. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the requests whose price is known. */
  readonly costMicroUsd: number;
  /** Requests whose price is not known. */
  readonly unpricedRequests: number;
  /** Requests whose tokens, or some of them, are not known. */
  readonly unmeasuredRequests: number;
  readonly estimatedRequests: number;
}

/** By what a report groups. */
export type SpendGrouping = 'day' | 'principal' | 'tenant' | 'target';

/** What a report is about. */
export interface SpendQuery {
  /** Epoch milliseconds; the books are kept by the hour, and the hour that it lies in counts whole. */
  readonly from: number;
  /** The hour that it lies in counts whole, unless it is its very beginning. */
  readonly to: number;
  readonly groupBy: readonly SpendGrouping[];
}

/** The books. Several processes of one home write into the same. All numbers are whole. */
export interface SpendLedger {
  /**
   * Takes all claims or none: what is used, what others have reserved and what is claimed never pass a
   * limit. Survives a crash when it has resolved.
   *
   * @returns the first claim that does not fit, or undefined
   * @throws AppError STORAGE_*
   */
  reserve(reservation: BudgetReservation): Promise<BudgetRefusal | undefined>;
  /**
   * Ends the reservation and books what was used, in one step, in the windows of its beginning and also
   * beyond a limit. Also after its lease, for a day. Books once: safe to repeat when the answer was lost.
   *
   * @throws AppError STORAGE_*
   */
  settle(id: string, used: BudgetUse): Promise<void>;
  /** Writes an entry into the books, within a second. Entries of a process that is killed before may be lost; budgets are not. */
  record(entry: SpendEntry): void;
  /** Sums, in the order of their groups; also of entries on their way. @throws AppError STORAGE_* */
  report(query: SpendQuery): Promise<readonly SpendSum[]>;
  /** Used and reserved at that time (epoch milliseconds) in the accounts' windows, in the order asked. @throws AppError STORAGE_* */
  usage(accounts: readonly BudgetAccount[], at: number): MaybePromise<readonly BudgetState[]>;
}

/** How much of a budget is taken. */
export interface BudgetState {
  readonly used: number;
  readonly reserved: number;
}
