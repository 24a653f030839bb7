/** @module secrets/secret-keys: the keys that secrets are encrypted with. */
import { createHash } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { createPrivateFile, readPrivateFile, writePrivateFile } from '../core/private-file.ts';

const KEY_BYTES = 32;
const HEX_KEY = /^[0-9a-f]{64}$/i;

/** A key with the name by which what it sealed finds it again. */
export interface SecretKey {
  /** First 16 hexadecimal digits of a hash of the key. */
  readonly id: string;
  readonly key: Buffer;
}

/** Where keys come from. */
export interface SecretKeySource {
  /** Of the home: `keys/secrets.key`, one key of 64 hexadecimal digits per line, the sealing one last; 0600. */
  readonly path: string;
  /** SWITCHYARD_SECRETS_KEY (the key) or SWITCHYARD_SECRETS_KEY_FILE (a path, such as a credential of systemd): seals in place of the home's. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether the environment gives the key: then the home's own is neither made nor rotated. */
export function isKeyGiven({ env }: SecretKeySource): boolean {
  return Boolean(env['SWITCHYARD_SECRETS_KEY'] || env['SWITCHYARD_SECRETS_KEY_FILE']);
}

/**
 * Every key that may open something, the sealing one last; empty when there is none yet.
 *
 * @throws AppError SECRETS_KEY_MISSING for a given key that is none, HOME_INSECURE, STORAGE_*
 */
export function readSecretKeys(source: SecretKeySource): readonly SecretKey[] {
  const text = readPrivateFile(source.path);
  const own = text === undefined ? [] : text.split('\n').flatMap((line) => (line === '' ? [] : [parseKey(line, 'keys/secrets.key of the state folder')]));
  const given = givenKey(source);
  return given ? [...own.filter(({ id }) => id !== given.id), given] : own;
}

/** Makes the home's first key; does nothing where there is one. @throws AppError STORAGE_* */
export function makeSecretKey({ path }: SecretKeySource): void {
  createPrivateFile(path, `${randomHex(KEY_BYTES)}\n`);
}

/** Adds a key that seals from now on; the older ones still open. @throws AppError as readSecretKeys */
export function addSecretKey(source: SecretKeySource): void {
  const text = readPrivateFile(source.path) ?? '';
  writePrivateFile(source.path, `${text}${randomHex(KEY_BYTES)}\n`);
}

/** Forgets every key of the home but the last. @throws AppError as readSecretKeys */
export function dropOldSecretKeys({ path }: SecretKeySource): void {
  const last = (readPrivateFile(path) ?? '').trim().split('\n').at(-1);
  if (last !== undefined && last !== '') writePrivateFile(path, `${last}\n`);
}

function givenKey({ env }: SecretKeySource): SecretKey | undefined {
  const { SWITCHYARD_SECRETS_KEY: key, SWITCHYARD_SECRETS_KEY_FILE: file } = env;
  if (key) return parseKey(key.trim(), 'SWITCHYARD_SECRETS_KEY');
  if (!file) return undefined;
  // Files that the system hands to a service may be readable by its group.
  const text = readPrivateFile(file, { forbiddenMode: 0o007 });
  if (text === undefined) throw new AppError('SECRETS_KEY_MISSING', { message: 'The file that SWITCHYARD_SECRETS_KEY_FILE names does not exist.' });
  return parseKey(text.trim(), 'the file that SWITCHYARD_SECRETS_KEY_FILE names');
}

/** 64 hexadecimal digits, or base64 of 32 bytes. */
function parseKey(text: string, origin: string): SecretKey {
  const key = Buffer.from(text, HEX_KEY.test(text) ? 'hex' : 'base64');
  if (key.length !== KEY_BYTES) {
    throw new AppError('SECRETS_KEY_MISSING', {
      message: `${origin} holds no key: it takes 64 hexadecimal digits, or 32 bytes as base64.`,
      fix: 'Restore the key that was used; for a new one where nothing is encrypted yet, run `openssl rand -hex 32`.',
    });
  }
  return { id: createHash('sha256').update('switchyard secrets key').update(key).digest('hex').slice(0, 16), key };
}
