/** @module approvals/call-file: held calls on disk, where every process of the home sees them. */
import { statSync, type Stats } from 'node:fs';
import type { KeptCall } from '../contracts/approvals.ts';
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { readPrivateFile, systemCode, writePrivateFile } from '../core/private-file.ts';

const MAX_BYTES = 67_108_864;
const STATES: readonly unknown[] = ['waiting', 'approved', 'refused'] satisfies readonly KeptCall['state'][];
const ID = /^call-[0-9a-f]{16}$/;
const HASH = /^[0-9a-f]{64}$/;

/**
 * What is kept; nothing where there is no file. A damaged file is an error, not an empty one: what it refused must not
 * become allowed.
 *
 * @throws AppError STORAGE_CORRUPT, STORAGE_UNAVAILABLE, HOME_INSECURE
 */
export function readCalls(path: string): readonly KeptCall[] {
  const text = readPrivateFile(path, { maxBytes: MAX_BYTES });
  if (text === undefined) return [];
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content) && Array.isArray(content['calls']) && content['calls'].every(isKeptCall)) return content['calls'];
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged(undefined);
}

/** Replaces the file whole, 0600. @throws AppError STORAGE_* */
export function writeCalls(path: string, calls: readonly KeptCall[]): void {
  writePrivateFile(path, `${JSON.stringify({ calls })}\n`);
}

/** Differs between any two states of the file: it is only ever replaced whole, which gives it another inode. @throws AppError STORAGE_UNAVAILABLE */
export function fingerprintOf(path: string): string {
  let facts: Stats | undefined;
  try {
    facts = statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', { message: `The file of the approvals cannot be read (${systemCode(cause)}).`, cause });
  }
  return facts ? `${facts.dev} ${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}` : 'absent';
}

function isKeptCall(value: unknown): value is KeptCall {
  if (!isObject(value)) return false;
  const { id, hash, principal, client, target, rules, reason, by, arguments: shown, state, at, expiresAt, uses, validSeconds, usesLeft, decidedBy } = value;
  const texts = [principal, target, reason, shown].every((text) => typeof text === 'string');
  const numbers = [at, expiresAt, uses, validSeconds, usesLeft].every((number) => typeof number === 'number' && Number.isFinite(number));
  const names = [client, decidedBy].every((name) => name === null || typeof name === 'string');
  const isBound = typeof id === 'string' && ID.test(id) && typeof hash === 'string' && HASH.test(hash);
  const isRuled = Array.isArray(rules) && rules.every((rule) => typeof rule === 'string') && (by === 'caller' || by === 'operator');
  return isBound && texts && numbers && names && isRuled && STATES.includes(state);
}

const damaged = (cause: unknown): AppError =>
  new AppError('STORAGE_CORRUPT', {
    message: 'The file of the approvals is damaged.',
    fix: 'Move approvals.json out of the state folder: what waits is asked for again, and what was refused too.',
    cause,
  });
