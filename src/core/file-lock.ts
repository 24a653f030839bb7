/** @module core/file-lock: one writer at a time for a file that several processes replace. */
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { AppError } from './errors.ts';
import { randomHex } from './ids.ts';
import { systemCode } from './private-file.ts';

const ATTEMPTS = 250;
const PAUSE_MS = 20;
/** A writer holds the lock for some milliseconds; one that is older belongs to a process that died. */
const STALE_MS = 10_000;

/**
 * Holds `<path>.lock` while the work runs. The work must be synchronous and short: a lock older than ten seconds is taken
 * for that of a dead process, and broken by exactly one of those who wait. The folder must exist.
 *
 * @param what names the file for the operator
 * @throws AppError STORAGE_UNAVAILABLE after five seconds, or where no lock can be made; and as the work does
 */
export async function withFileLock<T>(path: string, what: string, work: () => T): Promise<T> {
  const lock = `${path}.lock`;
  const token = randomHex(16);
  for (let attempt = 1; !tryLock(lock, token, what); attempt += 1) {
    if (attempt === ATTEMPTS) throw new AppError('STORAGE_UNAVAILABLE', { message: `Another process keeps ${what} locked.` });
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  }
  try {
    return work();
  } finally {
    releaseLock(lock, token);
  }
}

/** True when the lock is ours now; breaks one of a dead process on the way. */
export function tryLock(lock: string, token: string, what: string): boolean {
  try {
    writeFileSync(lock, token, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw new AppError('STORAGE_UNAVAILABLE', { message: `The lock of ${what} cannot be made.`, cause: error });
  }
  breakStale(lock);
  return false;
}

/** Of several who see the same dead lock, one wins the rename; a fresh lock that was caught by it goes back to its place. */
function breakStale(lock: string): void {
  if (!isStale(lock)) return;
  const aside = `${lock}.${randomHex(6)}`;
  try {
    renameSync(lock, aside);
    if (!isStale(aside)) linkSync(aside, lock);
  } catch {
    // Somebody else was faster.
  } finally {
    rmSync(aside, { force: true });
  }
}

function isStale(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false });
  // Also one of the future: a clock that was set back would keep the lock of a dead process until it is where it was.
  return facts !== undefined && Math.abs(Date.now() - facts.mtimeMs) > STALE_MS;
}

/** Only the own one: after a pause of more than ten seconds it may be another's. */
export function releaseLock(lock: string, token: string): void {
  try {
    if (readFileSync(lock, 'utf8') === token) rmSync(lock, { force: true });
  } catch {
    // Broken by somebody else: nothing to release.
  }
}
