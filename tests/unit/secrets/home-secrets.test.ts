import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createHomeSecrets, type HomeSecrets } from '../../../src/secrets/home-secrets.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sy-secrets-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = (env: Readonly<Record<string, string>> = {}): HomeSecrets => createHomeSecrets({ root: home, keys: join(home, 'keys') }, env, systemClock);
const file = (name: 'values' | 'credentials' = 'values'): string => join(home, 'secrets', `${name}.json`);
const keyFile = (): string => join(home, 'keys', 'secrets.key');
const edit = (change: (text: string) => string, path = file()): void => writeFileSync(path, change(readFileSync(path, 'utf8')));
const KEY = 'ab'.repeat(32);

// @requirement A6.i
describe('secrets at rest', () => {
  it('gives back what was set, by every instance, and lists names alone', async () => {
    await open().values.set('TOKEN', 'very secret ü');
    expect(open().values.get('TOKEN')).toBe('very secret ü');
    expect(open().values.get('OTHER')).toBeUndefined();
    expect(open().values.list()).toEqual([{ name: 'TOKEN', updatedAt: expect.any(Number) as unknown }]);
    expect(await open().values.remove('TOKEN')).toBe(true);
    expect(await open().values.remove('TOKEN')).toBe(false);
  });

  it('stands in files of the user alone, not in clear', async () => {
    await open().values.set('TOKEN', 'very secret');
    for (const path of [file(), keyFile()]) {
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path, 'utf8')).not.toContain('very secret');
    }
    expect(statSync(join(home, 'secrets')).mode & 0o777).toBe(0o700);
  });

  it('touches nothing before it is asked, and makes no key to find nothing', () => {
    expect(open().values.get('TOKEN')).toBeUndefined();
    expect(existsSync(keyFile())).toBe(false);
  });

  it.each([
    ['moved under another name', () => edit((text) => text.replace('"A"', '"C"').replace('"B"', '"A"')), 'A'],
    ['changed in one character', () => edit((text) => text.replace(/"sealed": "(.)/, (_all, first: string) => `"sealed": "${first === 'x' ? 'y' : 'x'}`)), 'A'],
    ['cut short', () => edit((text) => text.replace(/"sealed": "[^"]{30}/, '"sealed": "')), 'A'],
    ['without its key’s name', () => edit((text) => text.replace(/"keyId": "[^"]+",/, '')), 'A'],
    ['no JSON', () => edit(() => '{'), 'A'],
    ['of another format', () => edit((text) => text.replace('"format": 1', '"format": 2')), 'A'],
  ])('A6.i tells a value that is %s', async (_what, damage, name) => {
    await open().values.set('A', 'one');
    await open().values.set('B', 'two');
    damage();
    expect(() => open().values.get(name)).toThrow(expect.objectContaining({ code: 'SECRETS_DAMAGED' }) as Error);
  });

  it('does not open in the other file of the home', async () => {
    await open().values.set('A', 'one');
    await open().credentials.set('A', 'two');
    writeFileSync(file('credentials'), readFileSync(file()));
    expect(() => open().credentials.get('A')).toThrow(expect.objectContaining({ code: 'SECRETS_DAMAGED' }) as Error);
  });

  it('asks for a lost key instead of making another one', async () => {
    await open().values.set('A', 'one');
    rmSync(keyFile());
    expect(() => open().values.get('A')).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_MISSING' }) as Error);
    await expect(open().values.set('B', 'two')).rejects.toMatchObject({ code: 'SECRETS_KEY_MISSING' });
    expect(existsSync(keyFile())).toBe(false);
    expect(open().values.list()).toHaveLength(1);
  });

  it.each(['values.json', 'secrets.key'])('refuses a file that others may read: %s', async (name) => {
    await open().values.set('A', 'one');
    chmodSync(name === 'secrets.key' ? keyFile() : file(), 0o644);
    expect(() => open().values.get('A')).toThrow(expect.objectContaining({ code: 'HOME_INSECURE' }) as Error);
  });

  it('takes no name or value that could not be referred to or kept', async () => {
    for (const name of ['', '1A', 'a b', 'a/b', '../x', 'a}', 'x'.repeat(65)])
      await expect(open().values.set(name, 'v')).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    for (const value of ['', 'v'.repeat(65_537)]) await expect(open().values.set('A', value)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
  });

  it('A6.p sees what another instance writes, and loses nothing when many write at once', async () => {
    const reader = open();
    await Promise.all(Array.from({ length: 12 }, (_, index) => open().values.set(`S${index}`, `v${index}`)));
    expect(reader.values.list()).toHaveLength(12);
    const before = reader.values.version();
    await open().values.set('S0', 'new');
    expect(reader.values.version()).not.toBe(before);
    expect(reader.values.get('S0')).toBe('new');
  });
});

describe('the key', () => {
  it('A6.k is replaced: what was sealed opens with the new one, and the old one is gone', async () => {
    await open().values.set('A', 'one');
    await open().credentials.set('upstream:x', 'two');
    const old = readFileSync(keyFile(), 'utf8');
    const before = readFileSync(file(), 'utf8');
    expect(await open().rotate()).toBe(2);
    expect(readFileSync(keyFile(), 'utf8')).not.toContain(old.trim());
    expect(readFileSync(file(), 'utf8')).not.toBe(before);
    expect([open().values.get('A'), open().credentials.get('upstream:x')]).toEqual(['one', 'two']);
    // The control: the old key opens the old file, and not the new one.
    writeFileSync(keyFile(), old);
    expect(() => open().values.get('A')).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_MISSING' }) as Error);
    writeFileSync(file(), before);
    expect(open().values.get('A')).toBe('one');
  });

  it('A6.k stopped half-way opens everything, and the next run ends it', async () => {
    await open().values.set('A', 'one');
    const old = readFileSync(keyFile(), 'utf8');
    writeFileSync(keyFile(), `${old}${'cd'.repeat(32)}\n`, { mode: 0o600 });
    await open().values.set('B', 'two');
    expect([open().values.get('A'), open().values.get('B')]).toEqual(['one', 'two']);
    await open().rotate();
    expect(readFileSync(keyFile(), 'utf8').trim().split('\n')).toHaveLength(1);
    expect([open().values.get('A'), open().values.get('B')]).toEqual(['one', 'two']);
  });

  it.each([
    ['as hexadecimal text', () => ({ SWITCHYARD_SECRETS_KEY: KEY })],
    ['as base64', () => ({ SWITCHYARD_SECRETS_KEY: Buffer.from(KEY, 'hex').toString('base64') })],
    [
      'in a file',
      () => {
        writeFileSync(join(home, 'given'), `${KEY}\n`, { mode: 0o640 });
        return { SWITCHYARD_SECRETS_KEY_FILE: join(home, 'given') };
      },
    ],
  ])('comes from the environment, %s, and then none lies in the home', async (_how, given) => {
    const env = given();
    await open(env).values.set('A', 'one');
    expect(open({ SWITCHYARD_SECRETS_KEY: KEY }).values.get('A')).toBe('one');
    expect(existsSync(keyFile())).toBe(false);
    expect(() => open().values.get('A')).toThrow(expect.objectContaining({ code: 'SECRETS_KEY_MISSING' }) as Error);
  });

  it('A6.k of the environment takes over what the home’s own had sealed', async () => {
    await open().values.set('A', 'one');
    const env = { SWITCHYARD_SECRETS_KEY: KEY };
    expect(await open(env).rotate()).toBe(1);
    rmSync(keyFile());
    expect(open(env).values.get('A')).toBe('one');
  });

  it.each([{ SWITCHYARD_SECRETS_KEY: 'short' }, { SWITCHYARD_SECRETS_KEY_FILE: '/nowhere/key' }])('that is none is told: %o', async (env) => {
    await expect(open(env).values.set('A', 'one')).rejects.toMatchObject({ code: 'SECRETS_KEY_MISSING' });
  });
});

describe('work of one process at a time', () => {
  it('waits for the other, and is had again after one that failed', async () => {
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name}+`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name}-`);
      if (name === 'a') throw new Error('a');
    };
    const results = await Promise.allSettled([open().values.exclusively('x', 5000, work('a')), open().values.exclusively('x', 5000, work('b'))]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(order).toEqual(['a+', 'a-', 'b+', 'b-']);
  });

  it('is had at once where a dead process has left it', async () => {
    let name = '';
    await open().values.exclusively('x', 50, () => {
      name = readdirSync(join(home, 'secrets', 'leases'))[0] ?? '';
      return Promise.resolve();
    });
    const lock = join(home, 'secrets', 'leases', name);
    writeFileSync(lock, 'of the dead', { mode: 0o600 });
    // The control: a fresh one is waited for.
    await expect(open().values.exclusively('x', 50, () => Promise.resolve())).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    utimesSync(lock, new Date(Date.now() - 11_000), new Date(Date.now() - 11_000));
    await open().values.exclusively('x', 200, () => Promise.resolve());
  });

  it('is refused when the other does not end in time', async () => {
    let finish: () => void = () => undefined;
    const held = open().values.exclusively(
      'x',
      5000,
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await expect(open().values.exclusively('x', 50, () => Promise.resolve())).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await open().values.exclusively('y', 50, () => Promise.resolve());
    finish();
    await held;
  });
});
