/** What every implementation of the Store port promises. */
import { beforeEach, expect, it } from 'vitest';
import type { Store } from '../../src/contracts/store.ts';
import { revokedPrincipal, revokedToken } from '../../src/contracts/tokens.ts';
import { untilConfirmed } from '../helpers/confirmed-version.ts';
import { describeEveryStore } from '../helpers/every-store.ts';
import { keyRecord } from '../helpers/key-record.ts';

describeEveryStore('store', (current) => {
  let store: Store;
  beforeEach(() => {
    store = current();
  });

  it('remembers revocations: the earlier time and the later expiry count', async () => {
    const { revocations } = store;
    const subject = revokedToken('https://a.example', 'jti 1');
    const before = revocations.version();
    expect(await revocations.isRevoked([subject, revokedPrincipal('x')])).toBe(false);
    await revocations.revoke({ subject, revokedAt: 5, expiresAt: 100, reason: 'lost' });
    await revocations.revoke({ subject, revokedAt: 9, expiresAt: 50, reason: 'again' });
    expect(revocations.version()).not.toBe(before);
    expect(await revocations.isRevoked([revokedPrincipal('x'), subject])).toBe(true);
    expect(await revocations.list('token:')).toEqual([{ subject, revokedAt: 5, expiresAt: 100, reason: 'lost' }]);
    await revocations.revoke({ subject, revokedAt: 9, expiresAt: null, reason: null });
    await revocations.forget(1_000);
    expect(await revocations.isRevoked([subject])).toBe(true);
    expect(await revocations.restore(subject)).toBe(true);
    expect(await revocations.restore(subject)).toBe(false);
    expect(await revocations.isRevoked([subject])).toBe(false);
  });

  it('forgets revocations of tokens that have expired, and lists by prefix, newest first', async () => {
    const { revocations } = store;
    await revocations.revoke({ subject: revokedPrincipal('a%'), revokedAt: 1, expiresAt: null, reason: null });
    await revocations.revoke({ subject: revokedPrincipal('b_'), revokedAt: 2, expiresAt: 10, reason: 'x'.repeat(300) });
    await revocations.revoke({ subject: revokedToken('i', 'j'), revokedAt: 3, expiresAt: 11, reason: null });
    expect((await revocations.list('principal:')).map(({ subject, reason }) => [subject, reason?.length])).toEqual([
      ['principal:b_', 200],
      ['principal:a%', undefined],
    ]);
    await revocations.forget(10);
    expect((await revocations.list('')).map(({ subject }) => subject)).toEqual(['token:i#j', 'principal:a%']);
  });

  it('returns a key as it was written, every field', async () => {
    const record = keyRecord('0123456789ab', {
      name: 'Büro "7"\n',
      kind: 'service',
      roles: ['user', 'ops'],
      scopes: ['tools:read'],
      tenant: 'acme',
      expiresAt: 9_007_199_254_740_991,
      revokedAt: 5,
      rotatedFrom: 'ffffffffffff',
      models: ['fast', 'openai/*'],
      profiles: ['team', 'review'],
      budgets: [{ unit: 'microUsd', limit: 9_000_000_000_000, window: 'month' }],
      budgetsOf: 'eeeeeeeeeeee',
    });
    await store.apiKeys.insert(record);
    expect(await store.apiKeys.find(record.id)).toEqual(record);
    expect(await store.apiKeys.find('unknown')).toBeUndefined();
  });

  it('tells "no scopes at all" from "all that the roles give"', async () => {
    await store.apiKeys.insert(keyRecord('none', { scopes: [] }));
    await store.apiKeys.insert(keyRecord('all', { scopes: null }));
    expect((await store.apiKeys.find('none'))?.scopes).toEqual([]);
    expect((await store.apiKeys.find('all'))?.scopes).toBeNull();
  });

  it('lists keys newest first', async () => {
    for (const [id, createdAt] of [
      ['a', 1],
      ['b', 3],
      ['c', 2],
      ['d', 3],
    ] as const)
      await store.apiKeys.insert(keyRecord(id, { createdAt }));
    expect((await store.apiKeys.list()).map(({ id }) => id)).toEqual(['d', 'b', 'c', 'a']);
  });

  it('refuses an id twice and keeps the first', async () => {
    await store.apiKeys.insert(keyRecord('a', { name: 'first' }));
    await expect(store.apiKeys.insert(keyRecord('a', { name: 'second' }))).rejects.toMatchObject({ code: 'DUPLICATE_NAME' });
    expect((await store.apiKeys.find('a'))?.name).toBe('first');
  });

  it('revokes once: the first time stays', async () => {
    await store.apiKeys.insert(keyRecord('a'));
    expect(await store.apiKeys.revoke('a', 10)).toBe(true);
    expect(await store.apiKeys.revoke('a', 20)).toBe(true);
    expect((await store.apiKeys.find('a'))?.revokedAt).toBe(10);
    expect(await store.apiKeys.revoke('unknown', 10)).toBe(false);
  });

  it('rotates: the successor is there, the old key ends at the given time or earlier', async () => {
    await store.apiKeys.insert(keyRecord('a'));
    await store.apiKeys.insert(keyRecord('b', { expiresAt: 50 }));
    expect(await store.apiKeys.rotate(keyRecord('a2', { rotatedFrom: 'a' }), 100)).toBe(true);
    expect(await store.apiKeys.rotate(keyRecord('b2', { rotatedFrom: 'b' }), 100)).toBe(true);
    expect((await store.apiKeys.find('a'))?.expiresAt).toBe(100);
    expect((await store.apiKeys.find('b'))?.expiresAt).toBe(50);
    expect((await store.apiKeys.find('a2'))?.rotatedFrom).toBe('a');
  });

  it('rotates nothing when the old key is unknown or revoked, or the new id is taken', async () => {
    await store.apiKeys.insert(keyRecord('a'));
    await store.apiKeys.insert(keyRecord('dead', { revokedAt: 1 }));
    expect(await store.apiKeys.rotate(keyRecord('x', { rotatedFrom: 'unknown' }), 100)).toBe(false);
    expect(await store.apiKeys.rotate(keyRecord('x', { rotatedFrom: 'dead' }), 100)).toBe(false);
    expect(await store.apiKeys.rotate(keyRecord('x'), 100)).toBe(false);
    await expect(store.apiKeys.rotate(keyRecord('dead', { rotatedFrom: 'a' }), 100)).rejects.toMatchObject({ code: 'DUPLICATE_NAME' });
    expect(await store.apiKeys.find('x')).toBeUndefined();
    expect((await store.apiKeys.find('a'))?.expiresAt).toBeNull();
  });

  it('changes its version at once with each own change, and only then', async () => {
    const { apiKeys } = store;
    await untilConfirmed(apiKeys);
    const versions = new Set([apiKeys.version(), apiKeys.version()]);
    expect(versions.size).toBe(1);
    await apiKeys.insert(keyRecord('a'));
    versions.add(apiKeys.version());
    await apiKeys.rotate(keyRecord('b', { rotatedFrom: 'a' }), 100);
    versions.add(apiKeys.version());
    await apiKeys.revoke('a', 10);
    versions.add(apiKeys.version());
    await apiKeys.find('a');
    versions.add(apiKeys.version());
    expect(versions.size).toBe(4);
  });

  it('keeps the order of writes that were started together', async () => {
    const outcomes = await Promise.all([
      store.apiKeys.insert(keyRecord('a')).then(() => true),
      store.apiKeys.revoke('a', 1),
      store.apiKeys.revoke('b', 1),
      store.apiKeys.insert(keyRecord('b')).then(() => true),
    ]);
    expect(outcomes).toEqual([true, true, false, true]);
  });

  it('survives hostile text', async () => {
    const text = `'); DROP TABLE api_keys; -- \u0000 \u{1f511}`;
    await store.apiKeys.insert(keyRecord(text, { name: text, tenant: text, roles: [text] }));
    expect(await store.apiKeys.find(text)).toMatchObject({ id: text, name: text, tenant: text, roles: [text] });
  });

  it('checks itself, and after close refuses typed', async () => {
    await store.check();
    await store.check();
    await store.close();
    await expect(store.check()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(store.apiKeys.insert(keyRecord('a'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(() => store.apiKeys.find('a')).toThrowError(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
    expect(() => store.apiKeys.version()).toThrowError(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
  });
});
