/** @module app/generations: what a change of the configuration swaps, all at once. */
import type { Generation } from '../calls/ports.ts';
import type { Catalog } from '../contracts/catalog.ts';
import type { Config } from '../contracts/config.ts';
import type { Limits } from '../contracts/limits.ts';
import type { BudgetAccount } from '../contracts/spend.ts';
import type { Principal } from '../contracts/principal.ts';
import type { ExplainingPolicy } from '../contracts/policy.ts';
import { createBudgets } from '../limits/budgets.ts';
import { withBudgets } from '../limits/budgeted-limits.ts';
import { createLimits } from '../limits/limits.ts';
import type { Foundation } from './foundation.ts';
import { compileConfiguredPolicy } from './policy-engine.ts';

/** One generation with the parts the pipeline does not see. */
export interface AppGeneration extends Generation {
  readonly config: Config;
  readonly policy: ExplainingPolicy;
}

/** The current generation and the way to the next. */
export interface Generations {
  current(): AppGeneration;
  /** Follows the configuration; what was counted stays counted. */
  readonly limits: Limits;
  /** Budgets that apply to the principal whatever it calls. */
  budgetsOf(principal: Principal): readonly BudgetAccount[];
  /** Whether what it uses may count on a budget, whichever model it calls. */
  isCounted(principal: Principal): boolean;
  /**
   * Makes the configuration the current one. Running calls keep theirs.
   *
   * @throws AppError CONFIG_INVALID, and the old one stays
   */
  swap(config: Config): void;
  /** Books what still waits for the storage. */
  close(): Promise<void>;
}

/** @throws AppError CONFIG_INVALID */
export function createGenerations(
  config: Config,
  catalog: Catalog,
  { clock, store, logger, meter, cluster }: Pick<Foundation, 'clock' | 'store' | 'logger' | 'meter' | 'cluster'>,
): Generations {
  const own = createLimits(config.limits, clock);
  const rates = cluster?.shareLimits(own, config.limits) ?? own;
  const budgets = createBudgets(config.limits.budgets, {
    clock,
    logger,
    ledger: () => store.spend,
    spent: meter.counter('switchyard_spend_micro_usd_total', 'Cost of model calls in millionths of a US dollar, by provider/model, where the price is known.'),
    unpriced: meter.counter('switchyard_spend_unpriced_total', 'Model calls whose cost is not known, by provider/model.'),
    refused: meter.counter('switchyard_budget_refusals_total', 'Calls that a budget refused, by unit.'),
  });
  meter.gauge('switchyard_bookings_waiting', 'Bookings that failed and are tried again.', () => budgets.waiting);
  let current: AppGeneration = { id: 1, catalog, config, policy: compileConfiguredPolicy(config.policy), callTimeoutMs: config.limits.callTimeoutMs };
  return {
    limits: withBudgets(rates, budgets),
    budgetsOf: (principal) => budgets.accountsOf(principal),
    isCounted: (principal) => budgets.isCounted(principal),
    current: () => current,
    swap(next) {
      const policy = compileConfiguredPolicy(next.policy);
      const applyBudgets = budgets.prepare(next.limits.budgets);
      rates.reconfigure(next.limits);
      applyBudgets();
      current = { id: current.id + 1, catalog, config: next, policy, callTimeoutMs: next.limits.callTimeoutMs };
    },
    close: () => budgets.close(),
  };
}
