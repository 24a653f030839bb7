/** @module clients/record: remembers what was done to a client's file, so that it can be undone exactly. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../core/json.ts';
import { replaceConfigText } from './config-file.ts';
import type { ClientId, ClientScope } from './types.ts';

/** One connection. Lies in the state folder, 0600; holds no content of the client's file. */
export interface ConnectRecord {
  readonly version: 1;
  readonly client: ClientId;
  readonly scope: ClientScope;
  readonly name: string;
  readonly path: string;
  /** Epoch milliseconds. */
  readonly connectedAt: number;
  /** Fingerprint of the file before we came; null = there was none. */
  readonly before: string | null;
  /** Permission bits before we came. */
  readonly beforeMode: number | null;
  /** Fingerprint of what we wrote. */
  readonly after: string;
  /** Path of the backup; null when there was no file. */
  readonly backup: string | null;
  /** False when the backup already holds an entry of ours: then it must not be brought back. */
  readonly isRestorable: boolean;
  /** Topmost folder that was made for the file. */
  readonly madeDirectory: string | null;
}

type Key = Pick<ConnectRecord, 'client' | 'scope' | 'name' | 'path'>;

function recordPath(stateDirectory: string, { client, scope, name, path }: Key): string {
  const id = createHash('sha256').update(`${name}\n${path}`).digest('hex').slice(0, 16);
  return join(stateDirectory, `${client}-${scope}-${id}.json`);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);

function isRecord(value: unknown, key: Key): value is ConnectRecord {
  return (
    isObject(value) &&
    value['version'] === 1 &&
    value['path'] === key.path &&
    value['name'] === key.name &&
    value['client'] === key.client &&
    value['scope'] === key.scope &&
    isText(value['after']) &&
    [value['before'], value['backup'], value['madeDirectory']].every(isTextOrNull) &&
    typeof value['isRestorable'] === 'boolean' &&
    (value['beforeMode'] === null || typeof value['beforeMode'] === 'number')
  );
}

/** The record of a connection; undefined when there is none, or it cannot be read: then only the entry can be removed. */
export async function readRecord(stateDirectory: string, key: Key): Promise<ConnectRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(recordPath(stateDirectory, key), 'utf8'));
    return isRecord(value, key) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the record, 0600 in a folder of 0700. */
export async function writeRecord(stateDirectory: string, record: ConnectRecord): Promise<void> {
  if ((await mkdir(stateDirectory, { recursive: true, mode: 0o700 })) !== undefined) await chmod(stateDirectory, 0o700);
  await replaceConfigText(recordPath(stateDirectory, record), `${JSON.stringify(record, null, 2)}\n`, 0o600);
}

/** Forgets the connection. */
export async function removeRecord(stateDirectory: string, key: Key): Promise<void> {
  await rm(recordPath(stateDirectory, key), { force: true });
}
