/** @module limits/budgeted-limits: rates and slots first, then budgets. */
import type { Limits } from '../contracts/limits.ts';
import type { Budgets } from './budgets.ts';
import type { MemoryLimits } from './limits.ts';

/**
 * Both as one. A call that a budget refuses was counted against its rates, so that asking again and
 * again has its bound. Targets without an estimate never reach the budgets.
 */
export function withBudgets(limits: MemoryLimits, budgets: Budgets): Limits {
  return {
    source: (source) => limits.source(source),
    load: () => limits.load(),
    reserve: (principal, target, scope, isChild, call) => {
      const place = limits.reserve(principal, target, scope, isChild, call);
      if (target.estimate === undefined) return place;
      return place instanceof Promise
        ? place.then((waited) => budgets.reserve(waited, principal, target, scope, call))
        : budgets.reserve(place, principal, target, scope, call);
    },
  };
}
