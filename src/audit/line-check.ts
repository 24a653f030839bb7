/** @module audit/line-check: whether one line is what its writer wrote, looked at alone. */
import { hash } from 'node:crypto';
import type { AuditRecord } from '../contracts/audit.ts';
import { canonicalJson } from '../core/json.ts';
import { parseRecord } from './records.ts';
import { HASH_SUFFIX_BYTES } from './record-text.ts';

/** A record with the members every line of a chain has. */
export interface LinkedRecord extends AuditRecord {
  readonly prev: string;
  readonly hash: string;
  readonly writer: string;
}

/** What a line is. After `edited` the record may still be readable, which helps to go on behind it. */
export type CheckedLine =
  | { readonly state: 'good'; readonly record: LinkedRecord }
  | { readonly state: 'edited'; readonly record: LinkedRecord | undefined }
  | { readonly state: 'malformed' };

const SUFFIX = /^,"hash":"([0-9a-f]{64})"\}$/;
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;

/**
 * Checks hash and canonical form. Works on the bytes: decoding first would make different bytes
 * equal, since every invalid sequence becomes the same replacement character.
 */
export function checkLine(bytes: Buffer): CheckedLine {
  const end = bytes.length - HASH_SUFFIX_BYTES;
  const stored = end > 0 ? SUFFIX.exec(bytes.toString('latin1', end))?.[1] : undefined;
  if (stored === undefined) return { state: 'malformed' };
  bytes[end] = CLOSING_BRACE;
  const body = bytes.subarray(0, end + 1);
  const isIntact = hash('sha256', body) === stored;
  const text = body.toString();
  bytes[end] = COMMA;
  const content = parseRecord(text);
  const record = content && toLinked(content, stored);
  if (!isIntact) return { state: 'edited', record };
  return record && isCanonical(content, text) ? { state: 'good', record } : { state: 'malformed' };
}

function toLinked(record: AuditRecord, stored: string): LinkedRecord | undefined {
  if (!Number.isSafeInteger(record.seq) || record['hash'] !== undefined) return undefined;
  const { prev, writer } = record;
  if (typeof prev !== 'string' || typeof writer !== 'string') return undefined;
  return { ...record, prev, writer, hash: stored };
}

/** Also false for what canonicalJson refuses: JSON.parse reads 1e999 as Infinity, and nesting may be deeper than the stack. */
function isCanonical(value: unknown, text: string): boolean {
  try {
    return canonicalJson(value) === text;
  } catch {
    return false;
  }
}
