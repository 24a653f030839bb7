/** @module workspace/write-file: a file replaced as a whole, or not at all. */
import { closeSync, constants, fchmodSync, fchownSync, fsync, openSync, renameSync, unlinkSync, write, writeSync, type BigIntStats } from 'node:fs';
import { promisify } from 'node:util';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { errnoOf, toFileError } from './file-errors.ts';
import { O_NOFOLLOW, type Folder } from './folder.ts';
import { joinPath } from './path-rules.ts';
import { refusal } from './read-file.ts';
import type { Root } from './root.ts';
import { inspect, openFolder, ownerFor, requireSpelling } from './walk.ts';

const SYNC_BYTES = 64 * 1024;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | O_NOFOLLOW;
const writeLater = promisify(write);
const syncLater = promisify(fsync);

/** What stands there now, if it may be replaced. Replacing a read-only file would make its mode mean nothing. */
function inspectTarget(root: Root, folder: Folder, name: string, path: string): BigIntStats | undefined {
  const present = inspect(folder, name, path);
  if (!present) return undefined;
  requireSpelling(root, folder, name, path);
  const refused = refusal(present, path);
  if (refused) throw refused;
  if ((present.mode & 0o222n) === 0n) throw new AppError('PATH_FORBIDDEN', { message: `The file is read-only: ${path}`, fix: 'Make it writable first.' });
  return present;
}

/** Owner and permission bits of the replaced file; set-user-id and its kin are not carried over to new content. */
function keepIdentity(descriptor: number, present: BigIntStats): void {
  try {
    fchownSync(descriptor, Number(present.uid), Number(present.gid));
  } catch (error) {
    // Only root may give files away; everybody else keeps what they wrote.
    if (errnoOf(error) !== 'EPERM') throw error;
  }
  fchmodSync(descriptor, Number(present.mode & 0o777n));
}

/** A new file belongs to the owner of its folder. */
function giveAway(descriptor: number, folder: Folder): void {
  const owner = ownerFor(folder);
  if (owner) fchownSync(descriptor, owner.uid, owner.gid);
}

async function pour(descriptor: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const left = bytes.length - written;
    written += bytes.length <= SYNC_BYTES ? writeSync(descriptor, bytes, written, left) : (await writeLater(descriptor, bytes, written, left)).bytesWritten;
  }
  await syncLater(descriptor);
}

async function replace(folder: Folder, name: string, bytes: Uint8Array, present: BigIntStats | undefined): Promise<void> {
  const temporary = folder.address(`.switchyard-${randomHex(8)}.tmp`);
  // A replaced file may be private: nobody else reads the new one before its mode is set.
  const descriptor = openSync(temporary, NEW_FILE, present ? 0o600 : 0o666);
  try {
    try {
      if (present) keepIdentity(descriptor, present);
      else giveAway(descriptor, folder);
      await pour(descriptor, bytes);
    } finally {
      closeSync(descriptor);
    }
    folder.confirm();
    // Replaces the name, whatever it is by now: a link is replaced, never written through.
    renameSync(temporary, folder.address(name));
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

function removeQuietly(address: string): void {
  try {
    unlinkSync(address);
  } catch {
    // The write has failed already, and that is the error to report.
  }
}

/**
 * Replaces or creates the file: readers see the old bytes or the new ones, never a mix, also after
 * a crash (the bytes are on disk before the name changes; whether the name has changed by then is
 * not guaranteed). Keeps the permission bits of a replaced file, and its owner where the system lets us.
 * Not kept: access control lists, extended attributes.
 *
 * A gateway killed in the middle leaves a `.switchyard-*.tmp` behind.
 *
 * @throws AppError PATH_* (links, hard links, anything but a regular file, read-only files), FILE_TOO_LARGE, STORAGE_FULL
 */
export async function writeFile(root: Root, segments: readonly string[], bytes: Uint8Array, createDirectories: boolean, maxFileBytes: number): Promise<void> {
  const path = joinPath(segments);
  const name = segments.at(-1);
  if (name === undefined) throw new AppError('PATH_WRONG_KIND', { message: 'This is a folder, not a file: .' });
  if (bytes.length > maxFileBytes) throw new AppError('FILE_TOO_LARGE', { message: `The text has ${bytes.length} bytes, more than ${maxFileBytes}: ${path}` });
  const folder = openFolder(root, segments.slice(0, -1), createDirectories);
  try {
    await replace(folder, name, bytes, inspectTarget(root, folder, name, path));
  } catch (error) {
    throw toFileError(error, path);
  } finally {
    folder.close();
  }
}

/** Removes one file of the root; only for what the gateway itself has put there. */
export function removeOwnFile(root: Root, name: string): void {
  const folder = root.open();
  try {
    unlinkSync(folder.address(name));
  } catch (error) {
    throw toFileError(error, name);
  } finally {
    folder.close();
  }
}
