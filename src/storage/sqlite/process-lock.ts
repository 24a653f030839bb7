/** @module storage/sqlite/process-lock: one process at a time, and nothing to clean up after one that was killed. */
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';

const PAUSE_MS = 10;
const ERRCODE_BUSY = 5;

/**
 * Does the work while no other process does work under the same lock file, which is made (0600) when
 * missing and stays, empty. The operating system holds the lock and frees it with the process, so that
 * there is none to break open. The folder must be private.
 *
 * @throws AppError STORAGE_UNAVAILABLE when the lock is not free within the time; errors of the file system pass through
 */
export async function withProcessLock<Result>(path: string, timeoutMs: number, work: () => Promise<Result>): Promise<Result> {
  closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    for (const deadline = performance.now() + timeoutMs; !tryBegin(database); ) {
      if (performance.now() > deadline) throw new AppError('STORAGE_UNAVAILABLE', { message: `Another process holds ${path}.` });
      await wait(PAUSE_MS);
    }
    return await work();
  } finally {
    database.close();
  }
}

function tryBegin(database: { exec(sql: string): void }): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === ERRCODE_BUSY) return false;
    throw error;
  }
}
