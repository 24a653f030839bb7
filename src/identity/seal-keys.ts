/** @module identity/seal-keys: the keys that seal state for travelling through clients. */
import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { createPrivateFile, readPrivateFile, writePrivateFile } from '../core/private-file.ts';

const KEY_BYTES = 32;
const MAX_ID = 255;
/** One that seals and one that still opens what was sealed before the rotation. */
const MAX_KEYS = 2;
const LINE_SHAPE = /^(\d{1,3}) ([0-9a-f]{64})$/;

/** A key with the byte that names it. */
export interface SealKey {
  readonly id: number;
  readonly key: Buffer;
}

const pathOf = (home: string): string => join(home, 'keys', 'seal.key');
const toLine = ({ id, key }: SealKey): string => `${id} ${key.toString('hex')}\n`;
const mint = (id: number): SealKey => ({ id, key: Buffer.from(randomHex(KEY_BYTES), 'hex') });

/**
 * The keys of the home, the sealing one last; the first is made when there is none. The file holds
 * one `<id> <64 hexadecimal digits>` per line.
 *
 * @throws AppError HOME_INSECURE, STORAGE_CORRUPT, STORAGE_UNAVAILABLE
 */
export function loadSealKeys(home: string): readonly SealKey[] {
  const path = pathOf(home);
  const text = readPrivateFile(path);
  if (text === undefined) {
    createPrivateFile(path, toLine(mint(1)));
    return parse(readPrivateFile(path) ?? '');
  }
  return parse(text);
}

/**
 * Keys that every node makes of the same secrets, the sealing one last. No file is read.
 *
 * @param secrets 32 characters or more each, the one in use last
 */
export function deriveSealKeys(secrets: readonly string[]): readonly SealKey[] {
  return secrets.map((secret) => {
    const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'switchyard seal', KEY_BYTES + 1));
    return { id: 1 + (bytes.readUInt8(KEY_BYTES) % MAX_ID), key: bytes.subarray(0, KEY_BYTES) };
  });
}

/**
 * Adds a new sealing key and drops all but the one before it: what was sealed longer ago than one
 * rotation opens no more. Running processes seal with the new key within a minute.
 *
 * @throws AppError as loadSealKeys does
 */
export function rotateSealKey(home: string): void {
  const keys = loadSealKeys(home);
  const last = keys.at(-1)?.id ?? 0;
  writePrivateFile(pathOf(home), [...keys, mint((last % MAX_ID) + 1)].slice(-MAX_KEYS).map(toLine).join(''));
}

function parse(text: string): readonly SealKey[] {
  const keys = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): SealKey => {
      const [, id = '0', hex = ''] = LINE_SHAPE.exec(line) ?? [];
      return { id: Number(id), key: Buffer.from(hex, 'hex') };
    });
  if (keys.length === 0 || keys.some(({ id, key }) => id < 1 || id > MAX_ID || key.length !== KEY_BYTES)) {
    throw new AppError('STORAGE_CORRUPT', {
      message: 'The file keys/seal.key of the state folder is damaged.',
      fix: 'Delete it: a new one is made, and calls waiting for an answer start again.',
    });
  }
  return keys;
}
