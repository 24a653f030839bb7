/** @module clients/import-record: which entry of which client became which upstream. */
import { join } from 'node:path';
import { isObject } from '../core/json.ts';
import { readPrivateFile, writePrivateFile } from '../core/private-file.ts';
import type { FoundAt } from './found-server.ts';

/** One entry that was imported; `name` is the client's own, in which its permission rules are written. */
export interface ImportedEntry extends FoundAt {
  readonly upstream: string;
}

const FILE = 'imported.json';
const MAX_BYTES = 4_194_304;

/** What was imported so far; nothing where no record is, or it cannot be read: then entries are recognized by what they say. */
export function readImported(stateDirectory: string): readonly ImportedEntry[] {
  try {
    const value: unknown = JSON.parse(readPrivateFile(join(stateDirectory, FILE), { maxBytes: MAX_BYTES }) ?? '[]');
    return Array.isArray(value) ? value.filter(isImportedEntry) : [];
  } catch {
    return [];
  }
}

/** Keeps the entries beside those of earlier imports, 0600. Holds names and paths only. @throws AppError STORAGE_UNAVAILABLE, STORAGE_FULL */
export function writeImported(stateDirectory: string, entries: readonly ImportedEntry[]): void {
  const idOf = ({ client, scope, path, name }: FoundAt): string => JSON.stringify([client, scope, path, name]);
  const all = new Map([...readImported(stateDirectory), ...entries].map((entry) => [idOf(entry), entry] as const));
  const before = JSON.stringify(readImported(stateDirectory), null, 2);
  const text = JSON.stringify([...all.values()], null, 2);
  if (text !== before) writePrivateFile(join(stateDirectory, FILE), `${text}\n`);
}

function isImportedEntry(value: unknown): value is ImportedEntry {
  return isObject(value) && ['client', 'scope', 'path', 'name', 'upstream'].every((key) => typeof value[key] === 'string');
}
