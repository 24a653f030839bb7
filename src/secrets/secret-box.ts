/** @module secrets/secret-box: one encrypted value. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretKey } from './secret-keys.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM: 12 bytes random nonce, ciphertext, 16 bytes tag, as base64url. The place is authenticated: a value
 * moved under another name, or into another file, does not open.
 *
 * @see NIST SP 800-38D
 */
export function sealSecret(value: string, place: string, { id, key }: SecretKey): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(place, id));
  return Buffer.concat([nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** The value, or undefined for anything that this key did not seal for this place. */
export function openSecret(sealed: string, place: string, { id, key }: SecretKey): string | undefined {
  const box = Buffer.from(sealed, 'base64url');
  if (box.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(authenticated(place, id));
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const authenticated = (place: string, keyId: string): Buffer => Buffer.from(`switchyard secret 1 ${keyId} ${place}`);
