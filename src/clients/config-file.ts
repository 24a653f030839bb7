/** @module clients/config-file: reads and replaces files that belong to somebody else. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readFile, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { invalidFile } from './text-file.ts';

/** SHA-256 of the text's UTF-8 bytes, hexadecimal. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'error';
}

function busy(path: string, error: unknown): AppError {
  return AppError.is(error) ? error : new AppError('CLIENT_CONFIG_BUSY', { message: `${path} cannot be written (${errnoOf(error)}).`, cause: error });
}

/**
 * The text of the file, a byte order mark included; null when there is none. Links are followed: the
 * file is the person's own.
 *
 * @throws AppError CLIENT_CONFIG_INVALID: not UTF-8, unreadable, or a link that leads nowhere
 */
export async function readConfigText(path: string): Promise<string | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      throw new AppError('CLIENT_CONFIG_INVALID', { message: `${path} cannot be read (${errnoOf(error)}). Nothing was written.`, cause: error });
    if (
      await lstat(path).then(
        () => true,
        () => false,
      )
    )
      throw new AppError('CLIENT_CONFIG_INVALID', { message: `${path} is a link that leads nowhere. Nothing was written.`, fix: 'Repair or remove the link.' });
    return null;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const text = bytes.toString();
    throw invalidFile(path, text, Math.max(0, text.indexOf('\uFFFD')), 'the file is not UTF-8 text');
  }
}

/** Permission bits of the file, or undefined. */
export async function modeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mode }) => mode & 0o777,
    () => undefined,
  );
}

/** A new file, never one that exists. @throws AppError CLIENT_CONFIG_BUSY */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  try {
    const handle = await open(path, 'wx', mode);
    try {
      await handle.writeFile(text);
      // Whatever the umask says: a backup of secrets is 0600, and a restored file is what it was.
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw busy(path, error);
  }
}

/**
 * Replaces or creates the file atomically; where the path is a link, the file it leads to. Makes missing
 * folders and returns the topmost one made.
 *
 * @throws AppError CLIENT_CONFIG_BUSY
 */
export async function replaceConfigText(path: string, text: string, mode: number): Promise<string | null> {
  try {
    const target = await realpath(path).catch(() => path);
    const made = await mkdir(dirname(target), { recursive: true });
    const temporary = join(dirname(target), `.${basename(target)}.switchyard-${randomHex(6)}`);
    try {
      await writeNewFile(temporary, text, mode);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    return made ?? null;
  } catch (error) {
    throw busy(path, error);
  }
}

/** Removes the file, and the empty folders from its own up to the one that was made for it. @throws AppError CLIENT_CONFIG_BUSY */
export async function removeConfigFile(path: string, topmostMade: string | null): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw busy(path, error);
  }
  if (topmostMade === null) return;
  for (let folder = dirname(path); folder.startsWith(topmostMade); folder = dirname(folder)) {
    // Something else has moved in: it stays.
    if (
      !(await rmdir(folder).then(
        () => true,
        () => false,
      ))
    )
      return;
  }
}
