/**
 * @module models/providers/bedrock/embed: OpenAI's embeddings at Amazon Bedrock, whose models each have a wire of
 * their own. Loaded at the first call that needs it.
 */
import type { ModelProvider, ProviderRequest, ProviderResponse } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import { Scope } from '../../../core/scope.ts';
import type { EmbedRequest } from '../../dialects/conversation.ts';
import { parseBody } from '../../dialects/convert.ts';
import { createLosses } from '../../dialects/losses.ts';
import { openAiEmbedCodec } from '../../dialects/openai-embeddings/codec.ts';
import { parseProviderObject } from '../../wire/json.ts';
import { embedVendorOf, type EmbedPart, type EmbedVendor } from './embed-vendors.ts';

/** As many as OpenAI takes in one request: one of ours can be that many of the vendor's. */
const MAX_TEXTS = 2048;
/** Requests of one call that are under way together. */
const AT_ONCE = 4;
/** Bytes of a failure that are kept: enough to know what it is. */
const MAX_FAILURE_BYTES = 65_536;

/**
 * One answer in OpenAI's dialect out of as many requests as the vendor needs. The first that fails ends the
 * others, and is the answer. The limits of the request hold for all of them together.
 *
 * @param send posts a body to the model
 * @throws AppError CONVERSION_REFUSED for tokens instead of texts and for what the model does not know,
 *   INVALID_REQUEST, PROVIDER_FAILED, RESPONSE_TOO_LARGE, and as `send`
 */
export async function sendEmbedding(send: ModelProvider['send'], request: ProviderRequest): Promise<ProviderResponse> {
  const vendor = embedVendorOf(request.model);
  if (!vendor) throw new AppError('OPERATION_UNSUPPORTED', { message: `${request.model} embeds no texts.` });
  const asked = read(vendor, request);
  const outcome = await sendAll(send, request, vendor, asked.bodies);
  if ('failure' in outcome) return outcome.failure;
  const answer = openAiEmbedCodec.encodeAnswer(
    {
      vectors: outcome.parts.flatMap(({ vectors }) => vectors),
      usage: { inputTokens: sumOf(outcome.parts), outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null },
    },
    { model: request.model, createdAt: 0, request: asked.request },
  );
  return responseOf(200, { 'content-type': 'application/json' }, Buffer.from(JSON.stringify(answer)), asked.notCarried);
}

interface Asked {
  readonly request: EmbedRequest;
  readonly bodies: readonly Uint8Array[];
  readonly notCarried: readonly string[];
}

function read(vendor: EmbedVendor, { model, body }: ProviderRequest): Asked {
  const entries = Object.entries(parseBody(body));
  const isOwn = ([name, value]: (typeof entries)[number]): boolean => vendor.own.includes(name) && value !== null;
  const own = Object.fromEntries(entries.filter(isOwn));
  const rest: JsonObject = Object.fromEntries(entries.filter((entry) => !isOwn(entry)));
  const losses = createLosses();
  try {
    const request = openAiEmbedCodec.decodeRequest(rest, losses.report());
    checkNumber(request.texts);
    const bodies = vendor.requestsOf(request, own).map((one) => Buffer.from(JSON.stringify(one)));
    return { request, bodies, notCarried: losses.names() };
  } catch (thrown) {
    throw withModel(thrown, model);
  }
}

/** @throws AppError INVALID_REQUEST */
function checkNumber({ length }: readonly string[]): void {
  if (length <= MAX_TEXTS) return;
  throw new AppError('INVALID_REQUEST', { message: `/input has more than ${MAX_TEXTS} texts.`, fix: 'Send fewer texts at once.', data: { pointer: '/input' } });
}

/** A refusal that names the member and the model. Everything else as it is. */
function withModel(thrown: unknown, model: string): unknown {
  const pointer = AppError.is(thrown) && thrown.code === 'CONVERSION_REFUSED' ? thrown.data?.['pointer'] : undefined;
  if (!AppError.is(thrown) || typeof pointer !== 'string') return thrown;
  return new AppError(thrown.code, { message: `${pointer} cannot be sent to ${model}: ${thrown.message}`, data: { pointer }, cause: thrown });
}

type Outcome = { readonly parts: readonly EmbedPart[] } | { readonly failure: ProviderResponse };

async function sendAll(send: ModelProvider['send'], request: ProviderRequest, vendor: EmbedVendor, bodies: readonly Uint8Array[]): Promise<Outcome> {
  using scope = new Scope({ parent: request.scope });
  const endAt = performance.now() + request.firstByteMs;
  const parts: EmbedPart[] = [];
  let failed: { readonly response: ProviderResponse } | { readonly thrown: unknown } | undefined;
  let next = 0;
  let bytesLeft = request.maxBytes;
  const fail = (failure: NonNullable<typeof failed>): void => {
    failed ??= failure;
    scope.cancel();
  };
  const sendOne = async (index: number, body: Uint8Array): Promise<void> => {
    // The head of the whole answer comes after all of these: they share its time.
    const response = await send({ ...request, body, scope, firstByteMs: Math.max(1, Math.floor(endAt - performance.now())) });
    if (response.status !== 200) return fail({ response: responseOf(response.status, response.headers, await readUpTo(response, MAX_FAILURE_BYTES)) });
    const bytes = await readUpTo(response, bytesLeft);
    bytesLeft -= bytes.byteLength;
    if (bytesLeft < 0) throw new AppError('RESPONSE_TOO_LARGE');
    parts[index] = vendor.read(parseProviderObject(bytes.toString('utf8')), response.headers);
  };
  const work = async (): Promise<void> => {
    for (let index = next++; index < bodies.length && !failed; index = next++) {
      const body = bodies[index];
      if (body) await sendOne(index, body).catch((thrown: unknown) => fail({ thrown }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, bodies.length) }, work));
  if (!failed) return { parts };
  if ('response' in failed) return { failure: failed.response };
  throw failed.thrown;
}

/** Reads one piece beyond the limit at most. */
async function readUpTo({ body }: ProviderResponse, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.byteLength;
    if (size > maxBytes) break;
  }
  return Buffer.concat(pieces);
}

/** Null as soon as one is not known: a part of a sum is none. */
function sumOf(parts: readonly EmbedPart[]): number | null {
  return parts.reduce<number | null>((sum, { inputTokens }) => (sum === null || inputTokens === null ? null : sum + inputTokens), 0);
}

function responseOf(status: number, headers: ProviderResponse['headers'], bytes: Uint8Array, notCarried: readonly string[] = []): ProviderResponse {
  async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
    yield await Promise.resolve(bytes);
  }
  return { status, headers, body: body(), ...(notCarried.length > 0 ? { notCarried } : {}) };
}
