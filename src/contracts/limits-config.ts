/** @module contracts/limits-config: how much is allowed, as an operator writes it. */
import { deepFreeze } from '../core/json.ts';

/** The highest rate that can be configured: limits can be raised, never switched off. */
export const MAX_PER_MINUTE = 10_000_000;
/** The most calls that can run, or wait, at once. */
export const MAX_CONCURRENCY = 100_000;

/** Budgets as texts, such as `5usd/day`; a list holds at most one of each unit and window. */
export interface BudgetsConfig {
  /** For everything together. */
  readonly gateway: readonly string[];
  /** Principal id → its budgets. */
  readonly users: Readonly<Record<string, readonly string[]>>;
  /** Tenant → budgets of all its principals together. */
  readonly teams: Readonly<Record<string, readonly string[]>>;
  /** Role → budgets of each principal that holds it, each for itself. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Name or pattern of models, such as `openai/*` → budgets of all their calls together. */
  readonly models: Readonly<Record<string, readonly string[]>>;
}

/** Numbers are whole; rates are calls per minute, 1 to 10 million. */
export interface LimitsConfig {
  /** Role → calls a minute of one principal. The highest of its roles counts; the lowest listed when it has none of them. */
  readonly roles: Readonly<Record<string, number>>;
  /** Principal id → calls a minute of this one, in place of its role's. */
  readonly principals: Readonly<Record<string, number>>;
  /** Rate class of targets → calls a minute of one principal, counted beside the role's. A class that is not listed has the lowest listed rate. */
  readonly classes: Readonly<Record<string, number>>;
  /** Arrivals a minute of one source address (IPv6: one /64), before anybody knows who it is. Loopback is not counted. */
  readonly sourcePerMinute: number;
  /** Calls above a role's or source's rate that may come at once after a quiet time; 0 to 10 million. Classes have none. */
  readonly burst: number;
  /** Calls that run at once in this process; 1 to 100 000. */
  readonly concurrency: number;
  /** Calls that wait for a slot; 0 to 100 000. */
  readonly queue: number;
  /** What calls of models may use up; each that applies counts. */
  readonly budgets: BudgetsConfig;
}

/** The limits where the operator says nothing. */
export const DEFAULT_LIMITS: LimitsConfig = deepFreeze({
  roles: { guest: 60, user: 300, developer: 600, admin: 1_000 },
  principals: {},
  classes: { generate: 10, model: 300 },
  sourcePerMinute: 500,
  burst: 20,
  concurrency: 100,
  queue: 1_000,
  budgets: { gateway: [], users: {}, teams: {}, roles: {}, models: {} },
});
