/** @module models/cache/bounded-store: a store that may be slow or gone, and never holds a call up for long. */
import type { CacheNeighbour, CacheWrite, ModelCache } from '../../contracts/model-cache.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import type { Clock } from '../../core/clock.ts';
import { describeError, toAppError } from '../../core/errors.ts';
import type { MaybePromise } from '../../core/json.ts';

/** The store did not answer in time, or failed, or did so a moment ago. */
export const UNAVAILABLE = 'unavailable';

/** A store without failures: what fails is `unavailable`. Nothing here throws. */
export interface BoundedStore {
  get(key: string): Promise<Uint8Array | undefined | typeof UNAVAILABLE>;
  neighbours(group: string, limit: number): Promise<readonly CacheNeighbour[] | typeof UNAVAILABLE>;
  /** Writes in the background; drops the entry where too many are on their way. */
  put(entry: CacheWrite): void;
  close(): MaybePromise<void>;
}

/** What it goes by. */
export interface BoundedStorePorts {
  readonly store: ModelCache;
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}

/** After a failure the store is left alone, so that of many calls few wait for it. */
const PAUSE_MS = 2_000;
const MAX_WRITES = 64;

/** Tells the log when it begins and when it ceases to fail, once each. */
export function createBoundedStore({ store, timeoutMs, clock, logger }: BoundedStorePorts): BoundedStore {
  let pausedUntil = -Infinity;
  let isFailing = false;
  let isClosed = false;
  let writes = 0;

  const failed = (thrown: unknown): typeof UNAVAILABLE => {
    pausedUntil = clock.monotonic() + PAUSE_MS;
    if (!isFailing && !isClosed) {
      const error = toAppError(thrown, 'STORAGE_UNAVAILABLE');
      logger.warn('cache of models is passed over', {
        code: error.code,
        problem: error.message,
        cause: error.cause === undefined ? undefined : describeError(error.cause),
      });
    }
    isFailing = true;
    return UNAVAILABLE;
  };
  const worked = (): void => {
    if (isFailing) logger.info('cache of models is used again');
    isFailing = false;
  };
  const isPaused = (): boolean => isClosed || clock.monotonic() < pausedUntil;

  const read = async <T>(operation: () => MaybePromise<T>): Promise<T | typeof UNAVAILABLE> => {
    if (isPaused()) return UNAVAILABLE;
    try {
      const result = operation();
      const found = result instanceof Promise ? await withinTime(result, timeoutMs) : result;
      worked();
      return found;
    } catch (thrown) {
      return failed(thrown);
    }
  };
  const write = async (entry: CacheWrite): Promise<void> => {
    writes += 1;
    try {
      await store.set(entry);
      worked();
    } catch (thrown) {
      failed(thrown);
    } finally {
      writes -= 1;
    }
  };

  return {
    get: (key) => read(() => store.get(key)),
    neighbours: (group, limit) => read(() => store.neighbours(group, limit)),
    put(entry) {
      if (!isPaused() && writes < MAX_WRITES) void write(entry);
    },
    close() {
      isClosed = true;
      return store.close();
    },
  };
}

async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The store did not answer within ${timeoutMs} ms.`)), timeoutMs);
  });
  // Its own failure may come after ours.
  work.catch(() => undefined);
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
