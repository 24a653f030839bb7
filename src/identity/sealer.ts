/** @module identity/sealer: state that travels through clients and comes back unread and unchanged. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Sealer } from '../contracts/http.ts';
import { loadSealKeys, type SealKey } from './seal-keys.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;
const MAX_TEXT_LENGTH = 1_048_576;
/** How soon a rotation by another process is noticed: when sealing, and when meeting an unknown key id. */
const STALE_MS = 60_000;
const RETRY_MS = 1_000;

/**
 * AES-256-GCM under a key of the home (`keys/seal.key`, made at the first use): one byte key id, 12
 * bytes random nonce, ciphertext, 16 bytes tag; key id and binding are authenticated. The expiry is
 * inside. Not a defence against replay before the expiry: what must happen once needs its own record.
 *
 * @param keys those that several nodes share, instead of the home's
 *
 * `seal` @throws TypeError for what JSON cannot carry; both @throws AppError HOME_INSECURE, STORAGE_*
 *
 * @see NIST SP 800-38D
 */
export function createSealer({
  home,
  clock,
  keys: given,
}: {
  readonly home: string;
  readonly clock: Clock;
  readonly keys?: readonly SealKey[] | undefined;
}): Sealer {
  let keys: readonly SealKey[] | undefined;
  let loadedAt = -Infinity;

  const load = (): readonly SealKey[] => {
    keys = given ?? loadSealKeys(home);
    loadedAt = clock.monotonic();
    return keys;
  };
  const loadIfOlder = (ms: number): readonly SealKey[] => (keys && clock.monotonic() - loadedAt < ms ? keys : load());
  const keysOf = (id: number): readonly SealKey[] => {
    const known = (keys ?? load()).filter((key) => key.id === id);
    // Made-up ids must not read the disk each time.
    return known.length > 0 ? known : loadIfOlder(RETRY_MS).filter((key) => key.id === id);
  };

  return {
    seal: (value, ttlSeconds, binding) => {
      const current = loadIfOlder(STALE_MS).at(-1);
      if (!current) throw new AppError('STORAGE_CORRUPT');
      const text = JSON.stringify([clock.now() + ttlSeconds * 1_000, value]);
      const header = Buffer.concat([Buffer.from([current.id]), randomBytes(NONCE_BYTES)]);
      const cipher = createCipheriv(ALGORITHM, current.key, header.subarray(1), { authTagLength: TAG_BYTES });
      cipher.setAAD(authenticated(current.id, binding));
      return Buffer.concat([header, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    open: (sealed, binding) => {
      const box = decode(sealed);
      // Keys that were made of two secrets can have one id.
      const contents = box ? keysOf(box[0] ?? 0).map(({ key }) => decrypt(box, key, binding)) : [];
      const content = contents.find((opened) => opened !== undefined);
      if (!Array.isArray(content) || !(Number(content[0]) > clock.now())) throw new AppError('STATE_INVALID');
      return content[1];
    },
  };
}

const authenticated = (id: number, binding: string): Buffer => Buffer.from(`switchyard seal ${id} ${binding}`);

/** The bytes, if the text is exactly what `seal` writes: a second spelling of the same bytes is refused. */
function decode(sealed: string): Buffer | undefined {
  if (sealed.length > MAX_TEXT_LENGTH) return undefined;
  const box = Buffer.from(sealed, 'base64url');
  return box.length >= HEADER_BYTES + TAG_BYTES && box.toString('base64url') === sealed ? box : undefined;
}

function decrypt(box: Buffer, key: Buffer, binding: string): unknown {
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(1, HEADER_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(authenticated(box[0] ?? 0, binding));
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  try {
    const content = Buffer.concat([decipher.update(box.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}
