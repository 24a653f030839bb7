import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withProcessLock } from '../../../../src/storage/sqlite/process-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'process-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('lets one work after the other, also after a failure', async () => {
  const path = join(folder, 'a.lock');
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
    if (name === 'first') throw new Error('failed');
  };
  const [first, second] = await Promise.allSettled([withProcessLock(path, 2000, work('first')), withProcessLock(path, 2000, work('second'))]);
  expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('gives up after the time', async () => {
  const path = join(folder, 'b.lock');
  let release: () => void = () => undefined;
  const held = withProcessLock(
    path,
    0,
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  await expect(withProcessLock(path, 30, async () => 'never')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  release();
  await held;
  expect(await withProcessLock(path, 0, async () => 'free again')).toBe('free again');
});
