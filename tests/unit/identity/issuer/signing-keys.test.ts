import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSigningKeys, rotateSigningKeys } from '../../../../src/identity/issuer/signing-keys.ts';

let folder = '';
let now = 1_000_000;
const clock = { now: () => now, monotonic: () => now, sleep: async () => undefined } as never;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = (): string => join(folder, 'issuer.json');

it('makes one key, for its owner alone, and finds it again', () => {
  const [key] = createSigningKeys(folder, clock).current();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(createSigningKeys(folder, clock).current()).toEqual([key]);
  expect(key.publicJwk).not.toHaveProperty('d');
  expect(key.publicJwk).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: key.kid });
});

it('signs with the new key after a rotation, keeps the old one for two hours, and lets it go then', () => {
  const keys = createSigningKeys(folder, clock);
  const [old] = keys.current();
  const { signing, verifying } = rotateSigningKeys(folder, clock);
  expect(verifying).toEqual([old.kid]);
  now += 1_000;
  expect(keys.current().map(({ kid }) => kid)).toEqual([signing, old.kid]);
  now += 2 * 3_600_000;
  expect(keys.current().map(({ kid }) => kid)).toEqual([signing]);
});

it('is never asked to keep more than eight', () => {
  for (let turn = 0; turn < 12; turn += 1) rotateSigningKeys(folder, clock);
  expect(createSigningKeys(folder, clock).current()).toHaveLength(8);
});

it('does not start with a file that others can read, or that is damaged', () => {
  createSigningKeys(folder, clock).current();
  const text = readFileSync(file(), 'utf8');
  chmodSync(file(), 0o644);
  expect(() => createSigningKeys(folder, clock).current()).toThrowError(expect.objectContaining({ code: 'HOME_INSECURE' }));
  chmodSync(file(), 0o600);
  for (const damaged of ['', '{}', '{"keys":[]}', text.replace('"jwk"', '"no"'), text.slice(0, -10)]) {
    writeFileSync(file(), damaged);
    expect(() => createSigningKeys(folder, clock).current()).toThrowError(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
  }
});
