/**
 * @module models/dialects/openai-embeddings/codec: OpenAI's embeddings in and out of the typed form.
 *
 * @see https://platform.openai.com/docs/api-reference/embeddings
 */
import { countIn, objectIn, objectsIn } from '../../wire/json.ts';
import type { EmbedCodec } from '../conversation.ts';
import { isSet, malformed, noteExcept, optionalNumber, refused } from '../reading.ts';
import { assertAll, base64OfVector, vectorOf } from '../vectors.ts';

const READ: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format']);

/** Door and provider side. A provider is asked for numbers; base64 is made here for the client that wants it. */
export const openAiEmbedCodec: EmbedCodec = {
  decodeRequest(body, loss) {
    noteExcept(body, READ, loss);
    const { encoding_format: format } = body;
    if (isSet(format) && format !== 'float' && format !== 'base64') throw malformed('/encoding_format', 'float or base64');
    return { texts: textsIn(body['input']), dimensions: optionalNumber(body['dimensions'], '/dimensions'), encoding: format === 'base64' ? 'base64' : 'float' };
  },
  encodeRequest: ({ texts, dimensions }, model) => ({ model, input: texts, ...(dimensions === null ? {} : { dimensions }), encoding_format: 'float' }),
  decodeAnswer(body) {
    const entries = objectsIn(body, 'data').toSorted((one, other) => Number(one['index'] ?? 0) - Number(other['index'] ?? 0));
    const inputTokens = countIn(objectIn(body, 'usage'), 'prompt_tokens');
    return {
      vectors: entries.map(({ embedding }) => vectorOf(embedding)),
      usage: { inputTokens, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null },
    };
  },
  encodeAnswer({ vectors, usage: { inputTokens } }, { model, request }) {
    assertAll(vectors, request);
    return {
      object: 'list',
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: request.encoding === 'base64' ? base64OfVector(vector) : vector })),
      model,
      ...(inputTokens === null ? {} : { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } }),
    };
  },
};

function textsIn(input: unknown): readonly string[] {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input) || input.length === 0) throw malformed('/input', 'a text or a list of texts');
  if (!input.every((item) => typeof item === 'string')) throw refused('/input', 'tokens are numbers of one vendor’s own vocabulary; send texts.');
  return input;
}
