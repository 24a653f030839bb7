/** @module core/ids: identifiers that sort by time and cannot be guessed. */
import { randomFillSync } from 'node:crypto';

/** One system call fills the pool for some hundred identifiers. */
const POOL = Buffer.alloc(8192);
let offset = POOL.length;

/** Hexadecimal text of `bytes` random bytes (at most 64), each used once. */
export function randomHex(bytes: number): string {
  if (offset + bytes > POOL.length) {
    randomFillSync(POOL);
    offset = 0;
  }
  const start = offset;
  offset += bytes;
  return POOL.toString('hex', start, offset);
}

let lastMs = -1;
let lastTime = '';

/** A UUID version 7: 48 bits of epoch milliseconds, 74 random bits. @see RFC 9562 section 5.7 */
export function uuidV7(epochMs: number = Date.now()): string {
  if (epochMs !== lastMs) {
    const time = epochMs.toString(16).padStart(12, '0');
    lastMs = epochMs;
    lastTime = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  const random = randomHex(10);
  return `${lastTime}${random.slice(0, 3)}-${variantOf(random.charCodeAt(3))}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}

const VARIANTS = ['8', '9', 'a', 'b'] as const;

/** The first digit of the fourth group, binary 10xx, from the code of a random hexadecimal digit: 0–9 are 48–57, a–f 97–102. */
function variantOf(code: number): string {
  return VARIANTS[(code < 58 ? code : code + 1) & 3] ?? '8';
}
