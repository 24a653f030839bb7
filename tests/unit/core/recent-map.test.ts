import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentMap } from '../../../src/core/recent-map.ts';

describe('RecentMap', () => {
  it('keeps a used entry while unused ones are forgotten', () => {
    const map = new RecentMap<number, string>(8);
    map.set(0, 'kept');
    for (let key = 1; key < 100; key += 1) {
      map.set(key, 'passing');
      expect(map.get(0)).toBe('kept');
    }
    expect(map.get(1)).toBeUndefined();
  });

  it("never holds more than its maximum, and never returns another key's value", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.array(fc.tuple(fc.constantFrom('get', 'set', 'delete'), fc.nat(60)), { maxLength: 300 }),
        (max, steps) => {
          const map = new RecentMap<number, { key: number }>(max);
          for (const [step, key] of steps) {
            if (step === 'set') map.set(key, { key });
            else if (step === 'delete') map.delete(key);
            else expect(map.get(key)?.key ?? key).toBe(key);
            expect(map.size).toBeLessThanOrEqual(max);
          }
        },
      ),
    );
  });

  it('forgets a deleted or cleared key in both halves', () => {
    const map = new RecentMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.delete('a');
    expect(map.get('a')).toBeUndefined();
    map.clear();
    expect(map.size).toBe(0);
  });
});
