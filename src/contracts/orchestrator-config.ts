/** @module contracts/orchestrator-config: how tasks are scored, and which models do them, as an operator writes it. */

/** A score for everything up to a number; the last step of a list has no end. */
export interface ScoreStep {
  /** Inclusive; null = everything above the steps before. */
  readonly upTo: number | null;
  readonly score: number;
}

/** A score for each of something, up to a most. */
export interface ScoreEach {
  readonly each: number;
  readonly max: number;
}

/** The seven factors of the complexity score. */
export interface ComplexityConfig {
  /** The sum never passes it. */
  readonly cap: number;
  /** By words of the task. */
  readonly words: readonly ScoreStep[];
  /** By which of these words the task has. */
  readonly complexWords: ScoreEach & { readonly words: readonly string[] };
  readonly criticalWords: ScoreEach & { readonly words: readonly string[] };
  /** By files that the task touches. */
  readonly files: readonly ScoreStep[];
  /** When the task needs tests. */
  readonly tests: number;
  readonly externalApis: ScoreEach;
  /** By parts of the system that it touches. */
  readonly subsystems: readonly ScoreStep[];
}

/** A class of models, from the cheapest to the strongest. */
export interface TierConfig {
  readonly name: string;
  /** Scores below it belong here; null = all that are left. */
  readonly below: number | null;
  /** A name that the models know: an alias, or provider/model. */
  readonly model: string;
}

/** Routing, judging and running. */
export interface RoutingConfig {
  readonly complexity: ComplexityConfig;
  /** At least one, the cheapest first. */
  readonly tiers: readonly TierConfig[];
  readonly judge: {
    readonly model: string;
    readonly maxTokens: number;
    /** A pass with less confidence asks for a stronger model all the same. */
    readonly minConfidence: number;
  };
  readonly run: {
    readonly maxAttempts: number;
    /** For a run with its judging; null = no limit but the budgets of the caller. */
    readonly maxCostUsd: number | null;
    /** Conversations whose tier is remembered. */
    readonly maxConversations: number;
    /** Share of runs, chosen at random, in which the weakest and the strongest tier both answer, so that the report can compare them. Costs money. */
    readonly compareShare: number;
  };
  readonly journal: {
    /** Of one file; there are at most two. 0 = nothing is written. */
    readonly maxBytes: number;
  };
}

/** The scores and tiers as published. What the names of the models lead to stands under `models.aliases`. */
export const DEFAULT_ROUTING: RoutingConfig = {
  complexity: {
    cap: 10,
    words: [
      { upTo: 9, score: 0.5 },
      { upTo: 19, score: 1 },
      { upTo: 39, score: 1.5 },
      { upTo: 59, score: 2 },
      { upTo: null, score: 3 },
    ],
    complexWords: { words: ['refactor', 'architect', 'migrate', 'redesign', 'restructure'], each: 1, max: 2 },
    criticalWords: { words: ['auth', 'authentication', 'payment', 'security', 'encryption', 'authorization', 'privacy', 'billing'], each: 1, max: 2 },
    files: [
      { upTo: 0, score: 0 },
      { upTo: 2, score: 0.5 },
      { upTo: 3, score: 1 },
      { upTo: 5, score: 1.5 },
      { upTo: null, score: 2 },
    ],
    tests: 1.5,
    externalApis: { each: 0.75, max: 1.5 },
    subsystems: [
      { upTo: 1, score: 0 },
      { upTo: 2, score: 1 },
      { upTo: null, score: 2 },
    ],
  },
  tiers: [
    { name: 'flash', below: 3, model: 'gemini-flash' },
    { name: 'haiku', below: 5, model: 'haiku' },
    { name: 'sonnet', below: 8, model: 'sonnet' },
    { name: 'opus', below: null, model: 'opus' },
  ],
  judge: { model: 'sonnet', maxTokens: 1024, minConfidence: 0.5 },
  run: { maxAttempts: 3, maxCostUsd: null, maxConversations: 1000, compareShare: 0 },
  journal: { maxBytes: 4_194_304 },
};
