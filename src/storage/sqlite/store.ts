/** @module storage/sqlite/store: the embedded Store, one file below the state folder. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import type { ApiKeyStore, Store } from '../../contracts/store.ts';
import { insertKey, prepareKeyReads, revokeKey, rotateKey } from './api-keys.ts';
import { openDatabase } from './database.ts';
import { toStorageError } from './faults.ts';
import { createSqliteRecords, prepareRecordReads } from './records.ts';
import { createSqliteRevocations, prepareRevocationReads } from './revocations.ts';
import { createThreadWriter } from './writer-thread.ts';
import { createSqliteLedger, prepareSpendReads } from './spend-ledger.ts';
import { createSqliteTasks, prepareTaskReads, type TaskReads } from './task-store.ts';
import { createDirectWriter, type Statement, type StatementResult, type Writer } from './writer.ts';

/** How often other processes' changes are looked for. */
const VERSION_INTERVAL_MS = 250;

/** Where and how the store works. */
export interface SqliteStoreOptions {
  /** The database file; its folder is made when missing. */
  readonly path: string;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** `thread` (default) keeps waiting for locks off the event loop; `direct` spares short-lived processes the thread. */
  readonly writes?: 'thread' | 'direct';
  /** How long a write may wait for another process. Default 5000. */
  readonly busyTimeoutMs?: number;
}

interface Connection {
  readonly database: DatabaseSync;
  readonly reads: ReturnType<typeof prepareKeyReads>;
  /** Prepared at the first use: most starts need none. */
  readonly spendReads: () => ReturnType<typeof prepareSpendReads>;
  /** As above. */
  readonly recordReads: () => ReturnType<typeof prepareRecordReads>;
  readonly taskReads: () => TaskReads;
  readonly revocationReads: () => ReturnType<typeof prepareRevocationReads>;
  readonly dataVersion: StatementSync;
  readonly writer: Writer;
}

/**
 * The Store on node:sqlite with write-ahead logging: readers never wait for writers. Nothing is
 * opened or loaded before the first use, whose failure is thrown there and tried again by the next.
 *
 * Every operation @throws AppError STORAGE_UNAVAILABLE, STORAGE_CORRUPT, STORAGE_SCHEMA,
 * STORAGE_FULL, HOME_INSECURE
 */
export function createSqliteStore({ path, clock, writes = 'thread', busyTimeoutMs = 5_000 }: SqliteStoreOptions): Store {
  let connection: Connection | undefined;
  let isClosed = false;

  const connect = (database: DatabaseSync): Connection => {
    try {
      const writer = writes === 'direct' ? createDirectWriter(database) : createThreadWriter(path, busyTimeoutMs);
      let spendReads: ReturnType<typeof prepareSpendReads> | undefined;
      let recordReads: ReturnType<typeof prepareRecordReads> | undefined;
      let taskReads: TaskReads | undefined;
      let revocationReads: ReturnType<typeof prepareRevocationReads> | undefined;
      return {
        database,
        writer,
        reads: prepareKeyReads(database),
        spendReads: () => (spendReads ??= prepareSpendReads(database)),
        recordReads: () => (recordReads ??= prepareRecordReads(database)),
        taskReads: () => (taskReads ??= prepareTaskReads(database)),
        revocationReads: () => (revocationReads ??= prepareRevocationReads(database)),
        dataVersion: database.prepare('PRAGMA data_version'),
      };
    } catch (error) {
      database.close();
      throw error;
    }
  };
  const open = (): Connection => {
    if (isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The state store is closed.' });
    // A reader that shares its thread with the event loop must not wait for long.
    connection ??= connect(openDatabase(path, writes === 'direct' ? busyTimeoutMs : Math.min(busyTimeoutMs, 250)));
    return connection;
  };
  const read = <T>(query: (connection: Connection) => T): T => {
    try {
      return query(open());
    } catch (error) {
      throw toStorageError(error);
    }
  };

  const readVersion = (): number => read(({ dataVersion }) => Number(dataVersion.get()?.['data_version']));
  const version = createVersion(clock, readVersion);
  const write = async (statements: readonly Statement[]): Promise<readonly StatementResult[]> => {
    try {
      return await open().writer.run(statements);
    } finally {
      // Also after a failure: a commit whose answer was lost may have happened.
      version.bump();
    }
  };

  const apiKeys: ApiKeyStore = {
    find: (id) => read(({ reads }) => reads.find(id)),
    list: () => read(({ reads }) => reads.list()),
    insert: async (record) => {
      await write(insertKey(record));
    },
    revoke: async (id, atEpochMs) => (await write(revokeKey(id, atEpochMs)))[0]?.changes === 1,
    rotate: async (successor, oldExpiresAtEpochMs) => (await write(rotateKey(successor, oldExpiresAtEpochMs)))[0]?.changes === 1,
    version: version.current,
  };

  // Not `write`: a booking is no reason to look all keys up again.
  const ledger = createSqliteLedger({
    run: async (statements) => await open().writer.run(statements),
    read: (query) => read(({ spendReads }) => query(spendReads())),
  });

  const tasks = createSqliteTasks({
    run: async (statements) => await open().writer.run(statements),
    read: (query) => read(({ taskReads }) => query(taskReads())),
  });

  return {
    apiKeys,
    spend: ledger,
    records: createSqliteRecords({
      run: async (statements) => await open().writer.run(statements),
      read: (query) => read(({ recordReads }) => query(recordReads())),
      version: createVersion(clock, readVersion),
    }),
    tasks,
    revocations: createSqliteRevocations({
      read: (query) => read(({ revocationReads }) => query(revocationReads())),
      write,
      version: version.current,
    }),
    check: async () => {
      const value = randomHex(8);
      await write([{ sql: 'INSERT INTO probe (id, value) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value', parameters: [value] }]);
      // Another process's probe may have come between; that it can be read back is what matters.
      const found = read(({ database }) => database.prepare('SELECT value FROM probe').get()?.['value']);
      if (typeof found !== 'string') throw new AppError('STORAGE_UNAVAILABLE', { message: 'The state database does not return what was written.' });
    },
    close: async () => {
      await ledger.close().catch(() => undefined);
      isClosed = true;
      const closing = connection;
      connection = undefined;
      await closing?.writer.close();
      closing?.database.close();
    },
  };
}

/** A number that changes with the data: own writes at once, others' when looked for. */
function createVersion(clock: SqliteStoreOptions['clock'], readDataVersion: () => number): { readonly current: () => number; readonly bump: () => void } {
  let version = 0;
  let seen = -1;
  let lookAgainAt = -Infinity;
  return {
    current: () => {
      const now = clock.monotonic();
      if (now >= lookAgainAt) {
        const found = readDataVersion();
        if (found !== seen) version += 1;
        seen = found;
        lookAgainAt = now + VERSION_INTERVAL_MS;
      }
      return version;
    },
    bump: () => {
      version += 1;
    },
  };
}
