/** @module models/complexity: how hard a task is, by seven factors that can be counted. */
import type { ComplexityConfig, ScoreEach, ScoreStep, TierConfig } from '../contracts/orchestrator-config.ts';
import type { ComplexityFactors, TaskContext } from '../contracts/orchestrator.ts';

/** A score with what it is made of. */
export interface Complexity {
  /** At most the cap, two decimals. */
  readonly score: number;
  readonly factors: ComplexityFactors;
  /** 0.5 plus half the share of factors that count. */
  readonly confidence: number;
}

/**
 * Words are what stands between white space; the listed ones are looked for as whole words, whatever
 * their case, and each counts once.
 */
export function scoreComplexity(task: string, context: TaskContext, config: ComplexityConfig): Complexity {
  const found = new Set(task.toLowerCase().match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu));
  const countOf = (words: readonly string[]): number => new Set(words.map((word) => word.toLowerCase()).filter((word) => found.has(word))).size;
  const factors: ComplexityFactors = {
    task_length: stepOf(countWords(task), config.words),
    complexity_words: eachOf(countOf(config.complexWords.words), config.complexWords),
    critical_words: eachOf(countOf(config.criticalWords.words), config.criticalWords),
    files: stepOf(context.files_count ?? 0, config.files),
    tests: context.requires_tests === true ? config.tests : 0,
    external_apis: eachOf(new Set(context.external_apis).size, config.externalApis),
    subsystems: stepOf(new Set(context.subsystems).size, config.subsystems),
  };
  const scores = Object.values(factors);
  const sum = scores.reduce((total: number, factor: number) => total + factor, 0);
  return {
    score: Math.round(Math.min(config.cap, sum) * 100) / 100,
    factors,
    confidence: 0.5 + (0.5 * scores.filter((factor) => factor > 0).length) / scores.length,
  };
}

/** Words of a text. */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** Index of the first tier that the score is below of; the last one otherwise. */
export function tierIndexOf(score: number, tiers: readonly TierConfig[]): number {
  const index = tiers.findIndex(({ below }) => below === null || score < below);
  return index === -1 ? tiers.length - 1 : index;
}

function stepOf(count: number, steps: readonly ScoreStep[]): number {
  return steps.find(({ upTo }) => upTo === null || count <= upTo)?.score ?? 0;
}

function eachOf(count: number, { each, max }: ScoreEach): number {
  return Math.min(max, count * each);
}
