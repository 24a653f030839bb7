/** @module models/client/count: tokens of an input for tools and programs. */
import type { ModelClient, TokenCount } from '../../contracts/model-client.ts';
import { AppError } from '../../core/errors.ts';
import { countIn, readObject } from '../wire/json.ts';
import type { AskModel } from './embed.ts';
import { DEFAULT_MODEL, toChatRequest } from './typed-request.ts';

/** @throws AppError INVALID_PARAMS, and as the call ends */
export async function callCount({ model = DEFAULT_MODEL, messages, system }: Parameters<ModelClient['countTokens']>[0], ask: AskModel): Promise<TokenCount> {
  const chat = toChatRequest({ messages, system }, false);
  const texts = chat.turns.map(({ role, parts }) => ({ role, content: parts.filter((part) => part.type === 'text') }));
  const body = Buffer.from(JSON.stringify({ model, messages: texts, ...(chat.system.length > 0 ? { system: chat.system.join('\n\n') } : {}) }));
  const { body: answer, servedBy, isEstimated = false } = await ask(model, { operation: 'count', dialect: 'anthropic-messages' }, body);
  const inputTokens = answer && countIn(readObject(answer.bytes), 'input_tokens');
  if (inputTokens === null) throw new AppError('PROVIDER_FAILED', { message: 'The provider counted no tokens.' });
  return { inputTokens, model: servedBy.slice(servedBy.indexOf('/') + 1), isEstimated };
}
