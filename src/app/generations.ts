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
  readonly limits: Limits;
}

/** The current generation and the way to the next. */
export interface Generations {
  current(): AppGeneration;
  /**
   * Makes the configuration the current one. Running calls keep theirs; counters of the rate limits
   * begin anew only when the limits themselves changed.
   *
   * @throws AppError CONFIG_INVALID, and the old one stays
   */
  swap(config: Config): void;
}

/** @throws AppError CONFIG_INVALID */
export function createGenerations(config: Config, catalog: Catalog, clock: Clock): Generations {
  const build = (next: Config, previous: AppGeneration | undefined): AppGeneration => ({
    id: (previous?.id ?? 0) + 1,
    catalog,
    config: next,
    policy: compilePolicy(next.policy),
    limits: previous && JSON.stringify(previous.config.limits) === JSON.stringify(next.limits) ? previous.limits : createLimits(next.limits, clock),
  });
  let current = build(config, undefined);
  return {
    current: () => current,
    swap(next) {
      current = build(next, current);
    },
  };
}
