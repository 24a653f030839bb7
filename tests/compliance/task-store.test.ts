/** What every store of tasks promises. */
import { beforeEach, expect, it } from 'vitest';
import type { Store } from '../../src/contracts/store.ts';
import type { TaskRow } from '../../src/contracts/task-store.ts';
import { describeEveryStore } from '../helpers/every-store.ts';

const BOUNDS = { maxTasks: 4, maxTasksOfPrincipal: 2, maxCharsOfPrincipal: 20 };
const task = (id: string, over: Partial<TaskRow> = {}): TaskRow => ({
  id,
  principalId: 'key:a',
  owner: 'one',
  leaseUntil: 500,
  expiresAt: 1_000,
  body: 'body',
  ...over,
});

describeEveryStore('task store', (current) => {
  let store: Store;
  beforeEach(() => {
    store = current();
  });

  it('returns a task as it was written, and none for an unknown id', async () => {
    const row = task('t1', { body: '"\u0000ü\'; DROP TABLE tasks' });
    expect(await store.tasks.insert(row, 0, { ...BOUNDS, maxCharsOfPrincipal: 100 })).toBe(true);
    expect(await store.tasks.find('t1')).toEqual(row);
    expect(await store.tasks.find('t2')).toBeUndefined();
  });

  it('is bounded by number, by number for one principal, and by size for one principal', async () => {
    expect(await store.tasks.insert(task('t1'), 0, BOUNDS)).toBe(true);
    expect(await store.tasks.insert(task('t2', { body: 'x'.repeat(17) }), 0, BOUNDS)).toBe(false);
    expect(await store.tasks.insert(task('t2'), 0, BOUNDS)).toBe(true);
    expect(await store.tasks.insert(task('t3'), 0, BOUNDS)).toBe(false);
    expect(await store.tasks.insert(task('t3', { principalId: 'key:b' }), 0, BOUNDS)).toBe(true);
    expect(await store.tasks.insert(task('t4', { principalId: 'key:c' }), 0, BOUNDS)).toBe(true);
    expect(await store.tasks.insert(task('t5', { principalId: 'key:d' }), 0, BOUNDS)).toBe(false);
  });

  it('forgets what is over when a new one comes', async () => {
    await store.tasks.insert(task('old', { expiresAt: 10 }), 0, BOUNDS);
    await store.tasks.insert(task('new'), 10, BOUNDS);
    expect(await store.tasks.find('old')).toBeUndefined();
    expect(await store.tasks.find('new')).toBeDefined();
  });

  it('lets only the owner write, and nobody once it has ended', async () => {
    await store.tasks.insert(task('t1'), 0, BOUNDS);
    expect(await store.tasks.replace(task('t1', { owner: 'two', body: 'stolen' }))).toBe(false);
    expect(await store.tasks.replace(task('t1', { leaseUntil: null, expiresAt: 2_000, body: 'done' }))).toBe(true);
    expect(await store.tasks.replace(task('t1', { body: 'again' }))).toBe(false);
    expect(await store.tasks.find('t1')).toMatchObject({ leaseUntil: null, expiresAt: 2_000, body: 'done' });
  });

  it('changes hands once: of two that claim it, one gets it', async () => {
    await store.tasks.insert(task('t1'), 0, BOUNDS);
    const claims = await Promise.all([store.tasks.claim('t1', 'one', 'two', 900), store.tasks.claim('t1', 'one', 'three', 900)]);
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await store.tasks.replace(task('t1', { body: 'late' }))).toBe(false);
  });

  it('renews the leases of one owner, and moves no expiry back', async () => {
    await store.tasks.insert(task('t1'), 0, BOUNDS);
    await store.tasks.insert(task('t2', { principalId: 'key:b', owner: 'two' }), 0, BOUNDS);
    await store.tasks.renew('one', 700, 900);
    expect(await store.tasks.find('t1')).toMatchObject({ leaseUntil: 700, expiresAt: 1_000 });
    await store.tasks.renew('one', 800, 1_500);
    expect(await store.tasks.find('t1')).toMatchObject({ leaseUntil: 800, expiresAt: 1_500 });
    expect(await store.tasks.find('t2')).toMatchObject({ leaseUntil: 500, expiresAt: 1_000 });
  });

  it('hands wishes to the owner once and in order, and takes at most 64 for one task', async () => {
    await store.tasks.insert(task('t1'), 0, BOUNDS);
    await store.tasks.insert(task('t2', { principalId: 'key:b', owner: 'two' }), 0, BOUNDS);
    expect(await store.tasks.wish({ taskId: 'none', text: 'x' })).toBe(false);
    await store.tasks.wish({ taskId: 't2', text: 'other' });
    for (let n = 0; n < 64; n += 1) expect(await store.tasks.wish({ taskId: 't1', text: `w${n}` })).toBe(true);
    expect(await store.tasks.wish({ taskId: 't1', text: 'too many' })).toBe(false);
    expect((await store.tasks.takeWishes('one')).map(({ text }) => text)).toEqual(Array.from({ length: 64 }, (_, n) => `w${n}`));
    expect(await store.tasks.takeWishes('one')).toEqual([]);
    expect(await store.tasks.takeWishes('two')).toEqual([{ taskId: 't2', text: 'other' }]);
  });
});
