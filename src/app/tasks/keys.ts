/** @module app/tasks/keys: the keys of a home, managed from outside of the gateway. */
import { homePaths, resolveHome } from '../../config/home.ts';
import type { ApiKeyRecord, Store } from '../../contracts/store.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createKey, rotateKey, type CreatedKey, type NewKey } from '../../identity/api-key.ts';
import { createSqliteStore } from '../../storage/sqlite/store.ts';
import { recordedAfter, recordedFirst, withFoundation, type TaskPlace } from './task.ts';

const TARGET = 'admin:keys';

/** Makes a key; recorded. @throws AppError INVALID_PARAMS naming the field, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function addKey(place: TaskPlace, key: NewKey): Promise<CreatedKey> {
  const detail = { name: key.name, roles: key.roles.join(' ') };
  return await withFoundation(place, (foundation) =>
    recordedFirst(
      foundation,
      { event: 'key_created', target: TARGET, detail },
      () => createKey(foundation.store, foundation.clock, key),
      ({ record }) => ({ key: record.id }),
    ),
  );
}

/** Replaces a key by one with the same rights; recorded. @throws AppError KEY_UNKNOWN, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function replaceKey(place: TaskPlace, id: string, graceSeconds: number): Promise<CreatedKey> {
  return await withFoundation(place, (foundation) =>
    recordedFirst(
      foundation,
      { event: 'key_rotated', target: TARGET, detail: { key: id, graceSeconds } },
      () => rotateKey(foundation.store, foundation.clock, id, graceSeconds),
      ({ record }) => ({ successor: record.id }),
    ),
  );
}

/**
 * Revokes a key, also while the configuration is broken or nothing can be recorded.
 *
 * @returns why it was not recorded, or undefined
 * @throws AppError KEY_UNKNOWN, STORAGE_*
 */
export async function revokeKey(place: TaskPlace, id: string): Promise<AppError | undefined> {
  if (!(await withStore(place, (store) => store.apiKeys.revoke(id, systemClock.now())))) throw new AppError('KEY_UNKNOWN');
  return await recordedAfter(place, { event: 'key_revoked', target: TARGET, detail: { key: id } });
}

/** Newest first. @throws AppError STORAGE_* */
export async function listKeys(place: TaskPlace): Promise<readonly ApiKeyRecord[]> {
  return await withStore(place, (store) => store.apiKeys.list());
}

async function withStore<T>({ home, env = process.env }: TaskPlace, work: (store: Store) => T | Promise<T>): Promise<T> {
  const { database } = homePaths(resolveHome(home === undefined ? env : { ...env, SWITCHYARD_HOME: home }));
  const store = createSqliteStore({ path: database, clock: systemClock, writes: 'direct' });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
