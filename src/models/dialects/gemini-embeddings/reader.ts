/** @module models/dialects/gemini-embeddings/reader: whether an answer holds its vectors, and what they used. */
import type { ModelUsage } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { countIn, objectIn, objectsIn, parseProviderObject } from '../../wire/json.ts';
import { geminiFailure } from '../gemini/reader.ts';

/**
 * Reads the answer of `embedContent` and of `batchEmbedContents`. Vectors are no tokens: the output is 0.
 *
 * @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE unless every entry has its vector
 */
export function readGeminiEmbeddings(bytes: Uint8Array): ModelUsage {
  const answer = parseProviderObject(Buffer.from(bytes).toString('utf8'));
  if (isObject(answer['error'])) throw geminiFailure(answer['error']);
  const vectors = geminiVectors(answer);
  if (vectors.length === 0 || vectors.some(({ values }) => !Array.isArray(values))) throw new AppError('PROVIDER_INCOMPLETE');
  return { inputTokens: countIn(objectIn(answer, 'usageMetadata'), 'promptTokenCount'), outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null };
}

/** The vectors of either answer, in the order of the request. */
export function geminiVectors(answer: JsonObject): readonly JsonObject[] {
  return isObject(answer['embedding']) ? [answer['embedding']] : objectsIn(answer, 'embeddings');
}
