/** @module storage/memory/model-cache: answers that are forgotten with the process. */
import { cachedBytes, type CacheBounds, type CacheWrite, type ModelCache } from '../../contracts/model-cache.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';

interface Entry extends CacheWrite {
  readonly expiresAt: number;
}

/** An empty cache. What is over goes when it is met, or when it is the oldest. */
export function createMemoryModelCache({ maxEntries, maxBytes }: CacheBounds, clock: Pick<Clock, 'now'>): ModelCache {
  /** Oldest first. */
  const entries = new Map<string, Entry>();
  const groups = new Map<string, Set<string>>();
  let bytes = 0;
  let isClosed = false;

  const ensureOpen = (): void => {
    if (isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The cache is closed.' });
  };
  const remove = (entry: Entry): void => {
    entries.delete(entry.key);
    bytes -= cachedBytes(entry);
    if (!entry.neighbour) return;
    const group = groups.get(entry.neighbour.group);
    group?.delete(entry.key);
    if (group?.size === 0) groups.delete(entry.neighbour.group);
  };
  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (!entry || entry.expiresAt > clock.now()) return entry;
    remove(entry);
    return undefined;
  };
  const makeRoom = (): void => {
    for (const entry of entries.values()) {
      if (entries.size <= maxEntries && bytes <= maxBytes && entry.expiresAt > clock.now()) return;
      remove(entry);
    }
  };

  return {
    get(key) {
      ensureOpen();
      return live(key)?.bytes;
    },
    set(write) {
      ensureOpen();
      const old = entries.get(write.key);
      if (old) remove(old);
      const entry: Entry = { ...write, expiresAt: clock.now() + write.ttlMs };
      entries.set(entry.key, entry);
      bytes += cachedBytes(entry);
      if (entry.neighbour) {
        const { group } = entry.neighbour;
        groups.set(group, (groups.get(group) ?? new Set()).add(entry.key));
      }
      makeRoom();
    },
    neighbours(group, limit) {
      ensureOpen();
      return [...(groups.get(group) ?? [])]
        .reverse()
        .flatMap((key) => {
          const vector = live(key)?.neighbour?.vector;
          return vector ? [{ key, vector }] : [];
        })
        .slice(0, limit);
    },
    close() {
      isClosed = true;
      entries.clear();
      groups.clear();
    },
  };
}
