/** @module app/store: the state store that the configuration names. */
import type { StorageConfig } from '../contracts/cluster-config.ts';
import type { HomePaths } from '../contracts/home.ts';
import type { Store } from '../contracts/store.ts';
import type { Clock } from '../core/clock.ts';
import { createSqliteStore } from '../storage/sqlite/store.ts';

/** Opens at its first use. @throws AppError CONFIG_INVALID for an address that cannot be read */
export async function createStore(
  { driver, url, schema, maxConnections, timeoutMs }: StorageConfig,
  { database }: Pick<HomePaths, 'database'>,
  clock: Pick<Clock, 'monotonic'>,
  writes: 'thread' | 'direct',
): Promise<Store> {
  if (driver === 'sqlite') return createSqliteStore({ path: database, clock, writes });
  const { createPostgresStore } = await import('../storage/postgres/store.ts');
  return createPostgresStore({ url: url ?? '', schema, maxConnections, timeoutMs, clock });
}
