/** @module models/orchestrator/budget: whether another attempt fits into what a run may cost. */
import { costOf, type ModelPrice } from '../../contracts/model-registry.ts';
import { estimateTokens } from '../tokens.ts';

/** Words around task and output in the judge's prompt. */
const JUDGE_OVERHEAD_TOKENS = 300;

/** What one attempt with its judging may need at most. */
export interface AttemptSize {
  readonly prompt: string;
  readonly maxTokens: number;
  readonly judgeMaxTokens: number;
}

/** What a run has cost. */
export interface RunBudget {
  /** Null = a part of it is not known. */
  readonly spentMicroUsd: number | null;
  add(costMicroUsd: number | null): void;
  /** Why an attempt must not begin; undefined = it may. Input is estimated, output is the most there can be. */
  refusal(model: string, price: ModelPrice | null, judgePrice: ModelPrice | null, size: AttemptSize): string | undefined;
}

/** @param maxCostUsd null = no limit of its own */
export function createRunBudget(maxCostUsd: number | null): RunBudget {
  const limit = maxCostUsd === null ? null : Math.floor(maxCostUsd * 1_000_000);
  let spent: number | null = 0;
  return {
    get spentMicroUsd() {
      return spent;
    },
    add(cost) {
      spent = spent === null || cost === null ? null : spent + cost;
    },
    refusal(model, price, judgePrice, { prompt, maxTokens, judgeMaxTokens }) {
      if (limit === null) return undefined;
      if (spent === null) return 'the cost so far is not known, and unknown is not free';
      const input = estimateTokens(prompt);
      const answer = costOf(price, usageOf(input, maxTokens));
      if (answer === null) return `the price of ${model} is not known, and unknown is not free`;
      const judging = costOf(judgePrice, usageOf(input + maxTokens + JUDGE_OVERHEAD_TOKENS, judgeMaxTokens));
      if (judging === null) return 'the price of the judge is not known, and unknown is not free';
      const total = spent + answer + judging;
      return total > limit ? `${spent} micro-USD are spent, an attempt with ${model} may cost ${answer + judging} more, and ${limit} are allowed` : undefined;
    },
  };
}

function usageOf(inputTokens: number, outputTokens: number): Parameters<typeof costOf>[1] {
  return { inputTokens, outputTokens, cacheReadTokens: null, cacheWriteTokens: null };
}
