import type { RoutingEntry } from '../../src/contracts/routing-journal.ts';

/** A first attempt of a run that passed; with the changes. */
export const routingEntry = (change: Partial<RoutingEntry>): RoutingEntry => ({
  v: 1,
  at: 1000,
  run: 'r',
  kind: 'attempt',
  words: 5,
  score: 0.5,
  factors: { task_length: 0.5, complexity_words: 0, critical_words: 0, files: 0, tests: 0, external_apis: 0, subsystems: 0 },
  tier: 0,
  tierCount: 4,
  model: 'gemini-flash',
  servedBy: 'gemini/x',
  costMicroUsd: 10,
  judgeMicroUsd: 5,
  strongMicroUsd: 100,
  latencyMs: 7,
  pass: true,
  confidence: 0.9,
  isFinal: true,
  isCompared: false,
  error: null,
  isSimulated: false,
  ...change,
});
