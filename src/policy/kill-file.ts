/** @module policy/kill-file: the kill switch on disk, where every process of the home sees it. */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { withFileLock } from '../core/file-lock.ts';
import { randomHex } from '../core/ids.ts';
import { isObject } from '../core/json.ts';
import { readPrivateFile, writePrivateFile } from '../core/private-file.ts';
import type { KillEntry, KillScope } from '../contracts/policy.ts';
import { compileGlob } from './glob.ts';

const SCOPES: readonly string[] = ['all', 'client', 'principal', 'tool', 'upstream', 'profile', 'provider'] satisfies readonly KillScope[];
const MAX_BYTES = 1_048_576;
const MAX_ENTRIES = 1_000;
const MAX_REASON = 500;
/** As operators know it. */
const WHAT = 'the kill switch';

/**
 * What is switched off; nothing when there is no file.
 *
 * @throws AppError STORAGE_CORRUPT, HOME_INSECURE when others can write it, STORAGE_UNAVAILABLE
 */
export function readKillFile(path: string): readonly KillEntry[] {
  const text = readPrivateFile(path, { maxBytes: MAX_BYTES, forbiddenMode: 0o002 });
  if (text === undefined) return [];
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content) && Array.isArray(content['entries'])) return content['entries'].map(parseEntry);
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged(undefined);
}

/**
 * Switches something off. Acts in every process of the home within 200 ms, this one too.
 *
 * @throws AppError INVALID_PARAMS, STORAGE_* and HOME_INSECURE when nothing was changed
 */
export async function addKillEntry(
  path: string,
  { scope, name, reason }: Pick<KillEntry, 'scope' | 'name' | 'reason'>,
  clock: Pick<Clock, 'now'>,
): Promise<KillEntry> {
  const entry: KillEntry = {
    id: randomHex(6),
    scope,
    name: scope === 'all' ? '*' : name,
    reason: reason.trim().slice(0, MAX_REASON) || 'no reason given',
    at: clock.now(),
  };
  try {
    compileGlob(entry.name, 'name');
  } catch (cause) {
    throw new AppError('INVALID_PARAMS', { message: cause instanceof Error ? cause.message : 'name', cause });
  }
  await update(path, (entries) => {
    if (entries.length >= MAX_ENTRIES)
      throw new AppError('INVALID_PARAMS', { message: `More than ${MAX_ENTRIES} entries; lift some, or switch everything off.` });
    return [...entries, entry];
  });
  return entry;
}

/** Lifts one entry. False when there is none with this id. @throws AppError STORAGE_*, HOME_INSECURE */
export async function removeKillEntry(path: string, id: string): Promise<boolean> {
  let isFound = false;
  await update(path, (entries) => {
    const left = entries.filter((entry) => entry.id !== id);
    isFound = left.length < entries.length;
    return left;
  });
  return isFound;
}

/** Lifts everything, and mends a damaged file. @throws AppError STORAGE_* */
export async function clearKillFile(path: string): Promise<void> {
  await withFileLock(path, WHAT, () => writeEntries(path, []));
}

/** Two operators at once must not undo each other's entry. */
async function update(path: string, change: (entries: readonly KillEntry[]) => readonly KillEntry[]): Promise<void> {
  await withFileLock(path, WHAT, () => writeEntries(path, change(readKillFile(path))));
}

function writeEntries(path: string, entries: readonly KillEntry[]): void {
  writePrivateFile(path, `${JSON.stringify({ entries }, undefined, 2)}\n`);
}

function parseEntry(value: unknown): KillEntry {
  if (!isObject(value)) throw damaged(undefined);
  const { id, scope, name, reason, at } = value;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof reason !== 'string' || typeof at !== 'number' || !isScope(scope)) throw damaged(undefined);
  compileGlob(name, 'name');
  return Object.freeze({ id, scope, name, reason, at });
}

const isScope = (value: unknown): value is KillScope => typeof value === 'string' && SCOPES.includes(value);

const damaged = (cause: unknown): AppError =>
  new AppError('STORAGE_CORRUPT', {
    message: 'The file of the kill switch is damaged.',
    fix: 'Run `switchyard kill off --all`, then switch off anew what must stay off.',
    cause,
  });
