/** @module models/dialects/thinking: budgets of thinking and the words some vendors have for them. */
import type { Effort } from './conversation.ts';

const BUDGETS: Readonly<Record<Effort, number>> = { none: 0, minimal: 1024, low: 2048, medium: 8192, high: 16_384, xhigh: 24_576, max: 32_768 };
const BY_BUDGET = ['max', 'high', 'medium', 'low'] as const satisfies readonly Effort[];

/** Tokens that an effort is worth to a model which counts them. */
export function budgetOfEffort(effort: Effort): number {
  return BUDGETS[effort];
}

/** The strongest effort that a budget pays for. */
export function effortOfBudget(budgetTokens: number): Effort {
  if (budgetTokens <= 0) return 'none';
  return BY_BUDGET.find((effort) => budgetTokens >= BUDGETS[effort]) ?? 'low';
}
