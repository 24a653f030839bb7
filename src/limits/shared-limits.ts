/** @module limits/shared-limits: rates that several nodes count together, and what happens while they cannot. */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import { isLoopback, networkOf } from '../core/source-address.ts';
import type { RateState } from '../contracts/call.ts';
import type { LimitsConfig } from '../contracts/limits-config.ts';
import type { SharedCount, SharedRates } from '../contracts/shared-rates.ts';
import type { Counter, Logger } from '../contracts/telemetry.ts';
import { shareOf } from './insurance.ts';
import type { MemoryLimits, NamedCounter, Place } from './limits.ts';
import { WINDOW_SECONDS } from './rate-counter.ts';
import { rateLimited } from './refusals.ts';

/** How often a node says that it is there, and asks whether the server is. */
const ATTEND_MS = 1_000;
/** How soon a server that was lost is asked again. */
const PROBE_MS = 500;
/** After the server was lost, nodes are found again one by one: as long as this, fewer than before are not believed. */
const GATHER_MS = 10_000;
const MAX_BLOCKED = 10_000;
/** Counts nothing that anybody is refused by: whether the server can count at all. */
const PROBE = [{ name: 'probe', limit: 1_000_000, burst: 0 }];

/** What the counters stand on. */
export interface SharedLimitsPorts {
  readonly rates: SharedRates;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  /** This node among the others. */
  readonly nodeId: string;
  /** Among how many nodes the rates are divided while the server is lost; null = as many as were there last. */
  readonly nodes: number | null;
  /** Counts calls that were counted by this node alone because the server was lost. */
  readonly insured: Counter;
  /** Gives up what is under way at the server. */
  readonly reset?: (() => void) | undefined;
}

/** Shared limits with what operators ask about them. */
export interface SharedLimits extends MemoryLimits {
  /** Why this node counts for itself now; undefined = together with the others. */
  readonly fault: AppError | undefined;
  /** Nodes that are there, this one included; 1 until the server was asked. */
  readonly nodes: number;
  close(): void;
}

/**
 * Every call is counted by the server and in memory. What this node's own count refuses is not asked for. Once the server fails,
 * this node goes on at once with its share of every rate, without waiting for the server again, and returns to it when it
 * counts again: never without any limit.
 *
 * Source addresses are counted at the server behind the arrival, which is not held up: a source that is over its rate there is
 * refused from its next arrival on.
 */
export function createSharedLimits(local: MemoryLimits, initial: LimitsConfig, ports: SharedLimitsPorts): SharedLimits {
  const { rates, clock, logger } = ports;
  const blockedUntil = new RecentMap<string, number>(MAX_BLOCKED);
  let config = initial;
  let fault: AppError | undefined;
  let nodes = 1;
  let gatheredAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const lose = (error: unknown, isProbe: boolean): void => {
    if (!fault || isProbe) ports.reset?.();
    if (fault) return;
    fault = AppError.is(error) ? error : new AppError('STORAGE_UNAVAILABLE', { cause: error });
    local.reconfigure(shareOf(config, ports.nodes ?? nodes));
    logger.warn('limits are counted by this node alone', { code: fault.code, problem: fault.message, nodes: ports.nodes ?? nodes });
    schedule(PROBE_MS);
  };
  const regain = (): void => {
    if (!fault) return;
    fault = undefined;
    local.reconfigure(config);
    logger.info('limits are counted together again', { nodes });
  };
  const attend = async (): Promise<void> => {
    try {
      const seen = await rates.attend(ports.nodeId);
      if (fault) await rates.take(PROBE);
      if (fault) gatheredAt = clock.monotonic() + GATHER_MS;
      if (Number.isInteger(seen) && (seen > nodes || (seen > 0 && clock.monotonic() >= gatheredAt))) nodes = seen;
      regain();
    } catch (error) {
      lose(error, true);
    }
    schedule(fault ? PROBE_MS : ATTEND_MS);
  };
  const schedule = (ms: number): void => {
    clearTimeout(timer);
    if (!isClosed) timer = setTimeout(() => void attend(), ms).unref();
  };

  const take = async (counters: readonly NamedCounter[]): Promise<readonly SharedCount[] | undefined> => {
    if (fault) return undefined;
    try {
      return await rates.take(counters);
    } catch (error) {
      lose(error, false);
      return undefined;
    }
  };
  const countSource = async (source: string): Promise<void> => {
    const { sourcePerMinute: limit, burst } = config;
    const name = networkOf(source);
    const counts = await take([{ name: `source ${name}`, policy: 'source', limit, burst }]);
    const wait = counts?.[0]?.retryAfterSeconds ?? 0;
    if (wait > 0) blockedUntil.set(name, clock.monotonic() + wait * 1_000);
  };

  const reserve: MemoryLimits['reserve'] = async (principal, target, scope, isChild, call): Promise<Place> => {
    begin();
    scope.throwIfCancelled();
    const counters = local.preview(principal, target, isChild, call);
    const counts = counters.length === 0 ? undefined : await take(counters);
    scope.throwIfCancelled();
    if (!counts) {
      if (fault && counters.length > 0) ports.insured.add({});
      return await local.reserve(principal, target, scope, isChild, call);
    }
    const refused = counts.findIndex(({ retryAfterSeconds }) => retryAfterSeconds > 0);
    const policy = counters[refused];
    if (policy) throw rateLimited(policy.policy, policy.limit, counts[refused]?.retryAfterSeconds ?? 1);
    const place = await local.reserve(principal, target, scope, isChild, call);
    return { rate: tightest(counters, counts) ?? place.rate, settle: () => place.settle() };
  };

  let isBegun = false;
  /** At the first use: whoever only looks at limits contacts nobody. */
  const begin = (): void => {
    if (isBegun) return;
    isBegun = true;
    void attend();
  };

  return {
    source: (source) => {
      begin();
      local.source(source);
      if (isLoopback(source) || fault) return;
      const until = blockedUntil.get(networkOf(source));
      const left = until === undefined ? 0 : until - clock.monotonic();
      if (left > 0) throw rateLimited('source', config.sourcePerMinute, Math.ceil(left / 1_000));
      void countSource(source);
    },
    reserve,
    preview: (principal, target, isChild, call) => local.preview(principal, target, isChild, call),
    load: () => local.load(),
    reconfigure: (next) => {
      local.reconfigure(fault ? shareOf(next, ports.nodes ?? nodes) : next);
      config = next;
    },
    get fault() {
      return fault;
    },
    get nodes() {
      return nodes;
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** The state of the counter of which the least is left. */
function tightest(counters: readonly NamedCounter[], counts: readonly SharedCount[]): RateState | undefined {
  let found: RateState | undefined;
  for (const [index, { policy, limit }] of counters.entries()) {
    const count = counts[index];
    if (!count || (found && found.remaining / found.limit <= count.remaining / limit)) continue;
    found = { policy, limit, windowSeconds: WINDOW_SECONDS, remaining: count.remaining, resetSeconds: count.resetSeconds };
  }
  return found;
}
