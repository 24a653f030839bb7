import { globSync, readFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKey, isKeyOf, keyIdOf, rotateKey, type NewKey } from '../../../src/identity/api-key.ts';
import { createMemoryStore } from '../../../src/storage/memory/store.ts';

const clock = { now: () => 1_000 };
const user: NewKey = { name: 'laptop', kind: 'user', roles: ['user'] };

describe('createKey', () => {
  it('A1.a: shows the key once: 192 random bits that the record does not hold', async () => {
    const store = createMemoryStore();
    const [a, b] = [await createKey(store, clock, user), await createKey(store, clock, user)];
    expect(a.key).toMatch(/^sk-sy-[0-9a-f]{12}-[0-9a-f]{48}$/);
    expect(keyIdOf(a.key)).toBe(a.record.id);
    expect(a.key.slice(19)).not.toBe(b.key.slice(19));
    expect(await store.apiKeys.find(a.record.id)).toEqual({ ...a.record, hash: hash('sha256', a.key) });
    expect(JSON.stringify(a.record)).not.toContain(a.key.slice(19));
  });

  it.each([
    { name: '' },
    { name: 'x'.repeat(101) },
    { name: 'a\nb' },
    { roles: [] },
    { roles: ['a b'] },
    { roles: [''] },
    { scopes: ['no spaces'] },
    { scopes: ['a:*:b'] },
    { tenant: '\u0000' },
    { ttlSeconds: 0 },
    { ttlSeconds: -1 },
    { ttlSeconds: Infinity },
    { ttlSeconds: Number.NaN },
    { ttlSeconds: 999_999_999 * 86_400 },
    { models: [] },
    { models: ['a b'] },
    { models: ['x'.repeat(201)] },
    { budgets: [{ unit: 'tokens', limit: 1.5, window: 'day' }] },
    { budgets: [{ unit: 'tokens', limit: -1, window: 'day' }] },
    {
      budgets: [
        { unit: 'tokens', limit: 1, window: 'day' },
        { unit: 'tokens', limit: 2, window: 'day' },
      ],
    },
  ] satisfies Partial<NewKey>[])('refuses %j and stores nothing', async (over) => {
    const store = createMemoryStore();
    await expect(createKey(store, clock, { ...user, ...over })).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    expect(await store.apiKeys.list()).toEqual([]);
  });

  it('accepts names of every language, wildcard scopes and no scopes at all', async () => {
    const { record } = await createKey(createMemoryStore(), clock, {
      ...user,
      name: 'Büro 鍵',
      scopes: ['tools:*', '*', 'admin:full'],
      roles: ['user', 'user'],
    });
    expect(record).toMatchObject({ roles: ['user'], scopes: ['tools:*', '*', 'admin:full'] });
    expect((await createKey(createMemoryStore(), clock, { ...user, scopes: [] })).record.scopes).toEqual([]);
  });
});

// @requirement M7.a
describe('models and budgets of a key', () => {
  const budgets = [{ unit: 'microUsd', limit: 5, window: 'day' }] as const;

  it('go over to its successors, and the budgets stay the ones of the first key', async () => {
    const store = createMemoryStore();
    const { record: first } = await createKey(store, clock, { ...user, models: ['fast', 'fast', 'openai/*'], profiles: ['team', 'team'], budgets });
    expect(first).toMatchObject({ models: ['fast', 'openai/*'], budgets, budgetsOf: first.id });
    const { record: second } = await rotateKey(store, clock, first.id, 0);
    const { record: third } = await rotateKey(store, clock, second.id, 0);
    expect(third).toMatchObject({ models: ['fast', 'openai/*'], profiles: ['team'], budgets, budgetsOf: first.id });
  });

  it('are none where nothing is said', async () => {
    expect((await createKey(createMemoryStore(), clock, user)).record).toMatchObject({ models: null, budgets: [] });
  });
});

describe('isKeyOf', () => {
  it('is false without a record, and for a record with a damaged hash', async () => {
    const { key, record } = await createKey(createMemoryStore(), clock, user);
    expect(isKeyOf(key, record)).toBe(true);
    expect(isKeyOf(key, undefined)).toBe(false);
    expect(isKeyOf(key, { ...record, hash: '' })).toBe(false);
    expect(isKeyOf(key, { ...record, hash: record.hash.slice(2) })).toBe(false);
    expect(isKeyOf(key, { ...record, hash: '00'.repeat(32) })).toBe(false);
  });
});

describe('rotateKey', () => {
  it('refuses what is unknown or revoked, and impossible grace periods', async () => {
    const store = createMemoryStore();
    const { record } = await createKey(store, clock, user);
    await expect(rotateKey(store, clock, 'unknown', 1)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    await expect(rotateKey(store, clock, record.id, -1)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await store.apiKeys.revoke(record.id, 1);
    await expect(rotateKey(store, clock, record.id, 1)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    expect((await store.apiKeys.list()).length).toBe(1);
  });
});

describe('A7.c: secrets', () => {
  /** A comparison by `===` of something whose name says that it is secret, or the hash of a secret. */
  const EARLY_EXIT = /\b(?:hash|secret|digest)\b[\w.)\]?]*\s*[!=]==\s*(?!undefined|null|''|0|KEY_LENGTH)|[!=]==\s*[\w.?]*\b(?:hash|secret|digest)\b/i;
  const files = globSync('src/identity/*.ts');

  it('are compared by timingSafeEqual alone', () => {
    expect(files.length).toBeGreaterThan(5);
    const found = files.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => EARLY_EXIT.test(line) && !line.includes('.length'))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
    expect(readFileSync('src/identity/api-key.ts', 'utf8')).toContain('timingSafeEqual(digest,');
  });

  it.each(['if (record.hash === digest) return true;', 'return secret !== given;', 'x === stored.hash'])('and the check of this would notice: %s', (line) => {
    expect(EARLY_EXIT.test(line)).toBe(true);
  });
});
