import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageGapRecovered, costOfEnough, type Compared } from '../../../../src/models/orchestrator/comparison.ts';
import { bootstrap, createRandom, falling, quantile, wilson } from '../../../../src/models/orchestrator/statistics.ts';

/** Weak does the two easy ones, strong does all; 1 against 10. */
const TASKS: readonly Compared[] = [1, 2, 3, 4].map((score) => ({ score, words: score, weakPass: score <= 2, strongPass: true, weakCost: 1, strongCost: 10 }));
const byScore = ({ score }: Compared): number => score;

describe('O6.d: the gap that routing recovers, against examples reckoned by hand', () => {
  it('is 0.75 for a perfect order of these four, 0.25 for the opposite one, 0.5 without any', () => {
    // Strong for 0, 1, 2, 3, 4 tasks from the hard end: recovered 0, 0.5, 1, 1, 1; trapezoids of width 0.25.
    expect(averageGapRecovered(TASKS, byScore)).toBeCloseTo(0.75, 12);
    expect(averageGapRecovered(TASKS, (task) => -task.score)).toBeCloseTo(0.25, 12);
    expect(averageGapRecovered(TASKS, () => 0)).toBeCloseTo(0.5, 12);
  });

  it('is not defined where the strong model is not better', () => {
    expect(
      averageGapRecovered(
        TASKS.map((task) => ({ ...task, weakPass: true })),
        byScore,
      ),
    ).toBeUndefined();
    expect(averageGapRecovered([], byScore)).toBeUndefined();
  });

  it('needs 50.5 % of the cost for 95 % of the quality in a perfect order, and 91 % without any', () => {
    // 0.95 lies four fifths between 0.75 (cost 13) and 1 (cost 22): 20.2 of 40.
    expect(costOfEnough(TASKS, byScore)).toBeCloseTo(0.505, 12);
    // Nine tenths between 0.5 (cost 4) and 1 (cost 40): 36.4 of 40.
    expect(costOfEnough(TASKS, () => 0)).toBeCloseTo(0.91, 12);
    // A weak model that is good enough alone.
    expect(
      costOfEnough(
        TASKS.map((task) => ({ ...task, weakPass: true })),
        byScore,
      ),
    ).toBeCloseTo(0.1, 12);
    expect(
      costOfEnough(
        TASKS.map((task) => ({ ...task, weakCost: null })),
        byScore,
      ),
    ).toBeUndefined();
  });

  it('is that of chance for any order, on the average of an order and its opposite', () => {
    const task = fc.record({ score: fc.integer({ min: 0, max: 10 }), weakPass: fc.boolean(), strongPass: fc.boolean() });
    fc.assert(
      fc.property(fc.array(task, { minLength: 1, maxLength: 30 }), (tasks) => {
        const compared = tasks.map((item) => ({ ...item, words: 1, weakCost: 1, strongCost: 2 }));
        const forth = averageGapRecovered(compared, byScore);
        const back = averageGapRecovered(compared, ({ score }) => -score);
        if (forth !== undefined && back !== undefined) expect((forth + back) / 2).toBeCloseTo(0.5, 9);
      }),
    );
  });
});

describe('O6.d: numbers with their uncertainty', () => {
  it('gives the interval of Wilson', () => {
    // 8 of 10: 0.4902 to 0.9433 in every table.
    const estimate = wilson(8, 10);
    expect(estimate?.value).toBe(0.8);
    expect(estimate?.low).toBeCloseTo(0.4902, 4);
    expect(estimate?.high).toBeCloseTo(0.9433, 4);
    expect(wilson(0, 0)).toBeUndefined();
    expect(wilson(0, 5)?.low).toBeCloseTo(0, 12);
  });

  it('resamples the same way for the same seed, around the value', () => {
    const items = Array.from({ length: 100 }, (_, index) => (index < 30 ? 1 : 0));
    const mean = (sample: readonly number[]): number => sample.reduce<number>((sum, item) => sum + item, 0) / sample.length;
    const first = bootstrap(items, mean, 7);
    expect(bootstrap(items, mean, 7)).toEqual(first);
    expect(bootstrap(items, mean, 8)).not.toEqual(first);
    // The normal approximation gives 0.30 ± 0.09.
    expect(first?.value).toBe(0.3);
    expect(Math.abs((first?.low ?? 0) - 0.21)).toBeLessThan(0.02);
    expect(Math.abs((first?.high ?? 0) - 0.39)).toBeLessThan(0.02);
    expect(bootstrap([], mean, 1)).toBeUndefined();
  });

  it('knows quantiles between two values', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
    expect(quantile([], 0.5)).toBeUndefined();
  });

  it('draws evenly', () => {
    const random = createRandom(1);
    const draws = Array.from({ length: 10_000 }, random);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    expect(draws.reduce((sum, draw) => sum + draw, 0) / draws.length).toBeCloseTo(0.5, 1);
  });

  it('fits what never rises', () => {
    // 1, 0, 1, 0 → the middle two become one half each.
    expect(
      falling([
        { at: 1, value: 1 },
        { at: 2, value: 0 },
        { at: 3, value: 1 },
        { at: 4, value: 0 },
      ]),
    ).toEqual([
      { at: 1, value: 1 },
      { at: 2, value: 0.5 },
      { at: 3, value: 0.5 },
      { at: 4, value: 0 },
    ]);
    expect(
      falling([
        { at: 1, value: 0 },
        { at: 1, value: 1 },
      ]),
    ).toEqual([{ at: 1, value: 0.5 }]);
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.integer({ min: 0, max: 9 }), value: fc.integer({ min: 0, max: 1 }) })), (points) => {
        const fit = falling(points);
        for (const [index, point] of fit.entries()) expect(point.value).toBeLessThanOrEqual(fit[index - 1]?.value ?? 1);
      }),
    );
  });
});
