/** @module tools/llm/llm-complete: an answer of a model. */
import type { Completion } from '../../contracts/model-client.ts';
import type { ToolContext, ToolDefinition } from '../../contracts/tool.ts';
import { defineTool } from '../define-tool.ts';
import { CONVERSATION, messagesOf, originFields, USAGE, type Conversation } from './fields.ts';

/** Time between two notices of progress. */
const PROGRESS_MS = 250;

interface CompleteInput extends Conversation {
  readonly max_tokens: number;
  readonly temperature?: number;
  readonly top_p?: number;
}

/** Streams from the provider, tells progress in characters, and answers whole. Cancelling the call cancels the provider's. */
export function createLlmComplete(): ToolDefinition {
  return defineTool<CompleteInput, { readonly content: string }>({
    name: 'llm_complete',
    title: 'Complete with a model',
    description: 'Asks a model and returns its whole answer, with the model and provider that gave it, tokens and cost.',
    input: {
      type: 'object',
      properties: {
        ...CONVERSATION,
        max_tokens: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 4096, description: 'Most tokens of the answer.' },
        temperature: { type: 'number', minimum: 0, maximum: 2, description: 'How freely it chooses; lower is more predictable.' },
        top_p: { type: 'number', minimum: 0, maximum: 1, description: 'Share of the likeliest tokens it chooses from.' },
      },
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        content: { type: 'string' },
        model: { type: 'string' },
        provider: { type: 'string' },
        usage: USAGE,
        cost_micro_usd: { type: ['integer', 'null'] },
        finish_reason: { enum: ['stop', 'length', 'tool_calls', 'content_filter', 'other'] },
        simulated: { const: true },
      },
      required: ['content', 'model', 'provider', 'usage', 'cost_micro_usd', 'finish_reason'],
    },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    metadata: { runtime: 'main', category: 'models', timeoutSeconds: 300, ioIntensive: true },
    inProcess: 'Sends a text to a model by the guarded dialer; needs keys that no sandbox may hold.',
    scopes: ['models:use'],
    text: ({ content }) => content,
    handler: async (input, context) => {
      const completion = await readAll(input, context);
      return { content: completion.content, ...originFields(completion), finish_reason: completion.finishReason };
    },
  });
}

async function readAll(input: CompleteInput, context: ToolContext): Promise<Completion> {
  const stream = context.models.stream({
    messages: messagesOf(input),
    system: input.system,
    model: input.model,
    maxTokens: input.max_tokens,
    temperature: input.temperature,
    topP: input.top_p,
  });
  let characters = 0;
  let toldAt = 0;
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return next.value;
    characters += next.value.length;
    const now = performance.now();
    if (now - toldAt < PROGRESS_MS) continue;
    toldAt = now;
    await context.progress(characters, undefined, `${characters} characters`);
  }
}
