/**
 * @module models/providers/bedrock/embed: OpenAI's embeddings at Amazon Bedrock, whose models each have a wire of
 * their own. Loaded at the first call that needs it.
 */
import type { ModelProvider, ProviderRequest, ProviderResponse } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { EmbedRequest } from '../../dialects/conversation.ts';
import { parseBody } from '../../dialects/convert.ts';
import { createLosses } from '../../dialects/losses.ts';
import { openAiEmbedCodec } from '../../dialects/openai-embeddings/codec.ts';
import { parseProviderObject } from '../../wire/json.ts';
import { assertTextCount, fanOut, jsonResponse, sumOfAll } from '../embed-fan-out.ts';
import { embedVendorOf, type EmbedVendor } from './embed-vendors.ts';

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
  const outcome = await fanOut(asked.bodies, request, send, (bytes, headers) => vendor.read(parseProviderObject(bytes.toString('utf8')), headers));
  if ('failure' in outcome) return outcome.failure;
  const answer = openAiEmbedCodec.encodeAnswer(
    {
      vectors: outcome.parts.flatMap(({ vectors }) => vectors),
      usage: { inputTokens: sumOfAll(outcome.parts.map(({ inputTokens }) => inputTokens)), outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null },
    },
    { model: request.model, createdAt: 0, request: asked.request },
  );
  return jsonResponse(answer, asked.notCarried);
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
    assertTextCount(request.texts);
    const bodies = vendor.requestsOf(request, own).map((one) => Buffer.from(JSON.stringify(one)));
    return { request, bodies, notCarried: losses.names() };
  } catch (thrown) {
    throw withModel(thrown, model);
  }
}

/** A refusal that names the member and the model. Everything else as it is. */
function withModel(thrown: unknown, model: string): unknown {
  const pointer = AppError.is(thrown) && thrown.code === 'CONVERSION_REFUSED' ? thrown.data?.['pointer'] : undefined;
  if (!AppError.is(thrown) || typeof pointer !== 'string') return thrown;
  return new AppError(thrown.code, { message: `${pointer} cannot be sent to ${model}: ${thrown.message}`, data: { pointer }, cause: thrown });
}
