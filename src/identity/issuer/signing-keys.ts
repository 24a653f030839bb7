/** @module identity/issuer/signing-keys: the keys that sign tokens, in a file 0600 of the home. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type JsonWebKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { PublicJwk } from '../../contracts/tokens.ts';
import { createPrivateFile, readPrivateFile, writePrivateFile } from '../../core/private-file.ts';

/** How soon a rotation by another process is noticed. */
const STALE_MS = 1_000;
/** Tokens live shorter than that: see the bounds of identity.server.accessTokenSeconds. */
const OVERLAP_MS = 2 * 3_600_000;
const MAX_KEYS = 8;

/** A key pair of NIST P-256, for ES256. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  readonly privateJwk: JsonWebKey;
  readonly publicJwk: PublicJwk;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** From then on it verifies no more; null = it signs. */
  readonly retiresAt: number | null;
}

/** The keys as a running server sees them. */
export interface SigningKeys {
  /** The one that signs first, then those that only verify. Looks at the file at most once a second. @throws AppError HOME_INSECURE, STORAGE_* */
  current(): readonly [SigningKey, ...SigningKey[]];
}

const pathOf = (keysFolder: string): string => join(keysFolder, 'issuer.json');

function mint(now: number): SigningKey {
  return toKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), now, null);
}

function toKey(jwk: JsonWebKey, createdAt: number, retiresAt: number | null): SigningKey {
  const { crv, kty, x, y } = createPublicKey({
    key: createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' }),
    format: 'pem',
  }).export({
    format: 'jwk',
  });
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
  const shown = { kid, alg: 'ES256', use: 'sig' };
  return { kid, privateJwk: { ...jwk, ...shown }, publicJwk: { crv, kty, x, y, ...shown }, createdAt, retiresAt };
}

const toText = (keys: readonly SigningKey[]): string =>
  `${JSON.stringify({ keys: keys.map(({ privateJwk: { kty, crv, x, y, d }, createdAt, retiresAt }) => ({ jwk: { kty, crv, x, y, d }, createdAt, retiresAt })) })}\n`;

/** @throws AppError STORAGE_CORRUPT */
function parse(text: string): readonly SigningKey[] {
  try {
    const value: unknown = JSON.parse(text);
    const entries = isObject(value) && Array.isArray(value['keys']) ? value['keys'] : [];
    const keys = entries.filter(isEntry).map(({ jwk, createdAt, retiresAt }) => toKey(jwk, createdAt, retiresAt));
    if (keys.length > 0 && keys.length === entries.length) return keys;
  } catch {
    /* falls through to the same answer */
  }
  throw new AppError('STORAGE_CORRUPT', {
    message: 'The file keys/issuer.json of the state folder is damaged.',
    fix: 'Put it back from a backup, or delete it: new keys are made, and every token that was issued is void.',
  });
}

function isEntry(entry: unknown): entry is { readonly jwk: JsonObject; readonly createdAt: number; readonly retiresAt: number | null } {
  return (
    isObject(entry) &&
    isObject(entry['jwk']) &&
    typeof entry['createdAt'] === 'number' &&
    (entry['retiresAt'] === null || typeof entry['retiresAt'] === 'number')
  );
}

/** The one that signs first; those whose time is over are left out. */
function usable(keys: readonly SigningKey[], now: number): readonly [SigningKey, ...SigningKey[]] {
  const [signing, ...others] = keys.filter(({ retiresAt }) => retiresAt === null || retiresAt > now).sort((a, b) => b.createdAt - a.createdAt);
  if (!signing) throw new AppError('STORAGE_CORRUPT', { message: 'The file keys/issuer.json of the state folder holds no key that signs.' });
  return [signing, ...others];
}

function load(keysFolder: string, now: number): readonly SigningKey[] {
  const text = readPrivateFile(pathOf(keysFolder));
  if (text !== undefined) return parse(text);
  createPrivateFile(pathOf(keysFolder), toText([mint(now)]));
  // Of several processes that start at once all read the file of the first.
  return parse(readPrivateFile(pathOf(keysFolder)) ?? '');
}

/** The keys of the home; the first is made when there is none. */
export function createSigningKeys(keysFolder: string, clock: Clock): SigningKeys {
  let keys: readonly [SigningKey, ...SigningKey[]] | undefined;
  let lookAgainAt = -Infinity;
  let seen = '';
  return {
    current: () => {
      const now = clock.monotonic();
      if (keys && now < lookAgainAt) return keys;
      const mark = markOf(pathOf(keysFolder));
      if (!keys || mark !== seen || keys.some(({ retiresAt }) => retiresAt !== null && retiresAt <= clock.now())) {
        keys = usable(load(keysFolder, clock.now()), clock.now());
        seen = markOf(pathOf(keysFolder));
      }
      lookAgainAt = now + STALE_MS;
      return keys;
    },
  };
}

/** Changes when the file was replaced. */
function markOf(path: string): string {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts ? `${facts.ino} ${facts.mtimeMs} ${facts.size}` : '';
}

/**
 * A new key signs from now on, in running processes within a second; the old ones go on verifying for
 * two hours, longer than any access token lives.
 *
 * @returns ids of the new key and of those that only verify
 * @throws AppError HOME_INSECURE, STORAGE_*
 */
export function rotateSigningKeys(keysFolder: string, clock: Pick<Clock, 'now'>): { readonly signing: string; readonly verifying: readonly string[] } {
  const now = clock.now();
  const old = usable(load(keysFolder, now), now).map((key) => ({ ...key, retiresAt: key.retiresAt ?? now + OVERLAP_MS }));
  // Later than every other, also within one millisecond.
  const fresh = mint(Math.max(now, ...old.map(({ createdAt }) => createdAt + 1)));
  const kept = old.slice(0, MAX_KEYS - 1);
  writePrivateFile(pathOf(keysFolder), toText([fresh, ...kept]));
  return { signing: fresh.kid, verifying: kept.map(({ kid }) => kid) };
}
