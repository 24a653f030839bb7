/** @module identity/admin-key: the first key of a home. There is no default password. */
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { createPrivateFile, readPrivateFile, writePrivateFile } from '../core/private-file.ts';
import type { ApiKeyRecord, Store } from '../contracts/store.ts';
import { createKey, isKeyOf, isLive, keyIdOf, type CreatedKey } from './api-key.ts';

const FILE_NAME = 'admin.key';
const MAX_ATTEMPTS = 3;

/** Where the key lives. */
export interface AdminKeyOptions {
  /** The state folder; the key is in its file `admin.key`. */
  readonly home: string;
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
}

/** The admin key and whether this call made it. */
export interface AdminKey extends CreatedKey {
  readonly isNew: boolean;
}

/**
 * The admin key of the home: the one in its file while that is valid, else a new one with the role
 * `admin`, written 0600. Of several processes that start at once all return the same key.
 *
 * @throws AppError HOME_INSECURE when others can read the file, STORAGE_*
 */
export async function ensureAdminKey({ home, store, clock }: AdminKeyOptions): Promise<AdminKey> {
  const path = join(home, FILE_NAME);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const text = readPrivateFile(path);
    const key = text?.trim() ?? '';
    const record = await recordOf(key, store, clock);
    if (record) return { key, record, isNew: false };
    const created = await createKey(store, clock, { name: 'admin', kind: 'user', roles: ['admin'] });
    const line = `${created.key}\n`;
    if (text !== undefined) writePrivateFile(path, line);
    else createPrivateFile(path, line);
    if (readPrivateFile(path) === line) return { ...created, isNew: true };
    // Another process was faster: its key stays, and nobody knows this one.
    await store.apiKeys.revoke(created.record.id, clock.now());
  }
  throw new AppError('STORAGE_UNAVAILABLE', { message: `The file ${FILE_NAME} of the state folder keeps changing.` });
}

async function recordOf(key: string, store: Store, clock: Pick<Clock, 'now'>): Promise<ApiKeyRecord | undefined> {
  const id = keyIdOf(key);
  const record = id === undefined ? undefined : await store.apiKeys.find(id);
  return record && isKeyOf(key, record) && isLive(record, clock.now()) && record.roles.includes('admin') ? record : undefined;
}
