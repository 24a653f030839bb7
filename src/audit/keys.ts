/** @module audit/keys: the two keys of a home's audit log, made on first use. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, randomBytes, sign, type KeyObject } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { AppError, toAppError } from '../core/errors.ts';
import { createInputHmac, type Hmac } from './input-hmac.ts';
import { checkPermissions, readOrCreateKey, writeTemporary } from './key-file.ts';
import { isMissing } from './segment-name.ts';

/** File names inside the keys folder. */
export const KEY_FILES = {
  signing: 'audit-signing.pem',
  public: 'audit-signing.pub.pem',
  hmac: 'audit-hmac.key',
} as const;

/** Signs checkpoints. */
export interface Signer {
  /** First 16 hexadecimal characters of SHA-256 over the public key's SPKI DER. */
  readonly keyId: string;
  /** Ed25519 over the UTF-8 bytes, 128 hexadecimal characters. */
  sign(text: string): string;
}

/** The keys. Both are loaded when first asked for and then kept. */
export interface AuditKeys {
  /** Looks at the permissions of what exists; loads nothing. @throws AppError HOME_INSECURE */
  check(): void;
  /** @throws AppError HOME_INSECURE, AUDIT_UNAVAILABLE (the key can be neither read nor made) */
  hmac(): Hmac;
  /** @throws AppError HOME_INSECURE, AUDIT_UNAVAILABLE */
  signer(): Signer;
}

/** Names a public key. @see Signer.keyId */
export function keyIdOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' })).slice(0, 16);
}

/** Keys kept in the folder, made with mode 0600 (the folder 0700) when they are missing. Several processes may race: all get the same key. */
export function createAuditKeys(directory: string): AuditKeys {
  let hmac: Hmac | undefined;
  let signer: Signer | undefined;
  return {
    check: () => guard(() => checkPermissions(directory, [KEY_FILES.signing, KEY_FILES.hmac])),
    hmac: () => (hmac ??= guard(() => createInputHmac(loadHmacKey(directory)))),
    signer: () => (signer ??= guard(() => loadSigner(directory))),
  };
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toAppError(error, 'AUDIT_UNAVAILABLE');
  }
}

function loadHmacKey(directory: string): Buffer {
  const text = readOrCreateKey(directory, KEY_FILES.hmac, () => `${randomBytes(32).toString('hex')}\n`).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw damaged(KEY_FILES.hmac);
  return Buffer.from(text, 'hex');
}

function loadSigner(directory: string): Signer {
  const pem = readOrCreateKey(directory, KEY_FILES.signing, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  const privateKey = parsePrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  publishPublicKey(directory, publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return { keyId: keyIdOf(publicKey), sign: (text) => sign(null, Buffer.from(text), privateKey).toString('hex') };
}

function parsePrivateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    throw damaged(KEY_FILES.signing, error);
  }
  throw damaged(KEY_FILES.signing);
}

/** A public key that belongs to another private key means that somebody exchanged one of the two. */
function publishPublicKey(directory: string, pem: string): void {
  const path = `${directory}/${KEY_FILES.public}`;
  try {
    if (readFileSync(path, 'utf8') === pem) return;
  } catch (error) {
    if (!isMissing(error)) throw error;
    const temporary = writeTemporary(directory, KEY_FILES.public, pem);
    renameSync(temporary, path);
    return;
  }
  throw new AppError('AUDIT_UNAVAILABLE', {
    message: `${KEY_FILES.public} does not belong to ${KEY_FILES.signing}: one of the two was replaced.`,
    fix: `Find out who replaced it; then delete keys/${KEY_FILES.public} in the state folder.`,
  });
}

function damaged(name: string, cause?: unknown): AppError {
  return new AppError('AUDIT_UNAVAILABLE', {
    message: `The audit key ${name} is damaged.`,
    fix: `Restore keys/${name} of the state folder from a backup; a new key would not match the log.`,
    cause,
  });
}
