/** @module app/generations: what a change of the configuration swaps, all at once. */
import type { Generation } from '../calls/ports.ts';
import type { Catalog } from '../contracts/catalog.ts';
import type { Config } from '../contracts/config.ts';
import type { Limits } from '../contracts/limits.ts';
import type { ExplainingPolicy } from '../contracts/policy.ts';
import type { Clock } from '../core/clock.ts';
import { createLimits } from '../limits/limits.ts';
import { compilePolicy } from '../policy/policy.ts';

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
  /**
   * Makes the configuration the current one. Running calls keep theirs.
   *
   * @throws AppError CONFIG_INVALID, and the old one stays
   */
  swap(config: Config): void;
}

/** @throws AppError CONFIG_INVALID */
export function createGenerations(config: Config, catalog: Catalog, clock: Clock): Generations {
  const limits = createLimits(config.limits, clock);
  let current: AppGeneration = { id: 1, catalog, config, policy: compilePolicy(config.policy), callTimeoutMs: config.limits.callTimeoutMs };
  return {
    limits,
    current: () => current,
    swap(next) {
      const policy = compilePolicy(next.policy);
      limits.reconfigure(next.limits);
      current = { id: current.id + 1, catalog, config: next, policy, callTimeoutMs: next.limits.callTimeoutMs };
    },
  };
}
