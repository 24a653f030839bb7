/**
 * @module models/providers/vertex/embed: OpenAI's embeddings as predictions of Vertex AI and back. Loaded at the first call that needs it.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 */
import type { ModelProvider, ProviderRequest, ProviderResponse } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { EmbedAnswer, EmbedRequest } from '../../dialects/conversation.ts';
import { createLosses } from '../../dialects/losses.ts';
import { openAiEmbedCodec } from '../../dialects/openai-embeddings/codec.ts';
import { optionalText } from '../../dialects/reading.ts';
import { assertAll, vectorOf } from '../../dialects/vectors.ts';
import { countIn, objectIn, objectsIn, parseProviderObject, readObject } from '../../wire/json.ts';
import { assertUnique } from '../../wire/members.ts';
import { assertTextCount, fanOut, jsonResponse, sumOfAll } from '../embed-fan-out.ts';
import { publishedModel } from './address.ts';

const MAX_TEXTS_AT_VENDOR = 250;

/** What a client wants; the last two are words of the vendor that a client may add to OpenAI's. */
interface Wanted extends EmbedRequest {
  readonly taskType: string | null;
  readonly title: string | null;
}

/**
 * All texts or none: the first request that fails ends the others, and its answer or error is the outcome.
 *
 * @param request of dialect `openai-embeddings`
 * @param send one request to the vendor, with the vendor's own body
 * @throws AppError CONVERSION_REFUSED, INVALID_REQUEST, RESPONSE_TOO_LARGE, and what `send` throws
 */
export async function embed(request: ProviderRequest, send: ModelProvider['send']): Promise<ProviderResponse> {
  const { wanted, notCarried } = readWanted(request.body);
  const batches = batchesOf(wanted.texts, publishedModel(request.model).name);
  const bodies = batches.map((texts) => Buffer.from(JSON.stringify(predictionOf(wanted, texts))));
  const outcome = await fanOut(bodies, request, send, (bytes, _headers, index) => readPredictions(bytes, batches[index] ?? []));
  if ('failure' in outcome) return outcome.failure;
  return jsonResponse(openAiEmbedCodec.encodeAnswer(joined(outcome.parts), { model: request.model, createdAt: 0, request: wanted }), notCarried);
}

function readWanted(body: Uint8Array): { readonly wanted: Wanted; readonly notCarried: readonly string[] } {
  const { task_type: taskType, title, ...rest } = readObject(assertUnique(body));
  const losses = createLosses();
  const wanted = {
    ...inOwnWords(() => openAiEmbedCodec.decodeRequest(rest, losses.report())),
    taskType: optionalText(taskType, '/task_type'),
    title: optionalText(title, '/title'),
  };
  assertTextCount(wanted.texts);
  return { wanted, notCarried: losses.names() };
}

/** Nothing converts here that would add the names of two dialects to a refusal. */
function inOwnWords<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!AppError.is(thrown) || thrown.code !== 'CONVERSION_REFUSED') throw thrown;
    const { message, data } = thrown;
    throw new AppError('CONVERSION_REFUSED', {
      message: `${String(data?.['pointer'])} cannot be carried to Vertex AI: ${message}`,
      fix: 'Send texts, or use a provider that takes tokens.',
      data: { ...data },
      cause: thrown,
    });
  }
}

/** The models of Gemini take one text at a time. */
function batchesOf(texts: readonly string[], name: string): readonly (readonly string[])[] {
  const size = name.startsWith('gemini-') ? 1 : MAX_TEXTS_AT_VENDOR;
  return Array.from({ length: Math.ceil(texts.length / size) }, (_, index) => texts.slice(index * size, (index + 1) * size));
}

/** A text that is too long is refused: the vendor would cut it in silence. */
function predictionOf({ taskType, title, dimensions }: Wanted, texts: readonly string[]): JsonObject {
  const about = { ...(taskType === null ? {} : { task_type: taskType }), ...(title === null ? {} : { title }) };
  return {
    instances: texts.map((content) => ({ content, ...about })),
    parameters: { ...(dimensions === null ? {} : { outputDimensionality: dimensions }), autoTruncate: false },
  };
}

/** @throws AppError PROVIDER_FAILED unless every text has its vector */
function readPredictions(bytes: Buffer, texts: readonly string[]): EmbedAnswer {
  const found = objectsIn(parseProviderObject(bytes.toString('utf8')), 'predictions').map((prediction) => objectIn(prediction, 'embeddings'));
  const vectors = found.map(({ values }) => vectorOf(values));
  assertAll(vectors, { texts });
  const inputTokens = sumOfAll(found.map((embeddings) => countIn(objectIn(embeddings, 'statistics'), 'token_count')));
  return { vectors, usage: { inputTokens, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null } };
}

function joined(answers: readonly EmbedAnswer[]): EmbedAnswer {
  const inputTokens = sumOfAll(answers.map(({ usage }) => usage.inputTokens));
  return { vectors: answers.flatMap(({ vectors }) => vectors), usage: { inputTokens, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null } };
}
