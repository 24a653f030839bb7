/** @module config/locate: finds and reads the files of the configuration. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, relative, resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { systemCode } from '../core/private-file.ts';
import { configError } from './problem.ts';
import { MAX_CONFIG_BYTES } from './source-text.ts';

/** Names that are looked for in each folder, in this order. */
export const CONFIG_NAMES: readonly string[] = ['switchyard.yaml', 'switchyard.yml', 'switchyard.json', 'switchyard.jsonc'];

/** A file that was found, with its name for messages. */
export interface FoundFile {
  readonly path: string;
  /** Relative to the current folder where it lies below it, else absolute. */
  readonly label: string;
}

/** What the search came to. */
export interface Search {
  readonly found: FoundFile | undefined;
  /** Further files that would have been read if the found one were not there. */
  readonly shadowed: readonly FoundFile[];
}

/**
 * Looks in the folders, in order. A few system calls, no directory is listed. A link that leads
 * nowhere counts as found: reading it fails, instead of quietly using the defaults.
 *
 * @param cwd only for labels
 * @throws AppError CONFIG_UNREADABLE when a folder may not be searched
 */
export function searchConfig(folders: readonly string[], cwd: string): Search {
  const files = [...new Set(folders)].flatMap((folder) => CONFIG_NAMES.map((name) => join(folder, name))).filter((path) => isThere(path, cwd));
  const [found, ...shadowed] = files.map((path) => ({ path, label: labelOf(path, cwd) }));
  return { found, shadowed };
}

/**
 * The file that somebody named.
 *
 * @throws AppError CONFIG_NOT_FOUND; CONFIG_SYNTAX when its name tells no format
 */
export function namedConfig(file: string, cwd: string): FoundFile {
  const path = resolve(cwd, file);
  const label = labelOf(path, cwd);
  if (!isThere(path, cwd)) {
    throw new AppError('CONFIG_NOT_FOUND', { message: `The configuration file ${label} does not exist.` });
  }
  if (!['.yaml', '.yml', '.json', '.jsonc'].includes(extname(path).toLowerCase())) {
    throw fileError('CONFIG_SYNTAX', label, 'The name does not tell the format.', 'Name the file .yaml, .yml, .json or .jsonc.');
  }
  return { path, label };
}

/**
 * The bytes of a regular file, one more than the limit at most: who decodes it reports the excess.
 * Devices and pipes are never read, so that a start cannot hang on them.
 *
 * @throws AppError CONFIG_UNREADABLE
 */
export function readBytes({ path, label }: FoundFile): { readonly bytes: Buffer; readonly isWritableByAll: boolean } {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw fileError('CONFIG_UNREADABLE', label, 'This is not a regular file.', 'Name a file.');
    const bytes = stats.size > MAX_CONFIG_BYTES ? Buffer.alloc(MAX_CONFIG_BYTES + 1) : readFileSync(descriptor);
    return { bytes, isWritableByAll: process.platform !== 'win32' && (stats.mode & 0o002) !== 0 };
  } catch (error) {
    if (AppError.is(error)) throw error;
    throw fileError(
      'CONFIG_UNREADABLE',
      label,
      `The file cannot be read (${systemCode(error) || 'unknown error'}).`,
      'Give this user the permission to read it.',
      error,
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whether something has this name, be it a link that leads nowhere. @throws AppError CONFIG_UNREADABLE when nobody can tell */
function isThere(path: string, cwd: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR' || systemCode(error) === 'ENAMETOOLONG') return false;
    const message = `The folder cannot be searched (${systemCode(error) || 'unknown error'}).`;
    throw fileError('CONFIG_UNREADABLE', labelOf(dirname(path), cwd), message, 'Start in another folder, or give this user the permission to enter it.', error);
  }
}

function fileError(code: 'CONFIG_SYNTAX' | 'CONFIG_UNREADABLE', source: string, message: string, fix: string, cause?: unknown): AppError {
  return configError(code, [{ source, line: null, column: null, pointer: '', message, fix }], cause);
}

/** How messages call a file. */
export function labelOf(path: string, cwd: string): string {
  const label = relative(cwd, path);
  return label === '' || label.startsWith('..') || isAbsolute(label) ? path : label;
}
