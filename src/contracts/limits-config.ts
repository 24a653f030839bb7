/** @module contracts/limits-config: limits as an operator sets them. They can be raised, not switched off. */
import { deepFreeze } from '../core/json.ts';

/** Highest rate or count that configuration accepts. */
export const LIMIT_CEILING = 10_000_000;

/** Every number is at least 1 and at most LIMIT_CEILING. */
export interface LimitsConfig {
  /** Calls of one principal in any 60 seconds, by role; of several roles the highest counts. */
  readonly perMinute: Readonly<Record<string, number>>;
  /** For principals none of whose roles is named in perMinute. */
  readonly defaultPerMinute: number;
  /** Calls of one principal in any 60 seconds by rate class of the target, beside perMinute. */
  readonly classPerMinute: Readonly<Record<string, number>>;
  /** Arrivals of one source address in any 60 seconds; loopback and stdio are not counted. */
  readonly sourcePerMinute: number;
  /** Calls above perMinute and sourcePerMinute that are let through before a minute is over. */
  readonly burst: number;
  /** Calls that run at the same time. */
  readonly concurrency: number;
  /** Calls that wait for a slot; further ones are refused. */
  readonly queue: number;
}

/** The limits where the operator says nothing. */
export const DEFAULT_LIMITS: LimitsConfig = deepFreeze({
  perMinute: { guest: 60, user: 300, developer: 600, admin: 1000 },
  defaultPerMinute: 60,
  classPerMinute: { generate: 10, model: 300 },
  sourcePerMinute: 500,
  burst: 20,
  concurrency: 100,
  queue: 1000,
});
