/** @module limits/budgets: reserves before a call what it may use, books after it what it used. */
import type { Clock } from '../core/clock.ts';
import type { MaybePromise } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';
import type { RateState } from '../contracts/call.ts';
import type { ReservedCall, Reservation } from '../contracts/limits.ts';
import type { BudgetsConfig } from '../contracts/limits-config.ts';
import type { Principal } from '../contracts/principal.ts';
import type { BudgetAccount, BudgetClaim, BudgetUnit, BudgetUse, Spend, SpendLedger } from '../contracts/spend.ts';
import type { Target } from '../contracts/target.ts';
import type { Counter, Logger } from '../contracts/telemetry.ts';
import { compileAccounts, type Accounts } from './accounts.ts';
import { createBookings, type Bookings } from './bookings.ts';
import { priceUnknown, quotaExceeded } from './refusals.ts';

/** A call that ran into its deadline still has to end and to book. */
const LEASE_MARGIN_MS = 30_000;
/** For calls that nothing bounds. */
const MAX_LEASE_MS = 3_600_000;
const NOTHING: BudgetUse = Object.freeze({ microUsd: 0, tokens: 0, requests: 0, sandboxSeconds: 0 });

/** What budgets are counted with. */
export interface BudgetPorts {
  /** Asked at the first use. */
  readonly ledger: () => SpendLedger;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'error' | 'info'>;
  /** Counts what was used, by {target}: micro-USD, and requests whose price is not known. */
  readonly spent: Counter;
  readonly unpriced: Counter;
  /** Counts refusals by {unit}. */
  readonly refused: Counter;
}

/** The budgets of one gateway. */
export interface Budgets {
  /**
   * Takes what the call may use from all budgets that apply, or from none; then `place` is given back.
   *
   * @returns at once where none applies
   * @throws AppError QUOTA_EXCEEDED, PRICE_UNKNOWN, STORAGE_*, the scope's reason
   */
  reserve(place: Reservation, principal: Principal, target: Target, scope: Scope, call: ReservedCall): MaybePromise<Reservation>;
  /** What applies to the principal whatever it calls. */
  accountsOf(principal: Principal): readonly BudgetAccount[];
  /** Whether what it uses may count on a budget, whichever model it calls. */
  isCounted(principal: Principal): boolean;
  /** Reads other budgets and returns the way to put them in force; what was used stays used. @throws AppError CONFIG_INVALID */
  prepare(config: BudgetsConfig): () => void;
  /** Bookings that wait for the storage. */
  readonly waiting: number;
  /** Tries once more to book what waits; what cannot be booked is logged. */
  close(): Promise<void>;
}

/** @throws AppError CONFIG_INVALID */
export function createBudgets(config: BudgetsConfig, ports: BudgetPorts): Budgets {
  const { ledger, clock } = ports;
  const bookings = createBookings(ledger, ports.logger);
  let accounts: Accounts = compileAccounts(config);

  const hold = async (place: Reservation, claims: readonly BudgetClaim[], paid: PaidPlace, scope: Scope): Promise<Reservation> => {
    const { callId: id } = paid;
    const at = clock.now();
    try {
      const refusal = await ledger().reserve({ id, at, leaseMs: Math.ceil(Math.min(MAX_LEASE_MS, scope.remainingMs)) + LEASE_MARGIN_MS, claims });
      if (refusal) {
        ports.refused.add({ unit: refusal.claim.unit });
        throw quotaExceeded(refusal, at);
      }
    } catch (error) {
      void place.settle();
      throw error;
    }
    if (scope.reason) {
      await paid.settle();
      throw scope.reason;
    }
    return paid;
  };

  return {
    reserve: (place, principal, target, scope, call) => {
      const applying = accounts.of(principal, target);
      if (applying.length === 0) return new PaidPlace(place, principal, target.name, call.callId, ports, undefined);
      const claims = claimsOf(place, applying, target, call.input);
      if (!claims) return place;
      if (claims.length === 0) return new PaidPlace(place, principal, target.name, call.callId, ports, undefined);
      return hold(place, claims, new PaidPlace(place, principal, target.name, call.callId, ports, bookings), scope);
    },
    accountsOf: (principal) => accounts.ofPrincipal(principal),
    isCounted: (principal) => accounts.isCounted(principal),
    prepare: (next) => {
      const prepared = compileAccounts(next);
      return () => {
        accounts = prepared;
      };
    },
    get waiting() {
      return bookings.waiting;
    },
    close: () => bookings.close(),
  };
}

/** Undefined = the call uses nothing itself. Gives the place back when it throws. */
function claimsOf(place: Reservation, accounts: readonly BudgetAccount[], target: Target, input: unknown): readonly BudgetClaim[] | undefined {
  try {
    const estimate = target.estimate?.(input);
    if (!estimate) return undefined;
    const use = useOf(estimate);
    // Money and tokens do not stop a run of code, and its seconds no model.
    const isSandboxed = estimate.sandboxSeconds !== undefined;
    const applying = accounts.filter(({ unit }) => (unit === 'sandboxSeconds') === isSandboxed);
    return applying.map((account) => {
      const amount = use[account.unit];
      if (amount === null) throw priceUnknown(target.name, account);
      return { ...account, amount };
    });
  } catch (error) {
    void place.settle();
    throw error;
  }
}

/** A counted call that is paid for: books when it is settled. */
class PaidPlace implements Reservation {
  readonly callId: string;
  readonly #place: Reservation;
  readonly #principal: Principal;
  readonly #target: string;
  readonly #ports: BudgetPorts;
  /** Absent = nothing was reserved. */
  readonly #bookings: Bookings | undefined;
  #isSettled = false;

  constructor(place: Reservation, principal: Principal, target: string, callId: string, ports: BudgetPorts, bookings: Bookings | undefined) {
    this.callId = callId;
    this.#place = place;
    this.#principal = principal;
    this.#target = target;
    this.#ports = ports;
    this.#bookings = bookings;
  }

  get rate(): RateState {
    return this.#place.rate;
  }

  settle(used?: Spend): MaybePromise<void> {
    if (this.#isSettled) return undefined;
    this.#isSettled = true;
    void this.#place.settle();
    // The books are those of models.
    if (used && used.sandboxSeconds === undefined) this.#record(used);
    return this.#bookings?.book(this.callId, used ? useOf(used) : NOTHING);
  }

  #record({ costMicroUsd, inputTokens, outputTokens, isEstimated }: Spend): void {
    const { clock, ledger, spent, unpriced, logger } = this.#ports;
    const target = this.#target;
    const cost = whole(costMicroUsd);
    if (cost === null) unpriced.add({ target });
    else spent.add({ target }, cost);
    const { id: principalId, tenant } = this.#principal;
    try {
      ledger().record({
        at: clock.now(),
        principalId,
        tenant,
        target,
        costMicroUsd: cost,
        inputTokens: whole(inputTokens),
        outputTokens: whole(outputTokens),
        isEstimated,
      });
    } catch (error) {
      // The report misses an entry; the call is not to blame, and its outcome record holds the same numbers.
      logger.error('spend not recorded', { call_id: this.callId, cause: String(error) });
    }
  }
}

function useOf({ costMicroUsd, inputTokens, outputTokens, sandboxSeconds }: Spend): Readonly<Record<BudgetUnit, number | null>> {
  const [input, output] = [whole(inputTokens), whole(outputTokens)];
  return {
    microUsd: whole(costMicroUsd),
    tokens: input === null || output === null ? null : whole(input + output),
    requests: 1,
    sandboxSeconds: whole(sandboxSeconds ?? 0),
  };
}

/** Whole and not negative, rounded up, at most what the books can hold; what is no number is not known. */
function whole(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.ceil(value)));
}
