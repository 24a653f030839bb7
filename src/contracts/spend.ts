/** @module contracts/spend: what calls use up: money, tokens, requests; and who may use up how much. */

/** What a call uses, estimated before it or known after it; null = not known, which is not 0. */
export interface Spend {
  /** Millionths of a US dollar, whole. */
  readonly costMicroUsd: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Whether any of the numbers is an estimate rather than what the provider says. */
  readonly isEstimated: boolean;
}

/** Lengths of time a budget speaks about. They begin with the UTC minute, hour, day, Monday, month; `total` never ends. */
export type BudgetWindow = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'total';

/** What a budget counts. */
export type BudgetUnit = 'microUsd' | 'tokens' | 'requests';

/** How much may be used in a window; whole numbers. */
export interface Budget {
  readonly unit: BudgetUnit;
  readonly limit: number;
  readonly window: BudgetWindow;
}

/** A budget of somebody or something. */
export interface BudgetAccount extends Budget {
  /** Whose it is: `key:<id>`, `user:<id>`, `team:<tenant>`, `role:<role>`, `model:<provider/model or pattern>`, `gateway`. */
  readonly account: string;
}

/** One account's share of a reservation. */
export interface BudgetClaim extends BudgetAccount {
  /** Of the account's unit, taken until the reservation is settled. */
  readonly amount: number;
}

/** Why a reservation was refused. */
export interface BudgetRefusal {
  readonly account: string;
  readonly unit: BudgetUnit;
  readonly limit: number;
  readonly window: BudgetWindow;
  /** Used and reserved by others. */
  readonly used: number;
  /** Seconds to the next window; null = there is none. */
  readonly retryAfterSeconds: number | null;
}

/** One line of the books: what one attempt at a model really used. */
export interface SpendEntry extends Spend {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly callId: string;
  readonly principalId: string;
  readonly tenant: string | null;
  /** `provider/model`. */
  readonly target: string;
}

/** Sums of a report. */
export interface SpendSum {
  /** Values of the grouping, in its order. */
  readonly group: readonly string[];
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the requests whose price is known. */
  readonly costMicroUsd: number;
  /** Requests whose price is not known. */
  readonly unpricedRequests: number;
  readonly estimatedRequests: number;
}

/** By what a report groups. */
export type SpendGrouping = 'day' | 'principal' | 'tenant' | 'target';

/** The books. Several processes of one home write into the same. */
export interface SpendLedger {
  /**
   * Takes all claims or none: what is used, what others have reserved and what is claimed never pass a limit.
   *
   * @param leaseMs after that time the reservation is released, whatever became of its holder
   * @throws AppError STORAGE_UNAVAILABLE
   */
  reserve(id: string, claims: readonly BudgetClaim[], leaseMs: number): Promise<BudgetRefusal | undefined>;
  /**
   * Ends the reservation and books what was used, in one step. Also after its lease.
   *
   * @param used amount by account, in the account's own unit
   * @throws AppError STORAGE_UNAVAILABLE
   */
  settle(id: string, used: readonly BudgetClaim[]): Promise<void>;
  /** Writes an entry into the books, soon. Entries of a process that is killed in the same second may be lost; budgets are not. */
  record(entry: SpendEntry): void;
  /** Sums from `from` (inclusive) to `to` (exclusive), epoch milliseconds; also of entries on their way. */
  report(query: { readonly from: number; readonly to: number; readonly groupBy: readonly SpendGrouping[] }): Promise<readonly SpendSum[]>;
  /** Used and reserved of the accounts' current windows, in the order asked. */
  usage(accounts: readonly BudgetAccount[]): Promise<readonly { readonly used: number; readonly reserved: number }[]>;
}
