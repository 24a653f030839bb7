/** @module models/cache/entry: an answer as it is kept, and the proof that it is the one that was kept. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ModelResult, ModelUsage } from '../../contracts/model.ts';
import { isObject } from '../../core/json.ts';

/** A whole answer as the provider gave it. */
export interface KeptAnswer extends Pick<ModelResult, 'servedBy' | 'notCarried' | 'usage' | 'isSimulated'> {
  /** When it was kept; epoch milliseconds. */
  readonly at: number;
  /** A plain answer is one; a stream is its events, several to a piece. */
  readonly pieces: readonly Uint8Array[];
  readonly isStream: boolean;
  /** Where it lies among others; null = it is compared with none. */
  readonly neighbour: { readonly group: string; readonly vectorHash: string } | null;
}

const MAGIC = Buffer.from('SYC1');
const MAC_BYTES = 32;
const HEADER_AT = MAGIC.length + MAC_BYTES;
const BODY_AT = HEADER_AT + 4;

/**
 * The bytes of an answer under this key. Whoever does not know the secret can neither make nor change
 * them, nor put those of another key in their place; without a secret they are only proof against damage.
 */
export function encodeEntry(answer: KeptAnswer, key: string, secret: string | null): Uint8Array {
  const { pieces, ...facts } = answer;
  const header = Buffer.from(JSON.stringify({ ...facts, lengths: pieces.map(({ byteLength }) => byteLength) }));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(header.length);
  const rest = Buffer.concat([size, header, ...pieces]);
  return Buffer.concat([MAGIC, macOf(rest, key, secret), rest]);
}

/** Undefined for everything that is not an entry of this key. */
export function decodeEntry(bytes: Uint8Array, key: string, secret: string | null): KeptAnswer | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.length < BODY_AT || !all.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (!timingSafeEqual(all.subarray(MAGIC.length, HEADER_AT), macOf(all.subarray(HEADER_AT), key, secret))) return undefined;
  const bodyAt = BODY_AT + all.readUInt32BE(HEADER_AT);
  const facts = tryParse(all.toString('utf8', BODY_AT, bodyAt));
  if (!isFacts(facts)) return undefined;
  const { lengths, ...kept } = facts;
  let from = bodyAt;
  const pieces = lengths.map((length) => all.subarray(from, (from += length)));
  return from === all.length ? { ...kept, pieces } : undefined;
}

/** What an entry says of its vector, which is kept beside it. */
export function hashVector(vector: Uint8Array): string {
  return createHash('sha256').update(vector).digest('base64url');
}

function macOf(rest: Uint8Array, key: string, secret: string | null): Buffer {
  return createHmac('sha256', secret ?? '')
    .update(`entry\0${key}\0`)
    .update(rest)
    .digest();
}

type Facts = Omit<KeptAnswer, 'pieces'> & { readonly lengths: readonly number[] };

function isFacts(value: unknown): value is Facts {
  if (!isObject(value)) return false;
  const { at, servedBy, notCarried, usage, isStream, neighbour, lengths } = value;
  return (
    typeof at === 'number' &&
    typeof servedBy === 'string' &&
    typeof isStream === 'boolean' &&
    Array.isArray(notCarried) &&
    notCarried.every((name) => typeof name === 'string') &&
    isUsage(usage) &&
    (neighbour === null || isObject(neighbour)) &&
    Array.isArray(lengths) &&
    lengths.every((length) => Number.isSafeInteger(length) && length >= 0)
  );
}

function isUsage(value: unknown): value is ModelUsage {
  return (
    isObject(value) &&
    ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens'].every((name) => value[name] === null || typeof value[name] === 'number')
  );
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
