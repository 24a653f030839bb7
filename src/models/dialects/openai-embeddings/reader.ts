/** @module models/dialects/openai-embeddings/reader: whether an answer holds its vectors, and what they used. */
import type { ModelUsage } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject } from '../../../core/json.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { countIn, objectIn, objectsIn, parseProviderObject } from '../../wire/json.ts';

/** Vectors are no tokens: the output is 0. @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE unless every entry has its vector, as numbers or base64 */
export function readOpenAiEmbeddings(bytes: Uint8Array): ModelUsage {
  const answer = parseProviderObject(Buffer.from(bytes).toString('utf8'));
  if (isObject(answer['error'])) throw classifyFailure({ error: answer['error'] });
  const data = objectsIn(answer, 'data');
  if (data.length === 0 || data.some(({ embedding }) => typeof embedding !== 'string' && !Array.isArray(embedding))) throw new AppError('PROVIDER_INCOMPLETE');
  return { inputTokens: countIn(objectIn(answer, 'usage'), 'prompt_tokens'), outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null };
}
