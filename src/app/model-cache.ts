/** @module app/model-cache: where answers of models are kept, by the configuration in force. */
import type { CacheConfig, ModelCache } from '../contracts/model-cache.ts';
import { createBoundedStore, type BoundedStore } from '../models/cache/bounded-store.ts';
import { createMemoryModelCache } from '../storage/memory/model-cache.ts';
import { createRedisModelCache } from '../storage/redis/model-cache.ts';
import { createSqliteModelCache } from '../storage/sqlite/model-cache.ts';
import type { Foundation } from './foundation.ts';

/** The store of answers. */
export interface CacheStores {
  /** The one that the configuration describes: the same one as long as it describes the same one. Undefined = nothing is kept. Contacts nobody. */
  of(config: CacheConfig): BoundedStore | undefined;
  /** Resolves when writes under way have ended. */
  close(): Promise<void>;
}

/** None is open yet. */
export function createCacheStores(foundation: Pick<Foundation, 'home' | 'clock' | 'logger'>): CacheStores {
  let open: { readonly print: string; readonly store: BoundedStore } | undefined;
  const closing: Promise<void>[] = [];
  const closeOpen = (): void => {
    if (open) closing.push(Promise.resolve(open.store.close()).catch(() => undefined));
    open = undefined;
  };

  return {
    of(config) {
      const { mode, store, redisUrl, maxEntries, maxBytes, timeoutMs } = config;
      const print = JSON.stringify([store, redisUrl, maxEntries, maxBytes, timeoutMs]);
      if (mode !== 'off' && open?.print === print) return open.store;
      closeOpen();
      if (mode === 'off') return undefined;
      const { clock, logger } = foundation;
      open = { print, store: createBoundedStore({ store: createStore(config, foundation), timeoutMs, clock, logger }) };
      return open.store;
    },
    async close() {
      closeOpen();
      await Promise.all(closing);
    },
  };
}

function createStore(config: CacheConfig, { home, clock }: Pick<Foundation, 'home' | 'clock'>): ModelCache {
  const { store, redisUrl, timeoutMs, maxEntries, maxBytes } = config;
  const bounds = { maxEntries, maxBytes };
  if (store === 'redis') return createRedisModelCache({ url: redisUrl ?? '', timeoutMs, ...bounds });
  return store === 'sqlite' ? createSqliteModelCache({ path: home.modelCache, clock, ...bounds }) : createMemoryModelCache(bounds, clock);
}
