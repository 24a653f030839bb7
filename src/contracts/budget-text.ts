/** @module contracts/budget-text: budgets as people write them: `5usd/day`, `100000tokens/day`, `1000requests/hour`. */
import { BUDGET_WINDOWS } from './budget-window.ts';
import type { Budget, BudgetUnit, BudgetWindow } from './spend.ts';

/** What a budget looks like, for error messages. */
export const BUDGET_WORDS = 'a budget such as 5usd/day, 100000tokens/day, 1000requests/hour or 600sandbox-seconds/day (minute, hour, day, week, month, total)';

/** What `parseBudget` reads, but for the largest number. */
export const BUDGET_SHAPE: RegExp = /^(\d{1,12})(?:\.(\d{1,6}))? ?(usd|tokens|requests|sandbox-seconds)\/(minute|hour|day|week|month|total)$/;
/** The largest number that sums of it stay exact. */
const MAX_LIMIT = 1e15;
const UNITS: Readonly<Record<string, BudgetUnit>> = { usd: 'microUsd', tokens: 'tokens', requests: 'requests', 'sandbox-seconds': 'sandboxSeconds' };

/** The budget that the text says, or undefined. Dollars may have six decimals; nothing is rounded. 0 closes. */
export function parseBudget(text: string): Budget | undefined {
  const [, whole = '', fraction, word = '', windowName] = BUDGET_SHAPE.exec(text) ?? [];
  const unit = UNITS[word];
  const window = BUDGET_WINDOWS.find((name) => name === windowName);
  if (unit === undefined || window === undefined || (fraction !== undefined && unit !== 'microUsd')) return undefined;
  const limit = unit === 'microUsd' ? Number(whole) * 1_000_000 + Number((fraction ?? '').padEnd(6, '0')) : Number(whole);
  return limit <= MAX_LIMIT ? { unit, limit, window } : undefined;
}

/** The text that `parseBudget` reads. */
export function formatBudget({ unit, limit, window }: Budget): string {
  const word = Object.entries(UNITS).find(([, known]) => known === unit)?.[0] ?? unit;
  return `${unit === 'microUsd' ? formatUsd(limit) : limit}${word}/${window}`;
}

/** Dollars of micro-dollars, exactly: `5`, `0.25`, `0.000001`. */
export function formatUsd(microUsd: number): string {
  const whole = Math.floor(microUsd / 1_000_000);
  const fraction = String(microUsd % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(whole) : `${whole}.${fraction}`;
}

/** Whether a value, such as one read from a database, is a budget. */
export function isBudget(value: unknown): value is Budget {
  if (typeof value !== 'object' || value === null || !('unit' in value) || !('limit' in value) || !('window' in value)) return false;
  const { unit, limit, window } = value;
  const isNamed = Object.values(UNITS).includes(unit as BudgetUnit) && BUDGET_WINDOWS.includes(window as BudgetWindow);
  return isNamed && typeof limit === 'number' && Number.isInteger(limit) && limit >= 0 && limit <= MAX_LIMIT;
}
