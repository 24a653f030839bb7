/** @module tools/orchestrator/validate: whether an output does what a task asks. */
import type { Checks, Verdict } from '../../contracts/orchestrator.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { JsonObject } from '../../core/json.ts';
import { defineTool } from '../define-tool.ts';
import { codeChecks } from './code-checks.ts';
import { CHECKS, COUNT_OR_NULL, NUMBER_OR_NULL, SHARE, TASK, TEXT, TEXTS, TIMEOUT_SECONDS, type OrchestratorPort } from './fields.ts';

interface ValidateInput {
  readonly task: string;
  readonly output: string;
  readonly checks?: Checks;
}

const OUTPUT: JsonObject = {
  type: 'object',
  properties: {
    pass: { type: 'boolean' },
    issues: { ...TEXTS, maxItems: 3 },
    confidence: SHARE,
    escalate: { type: 'boolean' },
    checks: {
      type: 'array',
      items: {
        type: 'object',
        properties: { check: { enum: ['schema', 'compile', 'tests'] }, status: { enum: ['passed', 'failed', 'not_run'] }, detail: TEXT },
        required: ['check', 'status', 'detail'],
      },
    },
    judge: {
      anyOf: [
        {
          type: 'object',
          properties: { served_by: TEXT, latency_ms: NUMBER_OR_NULL, cost_micro_usd: COUNT_OR_NULL },
          required: ['served_by', 'latency_ms', 'cost_micro_usd'],
        },
        { type: 'null' },
      ],
    },
  },
  required: ['pass', 'issues', 'confidence', 'escalate', 'checks', 'judge'],
};

/** Checks first, then a judge. What cannot be checked does not pass. */
export function createOrchestratorValidate(orchestrator: OrchestratorPort): ToolDefinition {
  return defineTool<ValidateInput, Verdict>({
    name: 'orchestrator_validate',
    title: 'Validate an output',
    description:
      'Judges whether an output does what a task asks: first the checks that are given, then a judging model. Returns pass, at most three issues, confidence, and whether a stronger model should try.',
    input: {
      type: 'object',
      properties: {
        task: TASK,
        output: { type: 'string', maxLength: 4_000_000, description: 'What is to be judged. It is treated as data that is not trusted.' },
        checks: CHECKS,
      },
      required: ['task', 'output'],
      additionalProperties: false,
    },
    output: OUTPUT,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    metadata: { runtime: 'main', category: 'orchestrator', timeoutSeconds: TIMEOUT_SECONDS, ioIntensive: true },
    inProcess: 'Makes child calls, each by the whole road; code that it checks runs in the sandbox.',
    scopes: ['models:use'],
    handler: async (request, context) => await (await orchestrator()).validate(context.models, request, codeChecks(context)),
  });
}
