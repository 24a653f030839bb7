/** @module secrets/secret-file: the file that holds sealed values. */
import { statSync } from 'node:fs';
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { readPrivateFile, writePrivateFile } from '../core/private-file.ts';

/** A sealed value. */
export interface SealedEntry {
  /** Of the key that opens it. */
  readonly keyId: string;
  readonly sealed: string;
  /** Epoch milliseconds. */
  readonly updatedAt: number;
}

const FORMAT = 1;
const MAX_FILE_BYTES = 8 * 1_048_576;

/** Sealed values by name; none where there is no file. @throws AppError SECRETS_DAMAGED, HOME_INSECURE, STORAGE_* */
export function readSecretFile(path: string, label: string): ReadonlyMap<string, SealedEntry> {
  const text = readPrivateFile(path, { maxBytes: MAX_FILE_BYTES });
  if (text === undefined) return new Map();
  const value = parse(text);
  const entries = isObject(value) && value['format'] === FORMAT ? value['entries'] : undefined;
  if (!isObject(entries)) throw damaged(`The file ${label} of the state folder is no file of secrets.`);
  return new Map(Object.entries(entries).map(([name, entry]) => [name, readEntry(label, name, entry)]));
}

/** Replaces the file, 0600. @throws AppError STORAGE_* */
export function writeSecretFile(path: string, entries: ReadonlyMap<string, SealedEntry>): void {
  const sorted = [...entries].sort(([one], [other]) => (one < other ? -1 : 1));
  writePrivateFile(path, `${JSON.stringify({ format: FORMAT, entries: Object.fromEntries(sorted) }, null, 1)}\n`);
}

/** Differs after every change of the file; empty where there is none. */
export function secretFileVersion(path: string): string {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts === undefined ? '' : `${facts.ino}-${facts.mtimeNs}-${facts.size}`;
}

/** What cannot be read as what was written. */
export function damaged(message: string): AppError {
  return new AppError('SECRETS_DAMAGED', { message });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readEntry(label: string, name: string, entry: unknown): SealedEntry {
  const { keyId, sealed, updatedAt } = isObject(entry) ? entry : ({} as Record<string, unknown>);
  if (typeof keyId !== 'string' || typeof sealed !== 'string' || typeof updatedAt !== 'number') {
    throw damaged(`The entry ${name.slice(0, 100)} in the file ${label} of the state folder is damaged.`);
  }
  return { keyId, sealed, updatedAt };
}
