/** @module storage/memory/store: the Store port without a disk, for tests and throw-away gateways. */
import { AppError } from '../../core/errors.ts';
import type { ApiKeyRecord, ApiKeyStore, Store } from '../../contracts/store.ts';
import { createMemoryRecords } from './records.ts';
import { createMemoryRevocations } from './revocations.ts';
import { createMemoryLedger } from './spend-ledger.ts';
import { createMemoryTasks } from './task-store.ts';

/** A store that forgets everything with the process. Each call makes an empty one. */
export function createMemoryStore(): Store {
  const keys = new Map<string, ApiKeyRecord>();
  let version = 0;
  let isClosed = false;

  const ensureOpen = (): void => {
    if (isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The state store is closed.' });
  };
  const put = (record: ApiKeyRecord): void => {
    keys.set(record.id, Object.freeze({ ...record }));
    version += 1;
  };
  const insert = (record: ApiKeyRecord): void => {
    if (keys.has(record.id)) throw new AppError('DUPLICATE_NAME', { message: `A key with the id ${record.id} exists.` });
    put(record);
  };

  const apiKeys: ApiKeyStore = {
    find: (id) => {
      ensureOpen();
      return keys.get(id);
    },
    list: () => {
      ensureOpen();
      return [...keys.values()].reverse().sort((a, b) => b.createdAt - a.createdAt);
    },
    insert: async (record) => {
      ensureOpen();
      insert(record);
    },
    revoke: async (id, atEpochMs) => {
      ensureOpen();
      const record = keys.get(id);
      if (record && record.revokedAt === null) put({ ...record, revokedAt: atEpochMs });
      return record !== undefined;
    },
    rotate: async (successor, oldExpiresAtEpochMs) => {
      ensureOpen();
      const old = keys.get(successor.rotatedFrom ?? '');
      if (!old || old.revokedAt !== null) return false;
      insert(successor);
      put({ ...old, expiresAt: Math.min(old.expiresAt ?? Infinity, oldExpiresAtEpochMs) });
      return true;
    },
    version: () => {
      ensureOpen();
      return version;
    },
  };

  return {
    apiKeys,
    spend: createMemoryLedger(ensureOpen),
    records: createMemoryRecords(ensureOpen),
    tasks: createMemoryTasks(ensureOpen),
    revocations: createMemoryRevocations(ensureOpen),
    check: async () => ensureOpen(),
    close: () => {
      isClosed = true;
    },
  };
}
