import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBudget, formatUsd, isBudget, parseBudget } from '../../../src/contracts/budget-text.ts';
import { BUDGET_WINDOWS, windowEnd, windowStart } from '../../../src/contracts/budget-window.ts';

describe('budgets as texts', () => {
  // @requirement M7.b
  it.each([
    ['5usd/day', { unit: 'microUsd', limit: 5_000_000, window: 'day' }],
    ['0.1 usd/month', { unit: 'microUsd', limit: 100_000, window: 'month' }],
    ['4.000001usd/total', { unit: 'microUsd', limit: 4_000_001, window: 'total' }],
    ['100000tokens/week', { unit: 'tokens', limit: 100_000, window: 'week' }],
    ['0requests/minute', { unit: 'requests', limit: 0, window: 'minute' }],
  ])('%s', (text, budget) => {
    expect(parseBudget(text)).toEqual(budget);
    expect(parseBudget(formatBudget(parseBudget(text) ?? expect.fail()))).toEqual(budget);
  });

  it.each([
    '',
    '5',
    '5usd',
    '5usd/year',
    '-5usd/day',
    '5.5tokens/day',
    '1.0000001usd/day',
    '5e3usd/day',
    '5eur/day',
    ' 5usd/day',
    '5usd/day\n',
    '999999999999usd/day',
  ])('refuses %j', (text) => expect(parseBudget(text)).toBeUndefined());

  it('writes every amount of money exactly', () => {
    expect([0, 1, 250_000, 5_000_000, 1_234_567].map(formatUsd)).toEqual(['0', '0.000001', '0.25', '5', '1.234567']);
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (limit) => {
        expect(parseBudget(`${formatUsd(limit)}usd/day`)?.limit).toBe(limit);
      }),
    );
  });

  it('recognizes budgets, and nothing else', () => {
    expect(isBudget({ unit: 'tokens', limit: 1, window: 'day' })).toBe(true);
    for (const other of [
      null,
      1,
      {},
      { unit: 'usd', limit: 1, window: 'day' },
      { unit: 'tokens', limit: 1.5, window: 'day' },
      { unit: 'tokens', limit: -1, window: 'day' },
    ])
      expect(isBudget(other)).toBe(false);
  });
});

// @requirement M7.c
describe('windows', () => {
  it('hold every time exactly once', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BUDGET_WINDOWS), fc.integer({ min: 0, max: 4e12 }), (window, at) => {
        const [start, end] = [windowStart(window, at), windowEnd(window, at)];
        expect(start <= at && at < end).toBe(true);
        expect(windowStart(window, start)).toBe(start);
        if (end !== Infinity) expect([windowStart(window, end), windowStart(window, end - 1)]).toEqual([end, start]);
      }),
    );
  });

  it('weeks begin on Monday, months on their first, in UTC', () => {
    const saturday = Date.UTC(2028, 1, 26, 23, 59);
    const dates = (window: 'week' | 'month'): string[] => [windowStart(window, saturday), windowEnd(window, saturday)].map((at) => new Date(at).toISOString());
    expect(dates('week')).toEqual(['2028-02-21T00:00:00.000Z', '2028-02-28T00:00:00.000Z']);
    expect(dates('month')).toEqual(['2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z']);
  });
});
