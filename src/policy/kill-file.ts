/** @module policy/kill-file: the kill switch on disk, where every process of the home sees it. */
import { systemClock, type Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { withFileLock } from '../core/file-lock.ts';
import { randomHex } from '../core/ids.ts';
import { isObject } from '../core/json.ts';
import { readPrivateFile, writePrivateFile } from '../core/private-file.ts';
import { isKillScope, type KillEntry } from '../contracts/policy.ts';
import type { KillState, LiftedEntry } from '../contracts/shared-kill.ts';
import { compileGlob } from './glob.ts';

const MAX_BYTES = 1_048_576;
const MAX_ENTRIES = 1_000;
/** Lifts that are remembered: about 60 bytes each. */
const MAX_LIFTED = 5_000;
const MAX_REASON = 500;
/** As operators know it. */
const WHAT = 'the kill switch';

/**
 * What is switched off; nothing when there is no file.
 *
 * @throws AppError STORAGE_CORRUPT, HOME_INSECURE when others can write it, STORAGE_UNAVAILABLE
 */
export function readKillFile(path: string): readonly KillEntry[] {
  return readKillState(path).entries;
}

/** The same with what was lifted, for other nodes. @throws AppError as readKillFile */
export function readKillState(path: string): KillState {
  const text = readPrivateFile(path, { maxBytes: MAX_BYTES, forbiddenMode: 0o002 });
  if (text === undefined) return { entries: [], lifted: [] };
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content) && Array.isArray(content['entries'])) {
      const lifted = content['lifted'] ?? [];
      if (Array.isArray(lifted)) return { entries: content['entries'].map(parseEntry), lifted: lifted.map(parseLifted) };
    }
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
  await updateState(path, ({ entries, lifted }) => {
    if (entries.length >= MAX_ENTRIES)
      throw new AppError('INVALID_PARAMS', { message: `More than ${MAX_ENTRIES} entries; lift some, or switch everything off.` });
    return { entries: [...entries, entry], lifted };
  });
  return entry;
}

/** Lifts one entry. False when there is none with this id. @throws AppError STORAGE_*, HOME_INSECURE */
export async function removeKillEntry(path: string, id: string, clock: Pick<Clock, 'now'> = systemClock): Promise<boolean> {
  let isFound = false;
  await updateState(path, ({ entries, lifted }) => {
    isFound = entries.some((entry) => entry.id === id);
    return joinKillStates({ entries, lifted }, { entries: [], lifted: isFound ? [{ id, at: clock.now() }] : [] });
  });
  return isFound;
}

/**
 * Lifts everything, and mends a damaged file.
 *
 * @param elsewhere what other nodes have switched off, lifted too
 * @throws AppError STORAGE_*
 */
export async function clearKillFile(path: string, clock: Pick<Clock, 'now'> = systemClock, elsewhere: readonly KillEntry[] = []): Promise<void> {
  await withFileLock(path, WHAT, () => {
    const known = readMendable(path);
    const lifted = [...known.entries, ...elsewhere].map(({ id }) => ({ id, at: clock.now() }));
    writeState(path, joinKillStates({ entries: [], lifted: known.lifted }, { entries: [], lifted }));
  });
}

/** Takes in what other nodes have switched off and lifted. True when that changed anything. @throws AppError STORAGE_*, HOME_INSECURE */
export async function mergeKillFile(path: string, state: KillState): Promise<boolean> {
  if (isEmpty(lackingIn(readKillState(path), state))) return false;
  await updateState(path, (own) => joinKillStates(own, state));
  return true;
}

/** What the one has and the other does not know: entries that are neither there nor lifted there, and lifts. */
export function lackingIn(state: KillState, other: KillState): KillState {
  const lifted = new Set(state.lifted.map(({ id }) => id));
  const known = new Set([...state.entries.map(({ id }) => id), ...lifted]);
  return { entries: other.entries.filter(({ id }) => !known.has(id)), lifted: other.lifted.filter(({ id }) => !lifted.has(id)).slice(0, MAX_LIFTED) };
}

/** Whether there is nothing in it. */
export function isEmpty({ entries, lifted }: KillState): boolean {
  return entries.length === 0 && lifted.length === 0;
}

/** Everything of both; what one of them lifted is lifted. Lifts of long ago are forgotten. */
function joinKillStates(a: KillState, b: KillState): KillState {
  const lifted = new Map([...a.lifted, ...b.lifted].map((entry) => [entry.id, entry]));
  const entries = new Map([...a.entries, ...b.entries].filter(({ id }) => !lifted.has(id)).map((entry) => [entry.id, entry]));
  const newest = [...lifted.values()].sort((one, other) => other.at - one.at).slice(0, MAX_LIFTED);
  return { entries: [...entries.values()].slice(0, MAX_ENTRIES), lifted: newest };
}

function readMendable(path: string): KillState {
  try {
    return readKillState(path);
  } catch {
    return { entries: [], lifted: [] };
  }
}

/** Two operators at once must not undo each other's entry. */
async function updateState(path: string, change: (state: KillState) => KillState): Promise<void> {
  await withFileLock(path, WHAT, () => writeState(path, change(readKillState(path))));
}

function writeState(path: string, { entries, lifted }: KillState): void {
  writePrivateFile(path, `${JSON.stringify(lifted.length === 0 ? { entries } : { entries, lifted }, undefined, 2)}\n`);
}

function parseLifted(value: unknown): LiftedEntry {
  if (!isObject(value) || typeof value['id'] !== 'string' || typeof value['at'] !== 'number') throw damaged(undefined);
  return Object.freeze({ id: value['id'], at: value['at'] });
}

function parseEntry(value: unknown): KillEntry {
  if (!isObject(value)) throw damaged(undefined);
  const { id, scope, name, reason, at } = value;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof reason !== 'string' || typeof at !== 'number' || !isKillScope(scope))
    throw damaged(undefined);
  compileGlob(name, 'name');
  return Object.freeze({ id, scope, name, reason, at });
}

const damaged = (cause: unknown): AppError =>
  new AppError('STORAGE_CORRUPT', {
    message: 'The file of the kill switch is damaged.',
    fix: 'Run `switchyard kill off --all`, then switch off anew what must stay off.',
    cause,
  });
