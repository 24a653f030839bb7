/** @module models/providers/openai-wire: what every provider that speaks OpenAI's formats has in common. */
import type { ProviderRequest } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import { askForUsage } from '../wire/ask-usage.ts';
import { editMembers, replaceMember } from '../wire/members.ts';

/** Path of an operation below the base of the API. */
export type OpenAiPath = '/chat/completions' | '/responses' | '/embeddings' | '/responses/input_tokens';

/** Members that `/responses` takes and its count of input tokens does not: they do not change the input. */
const NOT_COUNTED: Readonly<Record<string, undefined>> = {
  background: undefined,
  include: undefined,
  max_output_tokens: undefined,
  max_tool_calls: undefined,
  metadata: undefined,
  prompt_cache_key: undefined,
  prompt_cache_retention: undefined,
  safety_identifier: undefined,
  service_tier: undefined,
  store: undefined,
  stream: undefined,
  stream_options: undefined,
  temperature: undefined,
  top_logprobs: undefined,
  top_p: undefined,
  user: undefined,
};

/** @throws AppError OPERATION_UNSUPPORTED for what none of these formats carries */
export function pathOf({ operation, dialect }: Pick<ProviderRequest, 'operation' | 'dialect'>): OpenAiPath {
  if (operation === 'generate' && dialect === 'openai-chat') return '/chat/completions';
  if (operation === 'generate' && dialect === 'openai-responses') return '/responses';
  if (operation === 'embed' && dialect === 'openai-embeddings') return '/embeddings';
  if (operation === 'count' && dialect === 'openai-responses') return '/responses/input_tokens';
  throw new AppError('OPERATION_UNSUPPORTED');
}

/**
 * The body with the provider's name of the model, the usage asked for where it is wanted, and without
 * what a count does not take; every other byte stays.
 *
 * @throws AppError INVALID_REQUEST when it names no model, or any top-level name stands there twice
 */
export function bodyOf({ operation, dialect, model, isStream, wantsUsage, body }: ProviderRequest): Uint8Array {
  const named = replaceMember(body, 'model', model);
  if (operation === 'count') return editMembers(named, NOT_COUNTED);
  return isStream && wantsUsage && dialect === 'openai-chat' ? editMembers(named, askForUsage(body)) : named;
}
