/** @module models/cache/canonical: what of a JSON text makes a difference. */
import type { Hash, Hmac } from 'node:crypto';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Adds the bytes to the hash, without the white space between values. Nothing else is left out: the order
 * of members, how a number or a character is written and repeated members all count. So two texts of one
 * hash are the same request to every reader of JSON, also to one that takes the first of two members of a
 * name where another takes the last.
 *
 * @param json valid JSON in UTF-8, or a part of it that begins and ends between values
 */
export function hashJson(hash: Hash | Hmac, json: Uint8Array): void {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  let from = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = closingQuote(bytes, at);
    else if (isSpace(byte)) {
      if (at > from) hash.update(bytes.subarray(from, at));
      while (isSpace(bytes[at + 1])) at += 1;
      from = at + 1;
    }
  }
  if (from < bytes.length) hash.update(bytes.subarray(from));
}

function closingQuote(bytes: Buffer, at: number): number {
  for (let quote = bytes.indexOf(QUOTE, at + 1); quote >= 0; quote = bytes.indexOf(QUOTE, quote + 1)) {
    let escapes = 0;
    while (bytes[quote - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return quote;
  }
  return bytes.length;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
