/** @module limits: everything that is counted before a call may run. In memory, for one node. */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import { RecentMap } from '../core/recent-map.ts';
import type { Scope } from '../core/scope.ts';
import { isLoopback, networkOf } from '../core/source-address.ts';
import type { RateState } from '../contracts/call.ts';
import type { Limits, Reservation } from '../contracts/limits.ts';
import { LIMIT_CEILING, type LimitsConfig } from '../contracts/limits-config.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Target } from '../contracts/target.ts';
import { Slots } from './slots.ts';
import { WINDOW_SECONDS, WindowRate } from './window-rate.ts';

/** Keys remembered; the least recently used half goes first, and a forgotten key starts anew. */
const MAX_KEYS = 100_000;

/**
 * Limits of one node. A call counts against its principal's rate and, where its target names one,
 * against the class's; then it takes a slot.
 *
 * @throws AppError CONFIG_INVALID when a limit is not a whole number from 1 to 10 000 000
 */
export function createLimits(config: LimitsConfig, clock: Pick<Clock, 'monotonic'>): Limits {
  assertLimits(config);
  const slots = new Slots(config);
  const rates = new RecentMap<string, WindowRate>(MAX_KEYS);
  const limitOf = rateByRoles(config);

  const rateOf = (key: string): WindowRate => {
    const known = rates.get(key);
    if (known) return known;
    const rate = new WindowRate();
    rates.set(key, rate);
    return rate;
  };

  const count = (key: string, policy: string, limit: number): RateState => {
    const now = clock.monotonic();
    const rate = rateOf(key);
    const isWithin = rate.hit(now, limit);
    const resetSeconds = rate.secondsToRelief(now);
    if (isWithin) return { policy, limit, windowSeconds: WINDOW_SECONDS, remaining: limit - rate.count(now), resetSeconds };
    throw new AppError('RATE_LIMITED', {
      message: `More than ${limit} calls in a minute (limit ${policy}).`,
      data: { retryAfterSeconds: resetSeconds, policy, limit },
    });
  };

  const countCall = (principal: Principal, target: Target): RateState => {
    const { policy, limit } = limitOf(principal.roles);
    const state = count(principal.id, policy, limit);
    const { rateClass } = target.traits;
    const classLimit = rateClass === undefined ? undefined : config.classPerMinute[rateClass];
    if (rateClass === undefined || classLimit === undefined) return state;
    const narrow = count(`${principal.id} ${rateClass}`, rateClass, classLimit);
    return narrow.remaining < state.remaining ? narrow : state;
  };

  return {
    source(source) {
      if (!isLoopback(source)) count(`source ${networkOf(source)}`, 'source', config.sourcePerMinute + config.burst);
    },
    reserve(principal, target, scope, isChild): MaybePromise<Reservation> {
      const rate = countCall(principal, target);
      if (isChild || !target.traits.takesSlot) return { rate, settle: () => undefined };
      const waiting = slots.take(scope, target.traits.priority);
      const reservation = new SlotReservation(rate, slots);
      return waiting ? waiting.then(() => reservation) : reservation;
    },
    load: () => ({ running: slots.running, queued: slots.queued }),
  };
}

class SlotReservation implements Reservation {
  readonly rate: RateState;
  #slots: Slots | undefined;

  constructor(rate: RateState, slots: Slots) {
    this.rate = rate;
    this.#slots = slots;
  }

  settle(): void {
    this.#slots?.release();
    this.#slots = undefined;
  }
}

/** The highest limit that one of the roles has, found once per roles array. */
function rateByRoles({ perMinute, defaultPerMinute, burst }: LimitsConfig): (roles: readonly string[]) => { readonly policy: string; readonly limit: number } {
  const known = new WeakMap<readonly string[], { readonly policy: string; readonly limit: number }>();
  return (roles) => {
    const found = known.get(roles);
    if (found) return found;
    let best = { policy: 'default', limit: 0 };
    for (const role of roles) {
      const limit = Object.hasOwn(perMinute, role) ? perMinute[role] ?? 0 : 0;
      if (limit > best.limit) best = { policy: role, limit };
    }
    if (best.limit === 0) best = { policy: 'default', limit: defaultPerMinute };
    const result = { policy: best.policy, limit: best.limit + burst };
    known.set(roles, result);
    return result;
  };
}

function assertLimits({ perMinute, classPerMinute, defaultPerMinute, sourcePerMinute, burst, concurrency, queue }: LimitsConfig): void {
  const named = { ...perMinute, ...classPerMinute, defaultPerMinute, sourcePerMinute, burst, concurrency, queue };
  for (const [name, value] of Object.entries(named)) {
    if (Number.isInteger(value) && value >= 1 && value <= LIMIT_CEILING) continue;
    throw new AppError('CONFIG_INVALID', { message: `The limit ${name} must be a whole number from 1 to ${LIMIT_CEILING}.`, fix: 'Limits can be raised, not switched off.' });
  }
}
