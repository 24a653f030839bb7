/** The embeddings of Vertex AI, as its documentation says: strict about what it takes. */
import { ASKED, type ProviderCase } from '../../compliance/model-provider-fixture.ts';
import { googleError } from './gemini.ts';
import { JSON_HEADERS, type VendorAnswer } from './vendor.ts';

export const EMBEDDING_MODEL = 'text-embedding-005';
/** Takes one text at a time. */
export const SINGLE_MODEL = 'gemini-embedding-001';

/** Of a text, always the same; no 32-bit float holds the first number. */
export const vectorOf = (text: string): readonly number[] => [0.1 + text.length, text.codePointAt(0) ?? 0, -1];
/** One token a letter. */
const predictionOf = (text: string, length: number): object => ({
  embeddings: { values: vectorOf(text).slice(0, length), statistics: { token_count: text.length, truncated: false } },
});
const refuse = (words: string): VendorAnswer => ({ status: 400, headers: JSON_HEADERS, body: googleError(400, words) });

/** @param end of the path: model and verb; undefined = not asked for a vector */
export function predict(end: string, sent: Readonly<Record<string, unknown>>): VendorAnswer | undefined {
  const isSingle = end === `${SINGLE_MODEL}:predict`;
  if (!isSingle && end !== `${EMBEDDING_MODEL}:predict`) return undefined;
  const { instances, parameters, ...rest } = sent as { instances: Record<string, unknown>[]; parameters: Record<string, unknown> };
  const texts = instances.map(({ content }) => content);
  if (Object.keys(rest).length > 0) return refuse('unknown member');
  if (texts.length > (isSingle ? 1 : 250)) return refuse('too many instances');
  if (!texts.every((text) => typeof text === 'string' && text !== '')) return refuse('no content');
  if (parameters['autoTruncate'] !== false) return refuse('would cut in silence');
  const length = Number(parameters['outputDimensionality'] ?? 3);
  return { headers: JSON_HEADERS, body: JSON.stringify({ predictions: texts.map((text) => predictionOf(String(text), length)), metadata: {} }) };
}

const [first = 0, second = 0] = vectorOf('Hi');

export const embedCase = (path: string): ProviderCase => ({
  operation: 'embed',
  dialect: 'openai-embeddings',
  isStream: false,
  body: `{"model":"${ASKED}","input":["Hi"],"dimensions":2,"task_type":"RETRIEVAL_DOCUMENT","title":"T","brand_new":{"n":12345678901234567890}}`,
  path,
  sent: '{"instances":[{"content":"Hi","task_type":"RETRIEVAL_DOCUMENT","title":"T"}],"parameters":{"outputDimensionality":2,"autoTruncate":false}}',
  answer: `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[${first},${second}]}],"model":"${EMBEDDING_MODEL}","usage":{"prompt_tokens":2,"total_tokens":2}}`,
  usage: { inputTokens: 2, outputTokens: 0 },
});
