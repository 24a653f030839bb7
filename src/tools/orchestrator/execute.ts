/** @module tools/orchestrator/execute: a prompt for the model that is named. */
import type { Execution } from '../../contracts/orchestrator.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import { defineTool } from '../define-tool.ts';
import { COUNT_OR_NULL, MAX_TOKENS, NUMBER_OR_NULL, SIMULATED, TEXT, TIMEOUT_SECONDS, type OrchestratorPort } from './fields.ts';

interface ExecuteInput {
  readonly model: string;
  readonly prompt: string;
  readonly system?: string;
  readonly max_tokens?: number;
  readonly temperature?: number;
}

/** The model that was named is the model that ran: `served_by` tells the target. */
export function createOrchestratorExecute(orchestrator: OrchestratorPort): ToolDefinition {
  return defineTool<ExecuteInput, Execution>({
    name: 'orchestrator_execute',
    title: 'Execute a prompt on a model',
    description:
      'Sends a prompt to one model (gemini-flash, gemini-pro, haiku, sonnet, opus, or any configured model or alias) and returns its answer with tokens, latency and cost.',
    input: {
      type: 'object',
      properties: {
        model: {
          type: 'string',
          minLength: 1,
          maxLength: 256,
          description: 'gemini-flash, gemini-pro, haiku, sonnet, opus, an alias, a listed model, or provider/model.',
        },
        prompt: { type: 'string', minLength: 1, description: 'What the model is asked.' },
        system: { type: 'string', description: 'Instructions to the model.' },
        max_tokens: MAX_TOKENS,
        temperature: { type: 'number', minimum: 0, maximum: 2, description: 'How freely it chooses; lower is more predictable.' },
      },
      required: ['model', 'prompt'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        response: TEXT,
        model: TEXT,
        served_by: TEXT,
        tokens: { type: 'object', properties: { input: COUNT_OR_NULL, output: COUNT_OR_NULL }, required: ['input', 'output'] },
        latency_ms: NUMBER_OR_NULL,
        cost_micro_usd: COUNT_OR_NULL,
        finish_reason: TEXT,
        simulated: SIMULATED,
      },
      required: ['response', 'model', 'served_by', 'tokens', 'latency_ms', 'cost_micro_usd', 'finish_reason'],
    },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    metadata: { runtime: 'main', category: 'orchestrator', timeoutSeconds: TIMEOUT_SECONDS, ioIntensive: true },
    inProcess: 'Makes child calls, each by the whole road; code that it checks runs in the sandbox.',
    scopes: ['models:use'],
    handler: async ({ max_tokens: maxTokens, ...request }, { models }) => await (await orchestrator()).execute(models, { ...request, maxTokens }),
  });
}
