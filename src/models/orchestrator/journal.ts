/** @module models/orchestrator/journal: the routing journal in the state folder: JSON lines, two files at most, for this user alone. */
import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import type { RoutingEntry, RoutingJournal } from '../../contracts/routing-journal.ts';
import { describeError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { readPrivateFile } from '../../core/private-file.ts';

/** What a journal is made of. */
export interface JournalOptions {
  /** Of the newer file, absolute; the older one has `.1` behind it. */
  readonly path: string;
  /** Size at which the newer file becomes the older one; 0 = nothing is written. */
  readonly maxBytes: number;
  /** Told of what could not be written. */
  readonly onProblem: (problem: string) => void;
}

const NO_FOLLOW = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;

/** Several processes may append: each writes its lines in one piece. A line that a crash cut off is skipped when it is read. */
export function createRoutingJournal({ path, maxBytes, onProblem }: JournalOptions): RoutingJournal {
  const older = `${path}.1`;
  return {
    append(entries) {
      if (maxBytes === 0 || entries.length === 0) return;
      try {
        if (appendLines(path, entries) > maxBytes) renameSync(path, older);
      } catch (error) {
        onProblem(describeError(error));
      }
    },
    read() {
      // An entry may be larger than what is left of the limit.
      const texts = [older, path].map((file) => readPrivateFile(file, { maxBytes: 2 * maxBytes + 1_048_576 }) ?? '');
      const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
      const entries = lines.map(parseEntry).filter((entry) => entry !== undefined);
      return { entries, unreadable: lines.length - entries.length };
    },
  };
}

/** The size of the file after it. */
function appendLines(path: string, entries: readonly RoutingEntry[]): number {
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | NO_FOLLOW, 0o600);
  try {
    writeSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

function parseEntry(line: string): RoutingEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The members that the report counts with. */
function isEntry(value: unknown): value is RoutingEntry {
  if (!isObject(value) || value['v'] !== 1) return false;
  const { run, kind, model, isFinal, isCompared, isSimulated } = value;
  const areNumbers = ['at', 'words', 'score', 'tier', 'tierCount'].every((name) => Number.isFinite(value[name]));
  const areCosts = ['costMicroUsd', 'judgeMicroUsd', 'strongMicroUsd', 'latencyMs', 'confidence'].every(
    (name) => value[name] === null || Number.isFinite(value[name]),
  );
  const isJudged = value['pass'] === null || typeof value['pass'] === 'boolean';
  return (
    areNumbers &&
    areCosts &&
    isJudged &&
    typeof run === 'string' &&
    (kind === 'attempt' || kind === 'comparison') &&
    typeof model === 'string' &&
    typeof isFinal === 'boolean' &&
    typeof isCompared === 'boolean' &&
    typeof isSimulated === 'boolean'
  );
}
