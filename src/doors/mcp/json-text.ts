/** @module doors/mcp/json-text: bytes of a client to JSON, without trusting them. */
import { isUtf8 } from 'node:buffer';
import { AppError } from '../../core/errors.ts';

/** Deeper values are refused: parsing five million brackets holds the loop for seconds, and what walks a value recurses. */
const MAX_DEPTH = 128;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = [0x7b, 0x5b] as const;
const CLOSING = [0x7d, 0x5d] as const;

/**
 * The JSON value in the bytes; a byte-order mark is skipped. Keys such as `__proto__` become plain own
 * members, as JSON.parse makes them.
 *
 * @throws AppError PARSE_ERROR when the bytes are not UTF-8, not one JSON value, or nested deeper than 128
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new AppError('PARSE_ERROR', { message: 'The message is not valid UTF-8.' });
  if (bytes.length > 2 * MAX_DEPTH && isTooDeep(bytes)) {
    throw new AppError('PARSE_ERROR', { message: `The message is nested deeper than ${MAX_DEPTH} levels.` });
  }
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as unknown;
  } catch (cause) {
    throw new AppError('PARSE_ERROR', { cause });
  }
}

/** Counting brackets by memchr settles nearly every message; only the rest is walked byte by byte. */
function isTooDeep(bytes: Buffer): boolean {
  let openings = 0;
  for (const bracket of OPENING) {
    for (let at = bytes.indexOf(bracket); at >= 0 && openings <= MAX_DEPTH; at = bytes.indexOf(bracket, at + 1)) openings += 1;
  }
  return openings > MAX_DEPTH && depthOf(bytes) > MAX_DEPTH;
}

function depthOf(bytes: Buffer): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === OPENING[0] || byte === OPENING[1]) deepest = Math.max(deepest, (depth += 1));
    else if (byte === CLOSING[0] || byte === CLOSING[1]) depth -= 1;
  }
  return deepest;
}

/** Index of the quote that closes the string opened at `from`, or the end. */
function endOfString(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return bytes.length;
}
