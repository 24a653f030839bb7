/** @module clients/transparent-record: which entries of a client's file lead through the gateway, so that they can be brought back. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isObject } from '../core/json.ts';
import { readPrivateFile, writePrivateFile } from '../core/private-file.ts';
import { rm } from 'node:fs/promises';
import type { ClientId, ClientScope } from './types.ts';

/** One entry that was replaced. */
export interface ReplacedEntry {
  /** As the person called it. */
  readonly name: string;
  /** Fingerprint of what we wrote: an entry that says something else now is not ours any more. */
  readonly written: string;
  /** File that has the entry as it was; null = there was no such entry, or no file. */
  readonly backup: string | null;
}

/** One transparent connection. Lies in the state folder, 0600; holds no content of the client's file. */
export interface TransparentRecord {
  readonly client: ClientId;
  readonly scope: ClientScope;
  readonly path: string;
  /** Fingerprint of what we wrote last. */
  readonly after: string;
  /** File as it was before all of it: brought back whole while nobody else has edited; null = not any more. */
  readonly whole: {
    readonly backup: string | null;
    readonly fingerprint: string | null;
    readonly mode: number | null;
    readonly madeDirectory: string | null;
  } | null;
  readonly entries: readonly ReplacedEntry[];
}

type Key = Pick<TransparentRecord, 'client' | 'scope' | 'path'>;

const FORMAT = 1;
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

function recordPath(stateDirectory: string, { client, scope, path }: Key): string {
  const id = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return join(stateDirectory, `transparent-${client}-${scope}-${id}.json`);
}

function isEntry(value: unknown): value is ReplacedEntry {
  return isObject(value) && typeof value['name'] === 'string' && typeof value['written'] === 'string' && isTextOrNull(value['backup']);
}

function isWhole(value: unknown): boolean {
  if (value === null) return true;
  if (!isObject(value)) return false;
  const { backup, fingerprint, mode, madeDirectory } = value;
  return [backup, fingerprint, madeDirectory].every(isTextOrNull) && (mode === null || typeof mode === 'number');
}

function isRecord(value: unknown, key: Key): value is TransparentRecord & { readonly format: number } {
  if (!isObject(value) || value['format'] !== FORMAT || typeof value['after'] !== 'string') return false;
  const { entries } = value;
  return (
    value['client'] === key.client &&
    value['scope'] === key.scope &&
    value['path'] === key.path &&
    isWhole(value['whole']) &&
    Array.isArray(entries) &&
    entries.every(isEntry)
  );
}

/** Undefined when there is none, or it cannot be read. */
export function readTransparentRecord(stateDirectory: string, key: Key): TransparentRecord | undefined {
  try {
    const value: unknown = JSON.parse(readPrivateFile(recordPath(stateDirectory, key)) ?? 'null');
    return isRecord(value, key) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** 0600 in a folder of 0700. @throws AppError STORAGE_* */
export function writeTransparentRecord(stateDirectory: string, record: TransparentRecord): void {
  writePrivateFile(recordPath(stateDirectory, record), `${JSON.stringify({ format: FORMAT, ...record }, null, 2)}\n`);
}

/** Forgets the connection. */
export async function removeTransparentRecord(stateDirectory: string, key: Key): Promise<void> {
  await rm(recordPath(stateDirectory, key), { force: true });
}
