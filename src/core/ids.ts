/** @module core/ids: identifiers that sort by time and cannot be guessed. */
import { randomFillSync } from 'node:crypto';

const POOL = Buffer.alloc(4096);
let offset = POOL.length;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Hexadecimal text of `bytes` random bytes (at most 64), from a pool: one system call per 4 KiB. */
export function randomHex(bytes: number): string {
  if (offset + bytes > POOL.length) {
    randomFillSync(POOL);
    offset = 0;
  }
  let text = '';
  for (const end = offset + bytes; offset < end; offset += 1) text += HEX[POOL[offset] ?? 0];
  return text;
}

/** A UUID version 7: 48 bits of epoch milliseconds, 74 random bits. @see RFC 9562 section 5.7 */
export function uuidV7(epochMs: number = Date.now()): string {
  const time = epochMs.toString(16).padStart(12, '0');
  const random = randomHex(10);
  const variant = HEX[(Number.parseInt(random.slice(3, 5), 16) & 0x3f) | 0x80] ?? '80';
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(5, 7)}-${random.slice(7, 19)}`;
}
