/** @module config/locate: finds and reads the files of the configuration. */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { extname, isAbsolute, join, relative, resolve } from 'node:path';
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
 * Looks in the folders, in order. A few system calls, no directory is listed.
 *
 * @param cwd only for labels
 */
export function searchConfig(folders: readonly string[], cwd: string): Search {
  const files = [...new Set(folders)]
    .flatMap((folder) => CONFIG_NAMES.map((name) => join(folder, name)))
    .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
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
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new AppError('CONFIG_NOT_FOUND', { message: `The configuration file ${label} does not exist.` });
  }
  if (!['.yaml', '.yml', '.json', '.jsonc'].includes(extname(path).toLowerCase())) {
    throw configError('CONFIG_SYNTAX', [
      {
        source: label,
        line: null,
        column: null,
        pointer: '',
        message: 'The name does not tell the format.',
        fix: 'Name the file .yaml, .yml, .json or .jsonc.',
      },
    ]);
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
  const unreadable = (message: string, fix: string, cause?: unknown): AppError =>
    configError('CONFIG_UNREADABLE', [{ source: label, line: null, column: null, pointer: '', message, fix }], cause);
  try {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw unreadable('This is not a regular file.', 'Name a file.');
    const bytes = stats.size > MAX_CONFIG_BYTES ? Buffer.alloc(MAX_CONFIG_BYTES + 1) : readFileSync(descriptor);
    return { bytes, isWritableByAll: process.platform !== 'win32' && (stats.mode & 0o002) !== 0 };
  } catch (error) {
    if (AppError.is(error)) throw error;
    throw unreadable(`The file cannot be read (${systemCode(error) || 'unknown error'}).`, 'Give this user the permission to read it.', error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** How messages call a file. */
export function labelOf(path: string, cwd: string): string {
  const label = relative(cwd, path);
  return label === '' || label.startsWith('..') || isAbsolute(label) ? path : label;
}
