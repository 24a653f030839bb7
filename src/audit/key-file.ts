/** @module audit/key-file: a secret in a file that only its owner reads. */
import { closeSync, constants, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { errorCodeOf, isMissing } from './segment-name.ts';

/**
 * The text of a key file; made with mode 0600 (its folder 0700) when there is none. Several processes
 * may do this at once: all get the text of the one that won.
 *
 * @throws AppError HOME_INSECURE when others may read it; errors of the file system pass through
 */
export function readOrCreateKey(directory: string, name: string, create: () => string): string {
  const found = readPrivate(directory, name);
  if (found !== undefined) return found;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = writeTemporary(directory, name, create());
  try {
    // link() fails when the name exists: of several processes one wins, and nobody sees half a key.
    linkSync(temporary, `${directory}/${name}`);
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
  const made = readPrivate(directory, name);
  if (made === undefined) throw new AppError('AUDIT_UNAVAILABLE', { message: `The audit key ${name} vanished while it was made.` });
  return made;
}

/** A new file with mode 0600 and a name of its own, on the disk (fsync) when this returns its path. */
export function writeTemporary(directory: string, name: string, text: string): string {
  const path = `${directory}/.${name}.${randomHex(6)}`;
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return path;
}

function readPrivate(directory: string, name: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(`${directory}/${name}`, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    assertPrivate(name, fstatSync(descriptor).mode);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Looks at the permissions of the folder and of the named files, as far as they exist. @throws AppError HOME_INSECURE */
export function checkPermissions(directory: string, names: readonly string[]): void {
  const folder = statSync(directory, { throwIfNoEntry: false });
  if (!folder) return;
  if (process.platform !== 'win32' && (folder.mode & 0o022) !== 0) throw insecure('The keys folder can be changed by other users.', 'chmod 700 keys');
  for (const name of names) {
    const file = statSync(`${directory}/${name}`, { throwIfNoEntry: false });
    if (file) assertPrivate(name, file.mode);
  }
}

function assertPrivate(name: string, mode: number): void {
  // Windows reports modes that mean nothing.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw insecure(`The audit key ${name} can be read by other users.`, `chmod 600 keys/${name}`);
}

function insecure(message: string, command: string): AppError {
  return new AppError('HOME_INSECURE', { message, fix: `Run \`${command}\` in the state folder, and replace the key if somebody may have read it.` });
}
