/** @module identity/failure-guard: what failed attempts cost those who make them. */
import type { Clock } from '../core/clock.ts';
import { RecentMap } from '../core/recent-map.ts';
import { isLoopback, networkOf } from '../core/source-address.ts';

const WINDOW_MS = 300_000;
const BLOCK_MS = 300_000;
const MAX_FAILURES = 10;
/** Failures on this machine that cost nothing; then the delay doubles. */
const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 1_000;
const MAX_ENTRIES = 20_000;

interface Attempts {
  /** Monotonic times of the latest failures, oldest first; at most MAX_FAILURES. */
  times: number[];
  blockedUntil: number;
}

/** Counts failures per (source, key prefix) and per source. Memory is bounded; the least recent are forgotten. */
export interface FailureGuard {
  /** Seconds until this key prefix may be tried again from this source; 0 = now. Cheap while nobody is blocked. */
  blockedSeconds(source: string, keyPrefix: string): number;
  /** Counts a failure and says what it costs: a delay on this machine, elsewhere the seconds for which the whole source is blocked (0 = not). */
  fail(source: string, keyPrefix: string): { readonly delayMs: number; readonly blockedSeconds: number };
}

/**
 * Ten failures in five minutes block for five minutes: the key prefix from that source whatever the
 * secret, and every other credential from the source that does not prove valid. So an attacker gains
 * nothing by changing prefixes, and neighbours behind one address keep their valid keys. Loopback
 * sources are slowed down, at most one second, and never blocked: locking out the owner of the
 * machine protects nobody.
 */
export function createFailureGuard(clock: Pick<Clock, 'monotonic'>): FailureGuard {
  const attempts = new RecentMap<string, Attempts>(MAX_ENTRIES);
  let lastBlockEndsAt = 0;

  const secondsLeft = (key: string, now: number): number => {
    const blockedUntil = attempts.get(key)?.blockedUntil ?? 0;
    return blockedUntil > now ? Math.ceil((blockedUntil - now) / 1_000) : 0;
  };
  const count = (key: string, now: number): Attempts => {
    const entry = attempts.get(key) ?? { times: [], blockedUntil: 0 };
    entry.times = [...entry.times.filter((time) => now - time < WINDOW_MS), now].slice(-MAX_FAILURES);
    attempts.set(key, entry);
    return entry;
  };
  const block = (entry: Attempts, now: number): void => {
    if (entry.times.length < MAX_FAILURES) return;
    entry.times = [];
    entry.blockedUntil = now + BLOCK_MS;
    lastBlockEndsAt = entry.blockedUntil;
  };
  const pairKey = (network: string, keyPrefix: string): string => `${network} ${keyPrefix}`;

  return {
    blockedSeconds: (source, keyPrefix) => {
      if (lastBlockEndsAt === 0) return 0;
      const now = clock.monotonic();
      return now < lastBlockEndsAt ? secondsLeft(pairKey(networkOf(source), keyPrefix), now) : 0;
    },
    fail: (source, keyPrefix) => {
      const now = clock.monotonic();
      if (isLoopback(source)) {
        const failures = count('loopback', now).times.length;
        const delayMs = failures <= FREE_FAILURES ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_FAILURES - 1));
        return { delayMs, blockedSeconds: 0 };
      }
      const network = networkOf(source);
      const blockedSeconds = secondsLeft(network, now);
      block(count(pairKey(network, keyPrefix), now), now);
      if (blockedSeconds === 0) block(count(network, now), now);
      return { delayMs: 0, blockedSeconds };
    },
  };
}
