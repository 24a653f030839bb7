/** @module models/orchestrator/compare: lets the weakest and the strongest tier answer too, for a share of the runs. */
import type { ModelClient } from '../../contracts/model-client.ts';
import type { RunDecision, RunRequest } from '../../contracts/orchestrator.ts';
import { attempt, costOfAttempt, toEntry, type Attempted, type RunFacts, type Step } from './attempt.ts';
import type { RunBudget } from './budget.ts';
import type { OrchestratorPorts } from './ports.ts';

/** What it needs of a run. */
export interface ComparedRun {
  readonly request: RunRequest;
  readonly budget: RunBudget;
  readonly attempts: readonly Attempted[];
  readonly decide: (action: RunDecision['action'], step: Step, reason: string) => void;
}

/**
 * Which runs is left to chance alone: runs chosen for how they went would say nothing about the others.
 * Never under a limit of cost, and never the caller's failure.
 */
export async function compareTiers(models: ModelClient, { request, budget, attempts, decide }: ComparedRun, facts: RunFacts, ports: OrchestratorPorts): Promise<void> {
  const { tiers, run } = ports.config();
  if (request.maxCostUsd !== undefined || run.maxCostUsd !== null || ports.random() >= run.compareShare) return;
  const ends = [0, tiers.length - 1].filter((tierIndex) => !attempts.some(({ step, verdict }) => step.tierIndex === tierIndex && verdict));
  for (const tierIndex of new Set(ends)) {
    const tier = tiers[tierIndex];
    if (!tier) return;
    const step: Step = { tierIndex, tier: tier.name, model: tier.model };
    decide('compare', step, 'Chosen at random for the routing report; its answer is not used');
    try {
      const attempted = await attempt(models, request, step, ports);
      budget.add(costOfAttempt(attempted));
      ports.journal.append([toEntry(attempted, 'comparison', false, facts, ports)]);
    } catch {
      return;
    }
  }
}
