/** @module config/replace-file: writes configuration files so that readers see the old text or the new one. */
import { chmodSync, closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { systemCode } from '../core/private-file.ts';

/**
 * Replaces the text of a file, or creates it (0644 less the umask; 0600 in a folder that is closed to others, as the home is);
 * permissions and links stay.
 *
 * @throws AppError CONFIG_UNREADABLE when the folder or the file cannot be written
 */
export function replaceFile(path: string, text: string): void {
  let beside: string | undefined;
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    const target = stats ? realpathSync(path) : path;
    beside = `${target}.${randomHex(6)}.tmp`;
    const isClosed = (statSync(dirname(target)).mode & 0o077) === 0;
    const file = openSync(beside, 'wx', isClosed ? 0o600 : 0o644);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (stats) chmodSync(beside, stats.mode & 0o777);
    renameSync(beside, target);
  } catch (cause) {
    if (beside !== undefined) rmSync(beside, { force: true });
    throw new AppError('CONFIG_UNREADABLE', {
      message: `${path} cannot be written (${systemCode(cause) || 'unknown error'}).`,
      fix: 'Give this user the permission to write there.',
      cause,
    });
  }
}
