import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateCounter } from '../../../src/limits/rate-counter.ts';

/** Counts the call if it fits. */
const hit = (counter: RateCounter, now: number): boolean => {
  const fits = counter.secondsUntilFree(now) === 0;
  if (fits) counter.count(now);
  return fits;
};
const hits = (counter: RateCounter, now: number, times: number): number => Array.from({ length: times }, () => hit(counter, now)).filter(Boolean).length;
/** Calls come in bunches, after gaps of all sizes. */
const arrivals = fc.array(
  fc.record({
    gap: fc.oneof(fc.nat(50), fc.nat(2_000), fc.nat(70_000), fc.constantFrom(1_000, 59_999, 60_000, 60_001, 61_000)),
    times: fc.nat(12),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);
const rates = fc.record({ limit: fc.integer({ min: 1, max: 60 }), burst: fc.nat(20), start: fc.nat(100_000) });

const run = ({ limit, burst, start }: { limit: number; burst: number; start: number }, gaps: readonly { gap: number; times: number }[]): readonly number[] => {
  const counter = new RateCounter(limit, burst, start);
  const passed: number[] = [];
  let now = start;
  for (const { gap, times } of gaps) {
    now += gap;
    for (let index = 0; index < times; index += 1) if (hit(counter, now)) passed.push(now);
  }
  return passed;
};

describe('a rate', () => {
  it('never lets more than limit + burst through in any 60 seconds, ends included', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, gaps) => {
        const passed = run(rate, gaps);
        let first = 0;
        for (const [last, at] of passed.entries()) {
          while ((passed[first] ?? at) < at - 60_000) first += 1;
          expect(last - first + 1).toBeLessThanOrEqual(rate.limit + rate.burst);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never keeps up more than the limit: in any time at most limit + burst and the limit for each minute', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, gaps) => {
        const passed = run(rate, gaps);
        // Over every span: calls − pace × time, at its largest, is what was used beyond the pace.
        let most = 0;
        let lowest = Infinity;
        for (const [index, at] of passed.entries()) {
          const level = index - (rate.limit * at) / 60_000;
          lowest = Math.min(lowest, level);
          most = Math.max(most, level - lowest + 1);
        }
        expect(most).toBeLessThanOrEqual(rate.limit + rate.burst + 1e-6);
      }),
      { numRuns: 500 },
    );
  });

  it('never refuses who stays at the pace of the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(20), fc.integer({ min: 100, max: 400 }), (limit, burst, calls) => {
        const counter = new RateCounter(limit, burst, 0);
        const paceMs = Math.ceil(61_000 / limit);
        for (let call = 0; call < calls; call += 1) expect(hit(counter, call * paceMs)).toBe(true);
      }),
    );
  });

  it('lets limit + burst come at once; the burst comes back only after a quiet time', () => {
    const counter = new RateCounter(60, 20, 500);
    expect(hits(counter, 500, 100)).toBe(80);
    expect(hits(counter, 60_500, 100)).toBe(0);
    expect(hits(counter, 61_000, 100)).toBe(60);
    expect(hits(counter, 122_000, 100)).toBe(61);
    expect(hits(counter, 300_000, 100)).toBe(80);
  });

  it('says when a call fits again, and means it', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, gaps) => {
        const counter = new RateCounter(rate.limit, rate.burst, rate.start);
        let now = rate.start;
        for (const { gap, times } of gaps) {
          now += gap;
          for (let index = 0; index < times; index += 1) hit(counter, now);
          const seconds = counter.secondsUntilFree(now);
          if (seconds === 0) continue;
          expect(seconds).toBeGreaterThanOrEqual(1);
          expect(seconds).toBeLessThanOrEqual(61);
          now += seconds * 1_000;
          expect(hit(counter, now)).toBe(true);
        }
      }),
    );
  });

  it('reports what fits, never more than the limit, and when the oldest calls leave', () => {
    const counter = new RateCounter(10, 5, 0);
    expect([counter.remaining, counter.resetSeconds(0)]).toEqual([10, 0]);
    hits(counter, 0, 7);
    expect([counter.remaining, counter.resetSeconds(0)]).toEqual([8, 61]);
    hits(counter, 10_000, 8);
    // The bucket has refilled one call by now; the window has room for none.
    expect([counter.remaining, counter.resetSeconds(10_000), counter.secondsUntilFree(10_000)]).toEqual([0, 51, 51]);
    expect([counter.secondsUntilFree(61_000), counter.remaining]).toEqual([0, 7]);
    fc.assert(
      fc.property(rates, arrivals, ({ limit, burst, start }, gaps) => {
        const tested = new RateCounter(limit, burst, start);
        let now = start;
        for (const { gap, times } of gaps) {
          now += gap;
          for (let index = 0; index < times; index += 1) hit(tested, now);
          tested.secondsUntilFree(now);
          const said = tested.remaining;
          expect(said).toBeLessThanOrEqual(limit);
          expect(hits(tested, now, said)).toBe(said);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('changes its limit without forgiving what was spent, also down and up again', () => {
    const counter = new RateCounter(100, 0, 0);
    expect(hits(counter, 0, 100)).toBe(100);
    counter.configure(10, 0);
    counter.configure(100, 0);
    expect(hits(counter, 0, 100)).toBe(0);
    counter.configure(150, 5);
    expect(hits(counter, 0, 100)).toBe(55);
    counter.configure(10, 0);
    // 145 above the new limit: at most as much as it gives in a minute is worked off first.
    expect(hits(counter, 61_000, 100)).toBe(0);
    expect(hits(counter, 121_000, 100)).toBe(10);
  });

  it('works at the highest rate', () => {
    const counter = new RateCounter(10_000_000, 20, 0);
    for (let now = 0; now < 200; now += 1) expect(hits(counter, now / 10, 50)).toBe(50);
  });
});
