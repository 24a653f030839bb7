/** @module models/wire/members: finds and replaces a top-level member of a JSON object, byte by byte. */
import { AppError } from '../../core/errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x7d, 0x5d]);
const SPACE: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The bytes with the value of one top-level member replaced; every other byte stays.
 *
 * @param json one valid JSON object in UTF-8; validity is not checked here
 * @throws AppError INVALID_REQUEST when the member is missing, or when any top-level name stands there
 *   twice: two readers could then see two different requests
 */
export function replaceMember(json: Uint8Array, name: string, value: unknown): Uint8Array {
  const members = topLevelMembers(json);
  const range = members.get(name);
  if (!range) throw new AppError('INVALID_REQUEST', { message: `The body has no member ${name}.` });
  return Buffer.concat([json.subarray(0, range.start), Buffer.from(JSON.stringify(value)), json.subarray(range.end)]);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function topLevelMembers(json: Uint8Array): ReadonlyMap<string, Range> {
  const members = new Map<string, Range>();
  let at = json.indexOf(0x7b) + 1;
  for (;;) {
    at = json.indexOf(QUOTE, at);
    if (at < 0) return members;
    const nameEnd = stringEnd(json, at);
    const key = String(JSON.parse(textOf(json, at, nameEnd)));
    if (members.has(key)) throw new AppError('INVALID_REQUEST', { message: `The body has the member ${key.slice(0, 64)} twice.` });
    const start = skipSpace(json, json.indexOf(0x3a, nameEnd) + 1);
    const end = valueEnd(json, start);
    members.set(key, { start, end });
    at = skipSpace(json, end);
    if (json[at] !== COMMA) return members;
  }
}

/** Index behind the closing quote of the string that opens at `at`. */
function stringEnd(json: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < json.length && json[end] !== QUOTE) end += json[end] === BACKSLASH ? 2 : 1;
  return end + 1;
}

function valueEnd(json: Uint8Array, start: number): number {
  if (json[start] === QUOTE) return stringEnd(json, start);
  let depth = 0;
  for (let at = start; at < json.length; ) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = stringEnd(json, at);
      continue;
    }
    if (depth === 0 && (byte === COMMA || CLOSING.has(byte) || SPACE.has(byte))) return at;
    if (OPENING.has(byte)) depth += 1;
    else if (CLOSING.has(byte) && (depth -= 1) === 0) return at + 1;
    at += 1;
  }
  return json.length;
}

function skipSpace(json: Uint8Array, from: number): number {
  let at = from;
  while (SPACE.has(json[at])) at += 1;
  return at;
}

function textOf(json: Uint8Array, start: number, end: number): string {
  return Buffer.from(json.buffer, json.byteOffset + start, end - start).toString('utf8');
}
