import { afterEach, expect, it, vi } from 'vitest';
import { type Brake, watchBrake } from '../../../src/app/brake.ts';

let brake: Brake | undefined;
afterEach(() => brake?.close());

type Watched = Parameters<typeof watchBrake>;

/** A watch over a store whose version is read by this function. */
async function watch(version: () => string, readmit: () => Promise<boolean>): Promise<void> {
  const store = { apiKeys: { version }, revocations: { version: () => '1' }, records: { version: () => '1' } };
  const killSwitch = { onChange: () => undefined, look: () => undefined };
  const pipeline = { activeCalls: 1, recheck: () => undefined, readmit };
  brake = await watchBrake({ store } as unknown as Watched[0], { killSwitch } as unknown as Watched[1], pipeline as unknown as Watched[2]);
}

it('a store that cannot be opened while a call runs is asked again, and ends nothing', async () => {
  let looks = 0;
  const readmit = vi.fn(async () => true);
  await watch(() => {
    looks += 1;
    if (looks < 3) throw new Error('unable to open database file');
    return '1';
  }, readmit);
  await expect.poll(() => readmit.mock.calls.length, { timeout: 3000 }).toBe(1);
  expect(looks).toBe(3);
});

it('what could not be told of a running call is asked again; what could be told is not', async () => {
  const answers = [false, false, true];
  const readmit = vi.fn(async () => answers.shift() ?? true);
  await watch(() => '1', readmit);
  await expect.poll(() => readmit.mock.calls.length, { timeout: 3000 }).toBe(3);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(readmit.mock.calls).toHaveLength(3);
});
