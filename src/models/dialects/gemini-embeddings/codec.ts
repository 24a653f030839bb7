/**
 * @module models/dialects/gemini-embeddings/codec: Google's embedContent and batchEmbedContents in and out of the
 * typed form. A request of one and a request of many look different; a provider is always asked for many.
 *
 * @see https://ai.google.dev/api/embeddings
 */
import type { JsonObject } from '../../../core/json.ts';
import { countIn, objectIn } from '../../wire/json.ts';
import type { EmbedCodec, EmbedRequest, LossReport } from '../conversation.ts';
import { inCamelCase } from '../gemini/camel.ts';
import { isSet, listAt, noteExcept, objectAt, optionalNumber, refused, textAt } from '../reading.ts';
import { assertAll, vectorOf } from '../vectors.ts';
import { geminiVectors } from './reader.ts';

const READ: ReadonlySet<string> = new Set(['model', 'content', 'outputDimensionality']);

/** Door and provider side. */
export const geminiEmbedCodec: EmbedCodec = {
  decodeRequest(sent, loss) {
    const body = inCamelCase(sent);
    if (!isSet(body['requests'])) return decodeOne(body, '', loss);
    noteExcept(body, new Set(['model', 'requests']), loss);
    const requests = listAt(body['requests'], '/requests').map((item, index) => decodeOne(objectAt(item, `/requests/${index}`), `/requests/${index}`, loss));
    const [first] = requests;
    if (requests.some(({ dimensions }) => dimensions !== first?.dimensions))
      throw refused('/requests', 'vectors of different lengths cannot be asked for at once.');
    return { texts: requests.flatMap(({ texts }) => texts), dimensions: first?.dimensions ?? null, encoding: 'float', isMany: true };
  },
  encodeRequest({ texts, dimensions }, model) {
    const length = dimensions === null ? {} : { outputDimensionality: dimensions };
    return { requests: texts.map((text) => ({ model: `models/${model}`, content: { parts: [{ text }] }, ...length })) };
  },
  decodeAnswer(body) {
    const inputTokens = countIn(objectIn(body, 'usageMetadata'), 'promptTokenCount');
    return {
      vectors: geminiVectors(body).map(({ values }) => vectorOf(values)),
      usage: { inputTokens, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null },
    };
  },
  encodeAnswer({ vectors, usage }, { request }): JsonObject {
    assertAll(vectors, request);
    const told = usage.inputTokens === null ? {} : { usageMetadata: { promptTokenCount: usage.inputTokens } };
    if (request.isMany === true) return { embeddings: vectors.map((values) => ({ values })), ...told };
    return { embedding: { values: vectors[0] ?? [] }, ...told };
  },
};

function decodeOne(body: JsonObject, pointer: string, loss: LossReport): EmbedRequest {
  noteExcept(body, READ, loss);
  const parts = listAt(objectAt(body['content'], `${pointer}/content`)['parts'], `${pointer}/content/parts`);
  const texts = parts.map((part, index) => textAt(objectAt(part, `${pointer}/content/parts/${index}`)['text'], `${pointer}/content/parts/${index}/text`));
  return { texts: [texts.join('')], dimensions: optionalNumber(body['outputDimensionality'], `${pointer}/outputDimensionality`), encoding: 'float' };
}
