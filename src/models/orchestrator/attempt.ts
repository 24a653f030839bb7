/** @module models/orchestrator/attempt: one model does the task, and its output is judged. */
import { costOf } from '../../contracts/model-registry.ts';
import type { ModelClient } from '../../contracts/model-client.ts';
import type { Execution, RunAttempt, RunRequest, Verdict } from '../../contracts/orchestrator.ts';
import type { RoutingEntry } from '../../contracts/routing-journal.ts';
import { AppError } from '../../core/errors.ts';
import { countWords, type Complexity } from '../complexity.ts';
import { execute } from './execute.ts';
import type { OrchestratorPorts } from './ports.ts';
import { isFailureOfModel, validate } from './validate.ts';

/** Who shall do it: a tier, and the name to call it by. */
export interface Step {
  readonly tierIndex: number;
  readonly tier: string;
  /** The tier's model; inside an open turn `provider/model`. */
  readonly model: string;
}

/** How it went. */
export interface Attempted {
  readonly step: Step;
  readonly execution?: Execution;
  readonly verdict?: Verdict;
  readonly error?: AppError;
}

/** @throws AppError that is no failure of the model: a refusal, a limit, a cancellation */
export async function attempt(models: ModelClient, request: RunRequest, step: Step, ports: OrchestratorPorts): Promise<Attempted> {
  let execution: Execution;
  try {
    execution = await execute(models, { model: step.model, prompt: request.task, system: request.system, maxTokens: request.maxTokens }, ports);
  } catch (thrown) {
    if (!AppError.is(thrown) || !isFailureOfModel(thrown)) throw thrown;
    return { step, error: thrown };
  }
  return { step, execution, verdict: await validate(models, { task: request.task, output: execution.response, checks: request.checks }, ports) };
}

/** Micro-USD of the answer and its judging; null = a part is not known. What was not asked for costs nothing. */
export function costOfAttempt({ execution, verdict }: Attempted): number | null {
  if (!execution) return 0;
  const judged = verdict?.judge === null || verdict === undefined ? 0 : verdict.judge.cost_micro_usd;
  return execution.cost_micro_usd === null || judged === null ? null : execution.cost_micro_usd + judged;
}

/** As the caller sees it. */
export function toRunAttempt(attempted: Attempted): RunAttempt {
  const { step, execution, verdict, error } = attempted;
  return {
    tier: step.tier,
    model: step.model,
    served_by: execution?.served_by ?? null,
    pass: verdict?.pass ?? null,
    issues: verdict?.issues ?? [],
    confidence: verdict?.confidence ?? null,
    cost_micro_usd: error ? null : costOfAttempt(attempted),
    latency_ms: execution?.latency_ms ?? null,
    error: error?.code ?? null,
  };
}

/** What the attempts of a run have in common in the journal. */
export interface RunFacts {
  readonly run: string;
  readonly at: number;
  readonly task: string;
  readonly complexity: Complexity;
  readonly isCompared: boolean;
}

/** As the journal keeps it: numbers and names, no text. */
export function toEntry(
  attempted: Attempted,
  kind: RoutingEntry['kind'],
  isFinal: boolean,
  facts: RunFacts,
  { config, priceOf }: OrchestratorPorts,
): RoutingEntry {
  const { step, execution, verdict, error } = attempted;
  const { tiers } = config();
  const strongest = tiers.at(-1);
  const tokens = execution?.tokens;
  const strong =
    strongest && tokens
      ? costOf(priceOf(strongest.model), { inputTokens: tokens.input, outputTokens: tokens.output, cacheReadTokens: null, cacheWriteTokens: null })
      : null;
  return {
    v: 1,
    at: facts.at,
    run: facts.run,
    kind,
    words: countWords(facts.task),
    score: facts.complexity.score,
    factors: facts.complexity.factors,
    tier: step.tierIndex,
    tierCount: tiers.length,
    model: step.model,
    servedBy: execution?.served_by ?? null,
    costMicroUsd: execution?.cost_micro_usd ?? null,
    judgeMicroUsd: verdict ? (verdict.judge === null ? 0 : verdict.judge.cost_micro_usd) : null,
    strongMicroUsd: strong,
    latencyMs: execution?.latency_ms ?? null,
    pass: verdict?.pass ?? null,
    confidence: verdict?.confidence ?? null,
    isFinal,
    isCompared: facts.isCompared,
    error: error?.code ?? null,
    isSimulated: execution?.simulated === true,
  };
}
