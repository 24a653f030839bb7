/** @module tools/orchestrator/run: a task, done by the cheapest model that does it well. */
import type { Checks, RunOutcome, TaskContext } from '../../contracts/orchestrator.ts';
import type { ToolContext, ToolDefinition } from '../../contracts/tool.ts';
import type { JsonObject } from '../../core/json.ts';
import { codeChecks } from './code-checks.ts';
import { defineTool } from '../define-tool.ts';
import {
  CHECKS,
  CONTEXT,
  COUNT_OR_NULL,
  MAX_TOKENS,
  NUMBER_OR_NULL,
  SHARE,
  SIMULATED,
  TASK,
  TEXT,
  TEXTS,
  TIMEOUT_SECONDS,
  type OrchestratorPort,
} from './fields.ts';

interface RunInput {
  readonly task: string;
  readonly context?: TaskContext;
  readonly system?: string;
  readonly max_tokens?: number;
  readonly checks?: Checks;
  readonly conversation_id?: string;
  readonly open_turn?: boolean;
  readonly served_by?: string;
  readonly max_cost_usd?: number;
  readonly max_attempts?: number;
}

const INPUT: JsonObject = {
  type: 'object',
  properties: {
    task: TASK,
    context: CONTEXT,
    system: { type: 'string', description: 'Instructions to the model.' },
    max_tokens: MAX_TOKENS,
    checks: CHECKS,
    conversation_id: { type: 'string', minLength: 1, maxLength: 200, description: 'Runs of one conversation never go back to a weaker tier.' },
    open_turn: { type: 'boolean', default: false, description: 'A tool call or a thinking turn is open: then only the provider that began it may answer.' },
    served_by: { type: 'string', minLength: 3, maxLength: 256, description: 'With open_turn: served_by of the answer that opened the turn.' },
    max_cost_usd: { type: 'number', minimum: 0, maximum: 1_000_000, description: 'USD that the run may cost with its judging.' },
    max_attempts: { type: 'integer', minimum: 1, maximum: 10, description: "Attempts; at most the configuration's." },
  },
  required: ['task'],
  additionalProperties: false,
};

const ATTEMPT: JsonObject = {
  type: 'object',
  properties: {
    tier: TEXT,
    model: TEXT,
    served_by: { type: ['string', 'null'] },
    pass: { type: ['boolean', 'null'] },
    issues: TEXTS,
    confidence: NUMBER_OR_NULL,
    cost_micro_usd: COUNT_OR_NULL,
    latency_ms: NUMBER_OR_NULL,
    error: { type: ['string', 'null'] },
  },
  required: ['tier', 'model', 'served_by', 'pass', 'issues', 'confidence', 'cost_micro_usd', 'latency_ms', 'error'],
};

const OUTPUT: JsonObject = {
  type: 'object',
  properties: {
    response: TEXT,
    model: TEXT,
    tier: TEXT,
    served_by: TEXT,
    pass: { type: 'boolean' },
    issues: TEXTS,
    confidence: SHARE,
    complexity_score: { type: 'number' },
    attempts: { type: 'array', items: ATTEMPT },
    decisions: {
      type: 'array',
      items: {
        type: 'object',
        properties: { action: { enum: ['start', 'escalate', 'accept', 'stop', 'compare'] }, tier: TEXT, model: TEXT, reason: TEXT },
        required: ['action', 'tier', 'model', 'reason'],
      },
    },
    total_cost_micro_usd: COUNT_OR_NULL,
    conversation_id: { type: ['string', 'null'] },
    simulated: SIMULATED,
  },
  required: [
    'response',
    'model',
    'tier',
    'served_by',
    'pass',
    'issues',
    'confidence',
    'complexity_score',
    'attempts',
    'decisions',
    'total_cost_micro_usd',
    'conversation_id',
  ],
};

/** Each decision is told as it is made: as progress, and in the client's log. */
export function createOrchestratorRun(orchestrator: OrchestratorPort): ToolDefinition {
  return defineTool<RunInput, RunOutcome>({
    name: 'orchestrator_run',
    title: 'Run a task on the cheapest model that does it well',
    description:
      'Routes a task to a model, validates the output, and asks the next stronger model while it does not pass, within limits of cost and attempts. Returns the answer, its verdict, and each decision with its reason.',
    input: INPUT,
    output: OUTPUT,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    metadata: { runtime: 'main', category: 'orchestrator', timeoutSeconds: TIMEOUT_SECONDS, ioIntensive: true },
    inProcess: 'Makes child calls, each by the whole road; code that it checks runs in the sandbox.',
    scopes: ['models:use'],
    handler: (input, context) => run(input, context, orchestrator),
  });
}

async function run(input: RunInput, toolContext: ToolContext, orchestrator: OrchestratorPort): Promise<RunOutcome> {
  const { models, principal, progress, log } = toolContext;
  const { task, context, system, checks } = input;
  let decisions = 0;
  return await (await orchestrator()).run(
    models,
    {
      task,
      context,
      system,
      checks,
      maxTokens: input.max_tokens,
      conversationId: input.conversation_id,
      owner: principal.id,
      isTurnOpen: input.open_turn,
      servedBy: input.served_by,
      maxCostUsd: input.max_cost_usd,
      maxAttempts: input.max_attempts,
    },
    (decision) => {
      decisions += 1;
      log('info', decision, 'orchestrator');
      progress(decisions, undefined, `${decision.action} ${decision.tier}: ${decision.reason}`).catch(() => undefined);
    },
    codeChecks(toolContext),
  );
}
