import { afterEach, expect, it, vi } from 'vitest';
import { createBookings } from '../../../src/limits/bookings.ts';
import { createLateHours } from '../../../src/storage/late-hours.ts';

afterEach(() => vi.useRealTimers());

const ENTRY = { at: 0, principalId: 'key:a', tenant: null, target: 'p/m', costMicroUsd: 1, inputTokens: 1, outputTokens: 1, isEstimated: false };
const USE = { microUsd: 1, tokens: 1, requests: 1, sandboxSeconds: 0 };

it('what cannot be written at the end is tried until then, and not for ever after', async () => {
  vi.useFakeTimers();
  const write = vi.fn(async () => await Promise.reject(new Error('closed')));
  const late = createLateHours(write);
  late.add(ENTRY);
  await vi.advanceTimersByTimeAsync(1600);
  expect(write.mock.calls.length).toBe(3);
  await expect(late.close()).rejects.toThrow('closed');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(write.mock.calls.length).toBe(4);
});

it('so with bookings: one that is under way when they are closed begins no further try', async () => {
  vi.useFakeTimers();
  const settle = vi.fn(async () => await Promise.reject(new Error('closed')));
  const bookings = createBookings(() => ({ settle }) as never, { error: () => undefined, info: () => undefined });
  await bookings.book('a', USE);
  await vi.advanceTimersByTimeAsync(4100);
  expect(settle.mock.calls.length).toBe(3);
  vi.advanceTimersByTime(2000);
  await bookings.close();
  const before = settle.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(settle.mock.calls.length).toBe(before);
});
