/** @module audit/input-hmac: a fingerprint of arguments that only the holder of the key can compute. */
import { createHmac, hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const SCRATCH_BYTES = 16_384;

/** HMAC-SHA256 of a text's UTF-8 bytes, 64 hexadecimal characters. */
export type Hmac = (text: string) => string;

/**
 * HMAC-SHA256 with the two one-shot hashes that RFC 2104 defines it by: node's createHmac makes a
 * stream object for each call, which takes several times as long as the hashing. Texts that do not
 * fit the scratch buffer take createHmac.
 *
 * @param key at most 64 bytes
 * @see RFC 2104 section 2
 */
export function createInputHmac(key: Uint8Array): Hmac {
  const inner = Buffer.alloc(BLOCK_BYTES + SCRATCH_BYTES);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    inner[index] = 0x36 ^ (key[index] ?? 0);
    outer[index] = 0x5c ^ (key[index] ?? 0);
  }
  return (text) => {
    // A UTF-16 code unit takes at most three bytes in UTF-8.
    if (text.length * 3 > SCRATCH_BYTES) return createHmac('sha256', key).update(text).digest('hex');
    const end = BLOCK_BYTES + inner.write(text, BLOCK_BYTES);
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'binary');
    return hash('sha256', outer);
  };
}
