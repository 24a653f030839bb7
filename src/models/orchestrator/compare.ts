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
 * Whether chance chooses the run. It is asked before the run: runs chosen for how they went would say
 * nothing about the others. Never under a limit of cost, never inside an open turn.
 */
export function isChosenToCompare({ maxCostUsd, isTurnOpen }: RunRequest, { config, random }: OrchestratorPorts): boolean {
  const { run } = config();
  return maxCostUsd === undefined && run.maxCostUsd === null && isTurnOpen !== true && random() < run.compareShare;
}

/** Asks the ends of the ladder that the run did not reach. Its failures are not the caller's. */
export async function compareTiers(
  models: ModelClient,
  { request, budget, attempts, decide }: ComparedRun,
  facts: RunFacts,
  ports: OrchestratorPorts,
): Promise<void> {
  const { tiers } = ports.config();
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
