/**
 * @module models/providers/vertex/embed: OpenAI's embeddings as predictions of Vertex AI and back. Loaded at the first call that needs it.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 */
import type { ModelProvider, ProviderRequest, ProviderResponse } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import { Scope } from '../../../core/scope.ts';
import type { EmbedAnswer, EmbedRequest } from '../../dialects/conversation.ts';
import { createLosses } from '../../dialects/losses.ts';
import { openAiEmbedCodec } from '../../dialects/openai-embeddings/codec.ts';
import { optionalText } from '../../dialects/reading.ts';
import { assertAll, vectorOf } from '../../dialects/vectors.ts';
import { countIn, objectIn, objectsIn, parseProviderObject, readObject } from '../../wire/json.ts';
import { assertUnique } from '../../wire/members.ts';
import { publishedModel } from './address.ts';

/** As many as OpenAI takes in one request; one of ours can be that many of the vendor's. */
const MAX_TEXTS = 2048;
const MAX_TEXTS_AT_VENDOR = 250;
const MAX_AT_ONCE = 4;

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
  const outcome = await sendAll(
    batches.map((texts) => Buffer.from(JSON.stringify(predictionOf(wanted, texts)))),
    request,
    send,
  );
  if ('status' in outcome) return outcome;
  const answers = batches.map((texts, index) => readPredictions(outcome[index] ?? new Uint8Array(), texts));
  const answer = openAiEmbedCodec.encodeAnswer(joined(answers), { model: request.model, createdAt: 0, request: wanted });
  return { status: 200, headers: { 'content-type': 'application/json' }, body: streamOf(Buffer.from(JSON.stringify(answer))), notCarried };
}

function readWanted(body: Uint8Array): { readonly wanted: Wanted; readonly notCarried: readonly string[] } {
  const { task_type: taskType, title, ...rest } = readObject(assertUnique(body));
  const losses = createLosses();
  const wanted = {
    ...inOwnWords(() => openAiEmbedCodec.decodeRequest(rest, losses.report())),
    taskType: optionalText(taskType, '/task_type'),
    title: optionalText(title, '/title'),
  };
  if (wanted.texts.length > MAX_TEXTS)
    throw new AppError('INVALID_REQUEST', {
      message: `/input has more than ${MAX_TEXTS} texts.`,
      fix: 'Send fewer texts at once.',
      data: { pointer: '/input' },
    });
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

/** The answers in the order of the bodies, or the answer of the first that failed. */
async function sendAll(
  bodies: readonly Uint8Array[],
  request: ProviderRequest,
  send: ModelProvider['send'],
): Promise<readonly Uint8Array[] | ProviderResponse> {
  const scope = new Scope({ parent: request.scope });
  // The time is that of the whole answer, however many requests it takes.
  const until = performance.now() + request.firstByteMs;
  const answers: Uint8Array[] = [];
  const failures: (() => ProviderResponse)[] = [];
  const fail = (failure: () => ProviderResponse): void => {
    failures.push(failure);
    scope.cancel();
  };
  let size = 0;
  const rest = bodies.entries();
  const work = async (): Promise<void> => {
    for (const [index, body] of rest) {
      scope.throwIfCancelled();
      const response = await send({ ...request, body, scope, firstByteMs: Math.max(1, until - performance.now()) });
      const bytes = await readAll(response);
      if (response.status !== 200) return fail(() => ({ ...response, body: streamOf(bytes) }));
      size += bytes.byteLength;
      if (size > request.maxBytes) throw new AppError('RESPONSE_TOO_LARGE', { message: `The answer has more than ${request.maxBytes} bytes.` });
      answers[index] = bytes;
    }
  };
  const failWith = (thrown: unknown): void =>
    fail(() => {
      throw thrown;
    });
  await Promise.all(Array.from({ length: Math.min(MAX_AT_ONCE, bodies.length) }, () => work().catch(failWith)));
  scope.end();
  return failures[0]?.() ?? answers;
}

/** @throws AppError PROVIDER_FAILED unless every text has its vector */
function readPredictions(bytes: Uint8Array, texts: readonly string[]): EmbedAnswer {
  const found = objectsIn(parseProviderObject(Buffer.from(bytes).toString('utf8')), 'predictions').map((prediction) => objectIn(prediction, 'embeddings'));
  const vectors = found.map(({ values }) => vectorOf(values));
  assertAll(vectors, { texts });
  const inputTokens = sumOfAll(found.map((embeddings) => countIn(objectIn(embeddings, 'statistics'), 'token_count')));
  return { vectors, usage: { inputTokens, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null } };
}

function joined(answers: readonly EmbedAnswer[]): EmbedAnswer {
  const inputTokens = sumOfAll(answers.map(({ usage }) => usage.inputTokens));
  return { vectors: answers.flatMap(({ vectors }) => vectors), usage: { inputTokens, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null } };
}

/** Null when one of them is not known. */
function sumOfAll(counts: readonly (number | null)[]): number | null {
  return counts.reduce<number | null>((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

async function readAll({ body }: ProviderResponse): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes);
}
