/** @module tools/llm/fields: schemas that the tools for models share, and the way from their input to a request. */
import type { Completion, CompletionUsage, ModelMessage } from '../../contracts/model-client.ts';
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

/** What is said, in one of two ways. */
export interface Conversation {
  readonly prompt?: string;
  readonly messages?: readonly ModelMessage[];
  readonly system?: string;
  readonly model?: string;
}

const COUNT: JsonObject = { type: ['integer', 'null'] };

/** Properties of a conversation. */
export const CONVERSATION: JsonObject = {
  prompt: { type: 'string', minLength: 1, description: 'What the user says. Either this or messages.' },
  messages: {
    type: 'array',
    minItems: 1,
    maxItems: 1000,
    items: {
      type: 'object',
      properties: { role: { enum: ['system', 'user', 'assistant'] }, content: { type: 'string' } },
      required: ['role', 'content'],
      additionalProperties: false,
    },
    description: 'A conversation. Either this or prompt.',
  },
  system: { type: 'string', description: 'Instructions to the model.' },
  model: { type: 'string', minLength: 1, maxLength: 256, description: 'A name that llm_models lists, or provider/model. Default: the configured chain.' },
};

/** Null = the provider did not say. */
export const USAGE: JsonObject = {
  type: 'object',
  properties: { prompt_tokens: COUNT, completion_tokens: COUNT, total_tokens: COUNT },
  required: ['prompt_tokens', 'completion_tokens', 'total_tokens'],
};

/** @throws AppError INPUT_INVALID unless there is exactly one of prompt and messages */
export function messagesOf({ prompt, messages }: Conversation): readonly ModelMessage[] {
  if ((prompt === undefined) === (messages === undefined)) throw new AppError('INPUT_INVALID', { message: 'Send either prompt or messages.' });
  return messages ?? [{ role: 'user', content: prompt ?? '' }];
}

/** In the names of the tools. */
export function usageFields({ promptTokens, completionTokens, totalTokens }: CompletionUsage): JsonObject {
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens };
}

/** What every answer of a model tells of its origin. `simulated` stands only where it is true. */
export function originFields({
  model,
  provider,
  usage,
  costMicroUsd,
  ...rest
}: Pick<Completion, 'model' | 'provider' | 'usage' | 'costMicroUsd'> & { readonly isSimulated?: boolean }): JsonObject {
  return { model, provider, usage: usageFields(usage), cost_micro_usd: costMicroUsd, ...(rest.isSimulated === true ? { simulated: true } : {}) };
}
