/** @module core/file-lease: one process at a time for work that takes a while, such as a request to another server. */
import { mkdirSync, readFileSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from './errors.ts';
import { releaseLock, tryLock } from './file-lock.ts';
import { randomHex } from './ids.ts';

const PAUSE_MS = 25;
/** A fifth of the time after which a lock counts as that of a dead process. */
const RENEW_MS = 2000;

/**
 * Holds `<path>.lock` while the work runs, and keeps it fresh. A process that dies gives it up within ten seconds; one
 * whose event loop stands still for as long loses it to another, and both may then be at work.
 *
 * @param what names the work for the operator
 * @throws AppError STORAGE_UNAVAILABLE after `patienceMs`, or where no lock can be made; and as the work does
 */
export async function withFileLease<T>(path: string, what: string, patienceMs: number, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  const token = randomHex(16);
  const until = performance.now() + patienceMs;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  while (!tryLock(lock, token, what)) {
    if (performance.now() > until) throw new AppError('STORAGE_UNAVAILABLE', { message: `Another process is busy with ${what}.` });
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  }
  const renewal = setInterval(() => renew(lock, token), RENEW_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    releaseLock(lock, token);
  }
}

function renew(lock: string, token: string): void {
  try {
    const now = new Date();
    if (readFileSync(lock, 'utf8') === token) utimesSync(lock, now, now);
  } catch {
    // Broken by somebody who took this process for dead: there is nothing to renew.
  }
}
