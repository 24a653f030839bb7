/** @module identity/issuer/rates: what may be asked of the authorization server by somebody it does not know. */
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { networkOf } from '../../core/source-address.ts';
import { createFailureGuard } from '../failure-guard.ts';

/** What is counted. Each has a bound per source and one for all together. */
export type RatedAct = 'sign-in' | 'registration' | 'client document' | 'device';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BOUNDS: Readonly<Record<RatedAct, { readonly perSource: number; readonly all: number; readonly windowMs: number }>> = {
  'sign-in': { perSource: 120, all: 1_200, windowMs: MINUTE_MS },
  registration: { perSource: 10, all: 100, windowMs: HOUR_MS },
  'client document': { perSource: 20, all: 60, windowMs: MINUTE_MS },
  device: { perSource: 30, all: 300, windowMs: MINUTE_MS },
};
/** Wrong codes of all browsers together: of 25.6 thousand million, while each is valid for ten minutes. */
const WRONG_CODES = { max: 60, windowMs: 10 * MINUTE_MS };
const MAX_SOURCES = 10_000;

/** What somebody got wrong. */
export type WrongAct = 'client' | 'user code';

/** The counts of one server. Memory is bounded. */
export interface IssuerRates {
  /** @throws AppError RATE_LIMITED with data {retryAfterSeconds} */
  count(act: RatedAct, source: string): void;
  /** Before a secret or a code is looked at: waits where earlier failures of this machine cost time. @throws AppError AUTHENTICATION_BLOCKED */
  beforeTry(act: WrongAct, source: string): Promise<void>;
  failed(act: WrongAct, source: string): void;
}

interface Window {
  startedAt: number;
  count: number;
}

/** @param sleep how attempts are delayed */
export function createIssuerRates(clock: Pick<Clock, 'monotonic'>, sleep: (ms: number) => Promise<void>): IssuerRates {
  const guard = createFailureGuard(clock);
  const windows = new RecentMap<string, Window>(MAX_SOURCES);
  const delays = new Map<WrongAct, number>();

  const take = (name: string, max: number, windowMs: number): void => {
    const now = clock.monotonic();
    const known = windows.get(name);
    const window = known && now - known.startedAt < windowMs ? known : { startedAt: now, count: 0 };
    window.count += 1;
    windows.set(name, window);
    if (window.count > max) throw new AppError('RATE_LIMITED', { data: { retryAfterSeconds: Math.ceil((window.startedAt + windowMs - now) / 1000) } });
  };
  const isOver = (name: string, max: number, windowMs: number): boolean => {
    const window = windows.get(name);
    return window !== undefined && clock.monotonic() - window.startedAt < windowMs && window.count > max;
  };

  return {
    count: (act, source) => {
      const { perSource, all, windowMs } = BOUNDS[act];
      take(`${act} ${networkOf(source)}`, perSource, windowMs);
      take(act, all, windowMs);
    },
    async beforeTry(act, source) {
      const retryAfterSeconds = guard.blockedSeconds(source, act);
      if (retryAfterSeconds > 0) throw new AppError('AUTHENTICATION_BLOCKED', { data: { retryAfterSeconds } });
      if (act === 'user code' && isOver('wrong code', WRONG_CODES.max, WRONG_CODES.windowMs))
        throw new AppError('AUTHENTICATION_BLOCKED', {
          message: 'Too many wrong codes were entered.',
          data: { retryAfterSeconds: WRONG_CODES.windowMs / 1000 },
        });
      const delayMs = delays.get(act) ?? 0;
      delays.delete(act);
      if (delayMs > 0) await sleep(delayMs);
    },
    failed(act, source) {
      const { delayMs } = guard.fail(source, act);
      if (delayMs > 0) delays.set(act, delayMs);
      if (act !== 'user code') return;
      try {
        take('wrong code', WRONG_CODES.max, WRONG_CODES.windowMs);
      } catch {
        /* the next attempt is refused */
      }
    },
  };
}
