/** @module contracts/budget-window: where the windows of budgets begin and end. */
import type { BudgetWindow } from './spend.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** Every window, shortest first. */
export const BUDGET_WINDOWS: readonly BudgetWindow[] = ['minute', 'hour', 'day', 'week', 'month', 'total'];

/** Beginning of the window that the time lies in, epoch milliseconds (UTC, no leap seconds); 0 for `total`. */
export function windowStart(window: BudgetWindow, at: number): number {
  switch (window) {
    case 'minute':
      return at - mod(at, MINUTE_MS);
    case 'hour':
      return at - mod(at, HOUR_MS);
    case 'day':
      return at - mod(at, DAY_MS);
    case 'week':
      return at - mod(at - FIRST_MONDAY_MS, 7 * DAY_MS);
    case 'month':
      return monthStart(at, 0);
    case 'total':
      return 0;
  }
}

/** End of the window (exclusive), which is the beginning of the next; Infinity for `total`. */
export function windowEnd(window: BudgetWindow, at: number): number {
  const start = windowStart(window, at);
  switch (window) {
    case 'minute':
      return start + MINUTE_MS;
    case 'hour':
      return start + HOUR_MS;
    case 'day':
      return start + DAY_MS;
    case 'week':
      return start + 7 * DAY_MS;
    case 'month':
      return monthStart(at, 1);
    case 'total':
      return Infinity;
  }
}

function monthStart(at: number, offset: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
}

function mod(value: number, length: number): number {
  return ((value % length) + length) % length;
}
