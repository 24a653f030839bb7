import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPrivateFile, readPrivateFile, writePrivateFile } from '../../../src/core/private-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('private files', () => {
  it('are written 0600 in folders 0700, whatever the umask', () => {
    const path = join(folder, 'keys', 'a.key');
    writePrivateFile(path, 'one');
    writePrivateFile(path, 'two');
    expect(readPrivateFile(path)).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'keys'))).toEqual(['a.key']);
  });

  it('are created by one writer only', () => {
    const path = join(folder, 'a.key');
    expect(createPrivateFile(path, 'first')).toBe(true);
    expect(createPrivateFile(path, 'second')).toBe(false);
    expect(readPrivateFile(path)).toBe('first');
    expect(readdirSync(folder)).toEqual(['a.key']);
  });

  it('are undefined when absent', () => {
    expect(readPrivateFile(join(folder, 'none'))).toBeUndefined();
  });

  it('are refused when others can read them, when they are links, too large or not files', () => {
    const path = join(folder, 'a.key');
    writePrivateFile(path, 'x'.repeat(100));
    symlinkSync(path, join(folder, 'link'));
    expect(() => readPrivateFile(join(folder, 'link'))).toThrowError(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
    expect(() => readPrivateFile(path, { maxBytes: 99 })).toThrowError(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
    expect(() => readPrivateFile(folder, { forbiddenMode: 0 })).toThrowError(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
    chmodSync(path, 0o640);
    expect(() => readPrivateFile(path)).toThrowError(expect.objectContaining({ code: 'HOME_INSECURE' }));
    expect(readPrivateFile(path, { forbiddenMode: 0o007 })).toHaveLength(100);
  });

  it('fail typed, without the path, where nothing can be written', () => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'below.key');
    for (const write of [writePrivateFile, createPrivateFile]) {
      expect(() => write(path, '')).toThrowError(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE', message: expect.not.stringContaining(folder) }));
    }
  });
});
