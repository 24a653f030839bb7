import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sealer } from '../../../src/contracts/http.ts';
import { loadSealKeys, rotateSealKey } from '../../../src/identity/seal-keys.ts';
import { createSealer } from '../../../src/identity/sealer.ts';

let home = '';
let nowMs = 0;
let sealer: Sealer;
const clock = { now: () => nowMs, monotonic: () => nowMs };
const keyPath = (): string => join(home, 'keys', 'seal.key');
const invalid = expect.objectContaining({ code: 'STATE_INVALID', message: 'The requestState is altered, expired, or of another caller or request.' });

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sealer-'));
  nowMs = 1_000_000;
  sealer = createSealer({ home, clock });
});
afterEach(() => rmSync(home, { recursive: true }));

describe('the sealer', () => {
  it('opens what it sealed, for the same binding, until it expires', () => {
    const sealed = sealer.seal({ answer: [1, 'ü', null] }, 60, 'key:a tools/call');
    expect(sealed).toMatch(/^[\w-]+$/);
    nowMs += 59_999;
    expect(sealer.open(sealed, 'key:a tools/call')).toEqual({ answer: [1, 'ü', null] });
    expect(() => sealer.open(sealed, 'key:b tools/call')).toThrowError(invalid);
    nowMs += 1;
    expect(() => sealer.open(sealed, 'key:a tools/call')).toThrowError(invalid);
  });

  it('shows nothing of the value and never the same text twice', () => {
    const sealed = sealer.seal('top secret', 60, 'b');
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('secret');
    expect(sealer.seal('top secret', 60, 'b')).not.toBe(sealed);
  });

  it('refuses every altered text', () => {
    const sealed = sealer.seal({ a: 1 }, 60, 'b');
    const bytes = Buffer.from(sealed, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => sealer.open(altered.toString('base64url'), 'b')).toThrowError(invalid);
    }
    for (const text of ['', sealed.slice(0, -1), sealed.slice(4), `${sealed}A`, `${sealed}=`, ` ${sealed}`, `${sealed}\n`, 'A'.repeat(2_000_000)]) {
      expect(() => sealer.open(text, 'b')).toThrowError(invalid);
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => sealer.open(text, 'b')).toThrowError(invalid);
      }),
    );
  });

  it('makes its key lazily, 0600, and shares it with the next process', () => {
    expect(existsSync(keyPath())).toBe(false);
    const sealed = sealer.seal(1, 60, 'b');
    expect(statSync(keyPath()).mode & 0o777).toBe(0o600);
    expect(createSealer({ home, clock }).open(sealed, 'b')).toBe(1);
  });

  it('of another home opens nothing', () => {
    const other = mkdtempSync(join(tmpdir(), 'sealer-'));
    try {
      expect(() => createSealer({ home: other, clock }).open(sealer.seal(1, 60, 'b'), 'b')).toThrowError(invalid);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it('survives a rotation, and the process that did not rotate follows', () => {
    const before = sealer.seal('before', 600, 'b');
    rotateSealKey(home);
    const rotated = createSealer({ home, clock });
    const after = rotated.seal('after', 600, 'b');
    expect(rotated.open(before, 'b')).toBe('before');
    expect(() => sealer.open(after, 'b')).toThrowError(invalid);
    nowMs += 1_000;
    expect(sealer.open(after, 'b')).toBe('after');
    rotateSealKey(home);
    nowMs += 60_000;
    sealer.seal('current', 60, 'b');
    expect(() => sealer.open(before, 'b')).toThrowError(invalid);
    expect(sealer.open(after, 'b')).toBe('after');
  });

  it('numbers its keys 1 to 255 and round again', () => {
    for (let turn = 0; turn < 256; turn += 1) rotateSealKey(home);
    expect(loadSealKeys(home).map(({ id }) => id)).toEqual([1, 2]);
  });

  it('refuses a key file that is damaged or open to others', () => {
    sealer.seal(1, 60, 'b');
    const text = readFileSync(keyPath(), 'utf8');
    for (const damaged of ['', 'x', text.slice(0, 20), `0 ${text.slice(2)}`, `256 ${text.slice(2)}`]) {
      writeFileSync(keyPath(), damaged);
      expect(() => createSealer({ home, clock }).seal(1, 60, 'b')).toThrowError(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
    }
    writeFileSync(keyPath(), text);
    chmodSync(keyPath(), 0o604);
    expect(() => createSealer({ home, clock }).seal(1, 60, 'b')).toThrowError(expect.objectContaining({ code: 'HOME_INSECURE' }));
  });
});
