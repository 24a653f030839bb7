/** @module tools/llm/llm-count-tokens: how long an input is for a model. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import { defineTool } from '../define-tool.ts';
import { CONVERSATION, messagesOf, type Conversation } from './fields.ts';

/** Counted by the provider where it has a way to; else an estimate that says so. */
export function createLlmCountTokens(): ToolDefinition {
  return defineTool<Conversation>({
    name: 'llm_count_tokens',
    title: 'Count tokens',
    description: 'How many input tokens a prompt or conversation has for a model. `estimated` tells whether the provider counted or the gateway estimated.',
    input: { type: 'object', properties: CONVERSATION, additionalProperties: false },
    output: {
      type: 'object',
      properties: { input_tokens: { type: 'integer' }, model: { type: 'string' }, estimated: { type: 'boolean' } },
      required: ['input_tokens', 'model', 'estimated'],
    },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    metadata: { runtime: 'main', category: 'models', timeoutSeconds: 60, ioIntensive: true },
    inProcess: 'Counts, or asks a provider by the guarded dialer; needs keys that no sandbox may hold.',
    scopes: ['models:use'],
    handler: async (input, { models }) => {
      const { inputTokens, model, isEstimated } = await models.countTokens({ messages: messagesOf(input), system: input.system, model: input.model });
      return { input_tokens: inputTokens, model, estimated: isEstimated };
    },
  });
}
