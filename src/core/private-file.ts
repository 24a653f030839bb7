/** @module core/private-file: small files of the state folder that nobody else may read. */
import { closeSync, constants, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AppError } from './errors.ts';
import { randomHex } from './ids.ts';

/** Windows has no such bits: there the folder's access list decides. */
const HAS_MODES = process.platform !== 'win32';
const NO_FOLLOW = HAS_MODES ? constants.O_NOFOLLOW : 0;
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The `code` of a system error, or an empty text. */
export function systemCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function toFileError(error: unknown, path: string): AppError {
  if (AppError.is(error)) return error;
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('STORAGE_FULL', { cause: error });
  return new AppError('STORAGE_UNAVAILABLE', {
    message: `The file ${basename(path)} of the state folder cannot be used (${code || 'unknown error'}).`,
    cause: error,
  });
}

/** How a private file is read. */
export interface PrivateFileRules {
  /** Default 64 KiB. */
  readonly maxBytes?: number;
  /** Permission bits of others that are refused. Default 0o077: nobody but the owner. */
  readonly forbiddenMode?: number;
}

/**
 * The text of the file, or undefined when there is none. Links are not followed.
 *
 * @throws AppError HOME_INSECURE when others have forbidden access, STORAGE_UNAVAILABLE
 */
export function readPrivateFile(path: string, { maxBytes = 65_536, forbiddenMode = 0o077 }: PrivateFileRules = {}): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | NO_FOLLOW);
    const { mode, size } = fstatSync(file);
    if (HAS_MODES && (mode & forbiddenMode) !== 0) {
      throw new AppError('HOME_INSECURE', { message: `The file ${basename(path)} is open to other users: run chmod 600 on it.` });
    }
    if (size > maxBytes) throw new AppError('STORAGE_UNAVAILABLE', { message: `The file ${basename(path)} is larger than ${maxBytes} bytes.` });
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw toFileError(error, path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Writes a complete 0600 file beside the path; the caller moves it there. */
function writeBeside(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${randomHex(6)}.tmp`;
  const file = openSync(beside, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
    return beside;
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Replaces or creates the file, 0600; missing folders are made 0700. Readers see the old text or the
 * new one, nothing between, also after a crash.
 *
 * @throws AppError STORAGE_FULL, STORAGE_UNAVAILABLE
 */
export function writePrivateFile(path: string, text: string): void {
  let beside: string | undefined;
  try {
    beside = writeBeside(path, text);
    renameSync(beside, path);
  } catch (error) {
    if (beside !== undefined) rmSync(beside, { force: true });
    throw toFileError(error, path);
  }
}

/**
 * Creates the file, 0600, unless there is one: of several processes exactly one gets true, and the
 * others find its complete text.
 *
 * @throws AppError STORAGE_FULL, STORAGE_UNAVAILABLE
 */
export function createPrivateFile(path: string, text: string): boolean {
  let beside: string | undefined;
  try {
    beside = writeBeside(path, text);
    return placeOnce(beside, path, text);
  } catch (error) {
    throw toFileError(error, path);
  } finally {
    if (beside !== undefined) rmSync(beside, { force: true });
  }
}

function placeOnce(beside: string, path: string, text: string): boolean {
  try {
    try {
      linkSync(beside, path);
    } catch (error) {
      if (!NO_LINKS.has(systemCode(error))) throw error;
      // A file system without hard links: created at once, filled a moment later.
      writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}
