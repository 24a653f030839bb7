/** What every implementation of the RecordStore port promises. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { StoredRecord } from '../../src/contracts/records.ts';
import type { Store } from '../../src/contracts/store.ts';
import { createSqliteStore } from '../../src/storage/sqlite/store.ts';
import { untilConfirmed } from '../helpers/confirmed-version.ts';
import { describeEveryStore } from '../helpers/every-store.ts';

const record = (id: string, over: Partial<StoredRecord> = {}): StoredRecord => ({
  kind: 'Token',
  id,
  value: '{}',
  group: null,
  alias: null,
  createdAt: 1,
  expiresAt: null,
  consumedAt: null,
  ...over,
});

describeEveryStore('records', (current) => {
  let store: Store;
  beforeEach(() => {
    store = current();
  });

  it('returns a record as it was written, every field, by kind and id', async () => {
    const written = record('Ü "1"\u0000', {
      value: '{"a":"\u{1f511}\'; --"}',
      group: 'grant',
      alias: 'ABCD-EFGH',
      expiresAt: 9_007_199_254_740_991,
      consumedAt: 5,
    });
    await store.records.put(written);
    expect(await store.records.get('Token', written.id, 10)).toEqual(written);
    expect(await store.records.get('Other', written.id, 10)).toBeUndefined();
    expect(await store.records.get('Token', 'unknown', 10)).toBeUndefined();
  });

  it('does not return a record at its time or later', async () => {
    await store.records.put(record('a', { alias: 'x', group: 'g', expiresAt: 100 }));
    const seenAt = async (now: number): Promise<readonly boolean[]> => [
      (await store.records.get('Token', 'a', now)) !== undefined,
      (await store.records.findByAlias('Token', 'x', now)) !== undefined,
      (await store.records.list({ kind: 'Token', limit: 9 }, now)).length === 1,
      (await store.records.list({ kind: 'Token', group: 'g', limit: 9 }, now)).length === 1,
    ];
    expect(await seenAt(99)).toEqual([true, true, true, true]);
    expect(await seenAt(100)).toEqual([false, false, false, false]);
  });

  it('replaces the record of the same name, whole', async () => {
    await store.records.put(record('a', { group: 'g', alias: 'x', consumedAt: 3, expiresAt: 50 }));
    await store.records.put(record('a', { value: '2' }));
    expect(await store.records.get('Token', 'a', 60)).toEqual(record('a', { value: '2' }));
    expect(await store.records.findByAlias('Token', 'x', 1)).toBeUndefined();
    expect(await store.records.list({ kind: 'Token', group: 'g', limit: 9 }, 1)).toEqual([]);
  });

  it('finds the newest record of an alias, within its kind', async () => {
    await store.records.put(record('old', { alias: 'x', createdAt: 1 }));
    await store.records.put(record('new', { alias: 'x', createdAt: 2 }));
    await store.records.put(record('other', { kind: 'Other', alias: 'x', createdAt: 3 }));
    expect((await store.records.findByAlias('Token', 'x', 10))?.id).toBe('new');
  });

  it('lists newest first, of one kind, of one group, no more than asked for', async () => {
    for (const [id, createdAt, group] of [
      ['a', 1, 'g'],
      ['b', 3, null],
      ['c', 2, 'g'],
      ['d', 3, 'h'],
    ] as const)
      await store.records.put(record(id, { createdAt, group }));
    await store.records.put(record('z', { kind: 'Other', group: 'g' }));
    const ids = async (query: { readonly group?: string; readonly limit: number }): Promise<string[]> =>
      (await store.records.list({ kind: 'Token', ...query }, 10)).map(({ id }) => id);
    expect(await ids({ limit: 9 })).toEqual(['d', 'b', 'c', 'a']);
    expect(await ids({ limit: 2 })).toEqual(['d', 'b']);
    expect(await ids({ group: 'g', limit: 9 })).toEqual(['c', 'a']);
  });

  it('inserts once: of several at the same time one succeeds, and a dead record does not count', async () => {
    const tries = await Promise.all([1, 2, 3, 4].map((value) => store.records.insert(record('a', { value: String(value), expiresAt: 100 }), 10)));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect(await store.records.get('Token', 'a', 10)).toMatchObject({ value: String(tries.indexOf(true) + 1) });
    expect(await store.records.insert(record('a', { value: 'later' }), 99)).toBe(false);
    expect(await store.records.insert(record('a', { value: 'later' }), 100)).toBe(true);
    expect(await store.records.insert(record('a', { value: 'never' }), 9_999_999)).toBe(false);
    expect(await store.records.get('Token', 'a', 200)).toMatchObject({ value: 'later' });
  });

  it('is used up by exactly one of several, and says when', async () => {
    await store.records.put(record('a', { expiresAt: 100 }));
    const tries = await Promise.all([10, 11, 12].map((at) => store.records.consume('Token', 'a', at)));
    expect(tries).toEqual([true, false, false]);
    expect((await store.records.get('Token', 'a', 20))?.consumedAt).toBe(10);
    await store.records.put(record('b', { expiresAt: 100 }));
    expect(await store.records.consume('Token', 'b', 100)).toBe(false);
    expect(await store.records.consume('Token', 'unknown', 1)).toBe(false);
    expect(await store.records.consume('Other', 'b', 1)).toBe(false);
  });

  it('removes one, a group, or one kind of a group', async () => {
    for (const id of ['a', 'b', 'c']) await store.records.put(record(id, { group: id === 'c' ? 'h' : 'g' }));
    await store.records.put(record('d', { kind: 'Other', group: 'g' }));
    expect(await store.records.delete('Token', 'a')).toBe(true);
    expect(await store.records.delete('Token', 'a')).toBe(false);
    expect(await store.records.deleteGroup('g', 'Other')).toBe(1);
    expect(await store.records.deleteGroup('g')).toBe(1);
    expect(await store.records.deleteGroup('g')).toBe(0);
    expect((await store.records.list({ kind: 'Token', limit: 9 }, 1)).map(({ id }) => id)).toEqual(['c']);
  });

  it('prunes what is over, in bounded bites, and nothing else', async () => {
    for (const id of ['a', 'b', 'c']) await store.records.put(record(id, { expiresAt: 100 }));
    await store.records.put(record('live', { expiresAt: 101 }));
    await store.records.put(record('for ever'));
    expect(await store.records.prune(100, 2)).toBe(2);
    expect(await store.records.prune(100, 2)).toBe(1);
    expect(await store.records.prune(100, 2)).toBe(0);
    expect((await store.records.list({ kind: 'Token', limit: 9 }, 0)).map(({ id }) => id).sort()).toEqual(['for ever', 'live']);
  });

  it('changes its version at once with each own change', async () => {
    const { records } = store;
    await untilConfirmed(records);
    const versions = new Set([records.version(), records.version()]);
    expect(versions.size).toBe(1);
    for (const change of [() => records.put(record('a')), () => records.consume('Token', 'a', 1), () => records.delete('Token', 'a')]) {
      await change();
      versions.add(records.version());
    }
    expect(versions.size).toBe(4);
  });

  it('refuses typed after close', async () => {
    await store.close();
    await expect(store.records.put(record('a'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(() => store.records.get('Token', 'a', 1)).toThrowError(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
    expect(() => store.records.version()).toThrowError(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
  });
});

it('sqlite: what one process writes another sees, with a new version, and a restart keeps it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'records-'));
  let nowMs = 0;
  const open = (): Store => createSqliteStore({ path: join(folder, 'state.db'), clock: { monotonic: () => nowMs }, writes: 'direct' });
  const [one, other] = [open(), open()];
  const before = other.records.version();
  await one.records.put(record('a'));
  nowMs += 251;
  expect(other.records.version()).not.toBe(before);
  expect(await other.records.get('Token', 'a', 1)).toEqual(record('a'));
  await one.close();
  await other.close();
  const again = open();
  expect(await again.records.get('Token', 'a', 1)).toEqual(record('a'));
  await again.close();
  rmSync(folder, { recursive: true });
});
