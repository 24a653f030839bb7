/** @module storage/sqlite/database: opening the file. */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors.ts';
import { systemCode } from '../../core/private-file.ts';
import { isBusy, toStorageError } from './faults.ts';
import { migrate, MIGRATIONS } from './migrations.ts';

/** Opening has to wait for a process that creates or migrates the same file: some milliseconds. */
const OPEN_TIMEOUT_MS = 2_000;
const WAL_ATTEMPTS = 40;
const WAL_PAUSE_MS = 25;

/** Set on every connection. A writer raises `synchronous` itself. */
const PRAGMAS = 'PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;';

/** Creates the file empty and 0600: SQLite gives its -wal and -shm files the same mode. */
function ensureFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  const facts = statSync(path);
  if (!facts.isFile()) throw new AppError('STORAGE_UNAVAILABLE', { message: `The state database ${basename(path)} is not a file.` });
  // The group is left alone: orchestrators give volumes to a group.
  if (process.platform !== 'win32' && (facts.mode & 0o007) !== 0) {
    throw new AppError('HOME_INSECURE', { message: `The state database ${basename(path)} is open to other users: run chmod 600 on it.` });
  }
}

/** Write-ahead logging is a property of the file; SQLite does not wait for others when it is switched on. */
function ensureWal(database: DatabaseSync): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === WAL_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_PAUSE_MS);
    }
  }
}

/**
 * An open connection to a file with the current schema; creates the file (0600) and its folder
 * (0700). Loads node:sqlite at the first call.
 *
 * @param busyTimeoutMs how long one statement of this connection may wait for a lock, once open
 * @param migrations steps of its schema; default: those of the state
 * @throws AppError STORAGE_UNAVAILABLE, STORAGE_CORRUPT, STORAGE_SCHEMA, STORAGE_FULL, HOME_INSECURE
 */
export function openDatabase(path: string, busyTimeoutMs: number, migrations: readonly string[] = MIGRATIONS): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    ensureFile(path);
    const sqlite = process.getBuiltinModule('node:sqlite');
    database = new sqlite.DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS });
    ensureWal(database);
    database.exec(PRAGMAS);
    migrate(database, migrations);
    database.exec(`PRAGMA busy_timeout = ${Math.round(busyTimeoutMs)}`);
    return database;
  } catch (error) {
    database?.close();
    throw toStorageError(error);
  }
}
