/** @module limits/limits: rates and slots of this process. */
import type { Clock } from '../core/clock.ts';
import { RecentMap } from '../core/recent-map.ts';
import { isLoopback, networkOf } from '../core/source-address.ts';
import type { RateState } from '../contracts/call.ts';
import type { Limits, Reservation, ReservedCall } from '../contracts/limits.ts';
import type { MaybePromise } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';
import type { Target } from '../contracts/target.ts';
import type { LimitsConfig } from '../contracts/limits-config.ts';
import type { SharedCounter } from '../contracts/shared-rates.ts';
import type { Principal } from '../contracts/principal.ts';
import { checkLimits } from './check-limits.ts';
import { RateCounter, WINDOW_SECONDS } from './rate-counter.ts';
import { rateLimited } from './refusals.ts';
import { Slots } from './slots.ts';

const MAX_COUNTED = 100_000;

/** Limits whose numbers can change while calls run. */
export interface MemoryLimits extends Omit<Limits, 'reserve'> {
  /** As Limits.reserve, budgets left out. */
  reserve(principal: Principal, target: Target, scope: Scope, isChild: boolean, call?: Pick<ReservedCall, 'input'>): MaybePromise<Place>;
  /**
   * The counters that the call would be counted in, none for one that is not counted. Counts nothing.
   *
   * @throws AppError RATE_LIMITED, OVERLOADED as reserve would now
   */
  preview(principal: Principal, target: Target, isChild: boolean, call?: Pick<ReservedCall, 'input'>): readonly NamedCounter[];
  /**
   * New numbers for the same counters: what was spent stays spent, who runs or waits goes on.
   *
   * @throws AppError CONFIG_INVALID; the old numbers stay
   */
  reconfigure(config: LimitsConfig): void;
}

/** A counter with the name that answers show. */
export interface NamedCounter extends SharedCounter {
  readonly policy: string;
}

/** A counted call that holds a slot, or none. */
export interface Place extends Reservation {
  /** Gives the slot back. */
  settle(): void;
}

/** What is counted for one principal. */
interface Account {
  /** Principal and configuration that the counters are set for. */
  roles: readonly string[];
  config: LimitsConfig;
  roleName: string;
  readonly role: RateCounter;
  readonly classes: Map<string, RateCounter>;
}

/** A counted call: its reservation and the state of the tightest of its rates in one object. */
class Booking implements Place, RateState {
  readonly policy: string;
  readonly limit: number;
  readonly windowSeconds: number = WINDOW_SECONDS;
  readonly remaining: number;
  readonly resetSeconds: number;
  #slots: Slots | undefined;

  constructor(policy: string, counter: RateCounter, now: number, slots: Slots | undefined) {
    this.policy = policy;
    this.limit = counter.limit;
    this.remaining = counter.remaining;
    this.resetSeconds = counter.resetSeconds(now);
    this.#slots = slots;
  }

  get rate(): RateState {
    return this;
  }

  settle(): void {
    const slots = this.#slots;
    this.#slots = undefined;
    slots?.release();
  }
}

/**
 * Counts in memory, for this process alone. At most 100 000 principals and as many sources are
 * remembered; past that the least recent start anew. A call that is refused is not counted; one that
 * gives up while it waits for a slot is.
 *
 * @throws AppError CONFIG_INVALID for numbers out of range
 */
export function createLimits(initial: LimitsConfig, clock: Pick<Clock, 'monotonic'>): MemoryLimits {
  checkLimits(initial);
  let config = initial;
  const slots = new Slots(config.concurrency, config.queue);
  const accounts = new RecentMap<string, Account>(MAX_COUNTED);
  const sources = new RecentMap<string, RateCounter>(MAX_COUNTED);

  const accountOf = (principal: Principal, now: number): Account => {
    const known = accounts.get(principal.id);
    if (known && known.roles === principal.roles && known.config === config) return known;
    const [roleName, limit] = rateOf(config, principal);
    if (known) {
      known.role.configure(limit, config.burst);
      for (const [name, counter] of known.classes) counter.configure(classRate(config, name), 0);
      return Object.assign(known, { roles: principal.roles, config, roleName });
    }
    const account: Account = { roles: principal.roles, config, roleName, role: new RateCounter(limit, config.burst, now), classes: new Map() };
    accounts.set(principal.id, account);
    return account;
  };
  const classOf = (account: Account, name: string, now: number): RateCounter => {
    const counter = account.classes.get(name) ?? new RateCounter(classRate(config, name), 0, now);
    account.classes.set(name, counter);
    return counter;
  };

  return {
    source: (source) => {
      if (isLoopback(source)) return;
      const now = clock.monotonic();
      const network = networkOf(source);
      const counter = sources.get(network) ?? new RateCounter(config.sourcePerMinute, config.burst, now);
      if (counter.limit !== config.sourcePerMinute) counter.configure(config.sourcePerMinute, config.burst);
      sources.set(network, counter);
      ensureFree(counter, 'source', now);
      counter.count(now);
    },
    preview: (principal, { traits: { rateClass, takesSlot }, isCounted }, isChild, call) => {
      if (isChild && isCounted?.(call?.input) === false) return [];
      const now = clock.monotonic();
      const account = accountOf(principal, now);
      const { id } = principal;
      ensureFree(account.role, account.roleName, now);
      const counters = [{ name: `role ${id}`, policy: account.roleName, limit: account.role.limit, burst: config.burst }];
      if (rateClass !== undefined) {
        const own = classOf(account, rateClass, now);
        ensureFree(own, rateClass, now);
        counters.push({ name: `class ${JSON.stringify([rateClass, id])}`, policy: rateClass, limit: own.limit, burst: 0 });
      }
      if (takesSlot && !isChild) slots.ensureRoom();
      return counters;
    },
    reserve: (principal, { traits, isCounted }, scope, isChild, call) => {
      scope.throwIfCancelled();
      const now = clock.monotonic();
      const account = accountOf(principal, now);
      if (isChild && isCounted?.(call?.input) === false) return new Booking(account.roleName, account.role, now, undefined);
      const own = traits.rateClass === undefined ? undefined : classOf(account, traits.rateClass, now);
      const takesSlot = traits.takesSlot && !isChild;
      ensureFree(account.role, account.roleName, now);
      if (own) ensureFree(own, traits.rateClass ?? '', now);
      if (takesSlot) slots.ensureRoom();
      // Nothing can refuse any more: now it is counted everywhere or nowhere.
      account.role.count(now);
      own?.count(now);
      const isClassTighter = own !== undefined && own.remaining / own.limit < account.role.remaining / account.role.limit;
      const book = (): Booking =>
        isClassTighter && own
          ? new Booking(traits.rateClass ?? '', own, now, takesSlot ? slots : undefined)
          : new Booking(account.roleName, account.role, now, takesSlot ? slots : undefined);
      if (!takesSlot || slots.tryTake()) return book();
      return slots.wait(traits.priority, scope).then(book);
    },
    load: () => ({ running: slots.running, queued: slots.queued }),
    reconfigure: (next) => {
      checkLimits(next);
      config = next;
      slots.resize(next.concurrency, next.queue);
    },
  };
}

function ensureFree(counter: RateCounter, policy: string, now: number): void {
  const retryAfterSeconds = counter.secondsUntilFree(now);
  if (retryAfterSeconds > 0) throw rateLimited(policy, counter.limit, retryAfterSeconds);
}

/** Its own rate where it has one, else that of its best role. */
function rateOf(config: LimitsConfig, { id, roles }: Principal): readonly [name: string, limit: number] {
  const own = Object.hasOwn(config.principals, id) ? config.principals[id] : undefined;
  return own === undefined ? bestRole(config, roles) : ['principal', own];
}

/** The role with the highest rate; the lowest rate of all for who holds none that is listed. */
function bestRole({ roles }: LimitsConfig, held: readonly string[]): readonly [name: string, limit: number] {
  const listed = Object.entries(roles).sort(([, a], [, b]) => b - a);
  return listed.find(([name]) => held.includes(name)) ?? listed.at(-1) ?? ['none', 1];
}

/** A class that nobody listed must not be free by a slip of the pen. */
function classRate({ classes }: LimitsConfig, name: string): number {
  return (Object.hasOwn(classes, name) ? classes[name] : undefined) ?? Math.min(...Object.values(classes));
}
