/** @module models/orchestrator/run: the cascade: the tier that fits the task, then the next one, until an output passes. */
import type { ModelClient } from '../../contracts/model-client.ts';
import type { OnDecision, RunDecision, RunOutcome, RunRequest } from '../../contracts/orchestrator.ts';
import { AppError } from '../../core/errors.ts';
import { scoreComplexity, tierIndexOf, type Complexity } from '../complexity.ts';
import { attempt, costOfAttempt, toEntry, toRunAttempt, type Attempted, type RunFacts, type Step } from './attempt.ts';
import { createRunBudget, type RunBudget } from './budget.ts';
import { compareTiers, isChosenToCompare } from './compare.ts';
import type { ConversationState, Conversations } from './conversations.ts';
import { openTurnSteps } from './open-turn.ts';
import type { OrchestratorPorts } from './ports.ts';

/** What one run knows. */
interface Run {
  readonly request: RunRequest;
  readonly complexity: Complexity;
  /** Tiers it may use, from the one it begins with to the strongest. */
  readonly steps: readonly Step[];
  readonly budget: RunBudget;
  readonly maxAttempts: number;
  readonly attempts: Attempted[];
  readonly decisions: RunDecision[];
  readonly decide: (action: RunDecision['action'], step: Step, reason: string) => void;
}

/** Codes of attempts at which no model was asked. */
const NOT_ASKED: ReadonlySet<string> = new Set(['PROVIDER_NOT_CONFIGURED', 'MODEL_UNKNOWN']);

/**
 * Begins at the tier of the score, or at the one the conversation has reached, and rises while the
 * output does not pass, within the limits of the run.
 *
 * @throws AppError as the last attempt ended when none answered; TOOL_FAILED when none fits the cost; what is no failure of a model
 */
export async function runCascade(
  models: ModelClient,
  request: RunRequest,
  conversations: Conversations,
  ports: OrchestratorPorts,
  onDecision?: OnDecision,
): Promise<RunOutcome> {
  const config = ports.config();
  const complexity = scoreComplexity(request.task, request.context ?? {}, config.complexity);
  const decisions: RunDecision[] = [];
  const known = conversations.get(request.owner, request.conversationId);
  const run: Run = {
    request,
    complexity,
    steps: request.isTurnOpen === true ? await openTurnSteps(models, request.servedBy ?? known?.servedBy, config.tiers) : freeSteps(complexity, known, ports),
    budget: createRunBudget(request.maxCostUsd ?? config.run.maxCostUsd),
    maxAttempts: Math.min(request.maxAttempts ?? config.run.maxAttempts, config.run.maxAttempts),
    attempts: [],
    decisions,
    decide: (action, { tier, model }, reason) => {
      const decision = { action, tier, model, reason };
      decisions.push(decision);
      onDecision?.(decision);
    },
  };
  const facts: RunFacts = { run: ports.newId(), at: ports.now(), task: request.task, complexity, isCompared: isChosenToCompare(request, ports) };
  let final: Attempted | undefined;
  try {
    await climb(run, known, models, ports);
  } finally {
    final = run.attempts.findLast(({ execution }) => execution !== undefined);
    ports.journal.append(run.attempts.map((attempted) => toEntry(attempted, 'attempt', attempted === final, facts, ports)));
  }
  const outcome = conclude(run, final);
  conversations.note(request.owner, request.conversationId, { tierIndex: final?.step.tierIndex ?? 0, servedBy: outcome.served_by });
  if (facts.isCompared) await compareTiers(models, run, facts, ports);
  return { ...outcome, total_cost_micro_usd: run.budget.spentMicroUsd };
}

function freeSteps({ score }: Complexity, known: ConversationState | undefined, { config }: OrchestratorPorts): readonly Step[] {
  const { tiers } = config();
  const start = Math.min(Math.max(tierIndexOf(score, tiers), known?.tierIndex ?? 0), tiers.length - 1);
  return tiers.map(({ name, model }, tierIndex) => ({ tierIndex, tier: name, model })).slice(start);
}

async function climb(run: Run, known: ConversationState | undefined, models: ModelClient, ports: OrchestratorPorts): Promise<void> {
  const { steps, decide, attempts, budget } = run;
  let why = startReason(run, known);
  for (const [index, step] of steps.entries()) {
    const refusal = budgetRefusal(run, step, ports);
    if (refusal !== undefined) {
      decide('stop', step, `${why}; but ${refusal}`);
      return;
    }
    decide(index === 0 ? 'start' : 'escalate', step, why);
    const attempted = await attempt(models, run.request, step, ports);
    attempts.push(attempted);
    budget.add(costOfAttempt(attempted));
    const end = endOf(attempted);
    if (end) {
      decide(end.action, step, end.reason);
      return;
    }
    why = reasonToEscalate(attempted);
    const next = steps[index + 1];
    if (!next || attempts.filter(({ error }) => !NOT_ASKED.has(error?.code ?? '')).length >= run.maxAttempts) {
      decide(
        'stop',
        step,
        next
          ? `${why}; but ${run.maxAttempts} attempts are made, and no more are allowed`
          : `${why}; but there is no stronger tier${run.request.isTurnOpen === true ? ' of the provider that began the open turn' : ''}`,
      );
      return;
    }
  }
}

function startReason({ complexity, steps, request }: Run, known: ConversationState | undefined): string {
  const [first] = steps;
  if (request.isTurnOpen === true) return `A turn is open, and ${first?.model ?? ''} began it`;
  const isSticky = known !== undefined && first?.tierIndex === known.tierIndex;
  return `The score is ${complexity.score}${isSticky ? `; the conversation has reached the tier ${first.tier}` : ''}`;
}

function budgetRefusal({ budget, request }: Run, { model }: Step, { config, priceOf }: OrchestratorPorts): string | undefined {
  const { judge, defaultMaxTokens } = config();
  const size = { prompt: `${request.system ?? ''}\n${request.task}`, maxTokens: request.maxTokens ?? defaultMaxTokens, judgeMaxTokens: judge.maxTokens };
  return budget.refusal(model, priceOf(model), priceOf(judge.model), size);
}

/** Undefined = a stronger tier should try. */
function endOf({ verdict }: Attempted): { readonly action: 'accept' | 'stop'; readonly reason: string } | undefined {
  if (!verdict || verdict.escalate) return undefined;
  if (verdict.pass) return { action: 'accept', reason: `It passes with confidence ${verdict.confidence}` };
  return { action: 'stop', reason: `It does not pass, and a stronger model would change nothing: ${verdict.issues.join('; ')}` };
}

function reasonToEscalate({ error, verdict }: Attempted): string {
  if (error) return `${error.code}: ${error.message}`;
  if (verdict?.pass === true) return `It passes with confidence ${verdict.confidence} only`;
  return `It does not pass: ${verdict?.issues.join('; ') ?? ''}`;
}

/** @throws AppError when there is no answer */
function conclude({ attempts, decisions, complexity, request }: Run, final: Attempted | undefined): RunOutcome {
  if (!final?.execution || !final.verdict) {
    const error = attempts.findLast((attempted) => attempted.error && !NOT_ASKED.has(attempted.error.code))?.error ?? attempts.at(-1)?.error;
    throw (
      error ??
      new AppError('TOOL_FAILED', {
        message: `No model was asked: ${decisions.at(-1)?.reason ?? ''}.`,
        fix: 'Raise max_cost_usd, lower max_tokens, or set the prices under models.prices.',
      })
    );
  }
  const { execution, verdict, step } = final;
  return {
    response: execution.response,
    model: execution.model,
    tier: step.tier,
    served_by: execution.served_by,
    pass: verdict.pass,
    issues: verdict.issues,
    confidence: verdict.confidence,
    complexity_score: complexity.score,
    attempts: attempts.map(toRunAttempt),
    decisions,
    total_cost_micro_usd: null,
    conversation_id: request.conversationId ?? null,
    ...(execution.simulated ? { simulated: true } : {}),
  };
}
