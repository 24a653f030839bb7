import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Openings, type Opened } from '../../../src/upstreams/openings.ts';

const begun: string[] = [];
const finish = new Map<string, () => void>();
const opened = (name: string): Opened => ({
  start: () => {
    begun.push(name);
    return new Promise((resolve) => finish.set(name, resolve));
  },
});

beforeEach(() => {
  vi.useFakeTimers();
  begun.length = 0;
});
afterEach(() => void vi.useRealTimers());

describe('connections that nobody waits for', () => {
  it('are opened two at a time, in order, after a pause', async () => {
    const openings = new Openings(200);
    openings.add(['a', 'b', 'c', 'd'].map(opened));
    expect(begun).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(begun).toEqual(['a', 'b']);
    finish.get('b')?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a', 'b', 'c']);
    openings.close();
  });

  it('are not held up by one that hangs, and a late end of it gives no second place', async () => {
    const openings = new Openings(0);
    openings.add(['a', 'b', 'c', 'd', 'e', 'f'].map(opened));
    expect(begun).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(500);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    finish.get('a')?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    openings.close();
  });

  it('are not begun after the end', () => {
    const openings = new Openings(200);
    openings.add([opened('a')]);
    openings.close();
    vi.advanceTimersByTime(1000);
    expect(begun).toEqual([]);
  });
});
