/** Models of Amazon Bedrock that embed: each vendor's own wire, and what OpenAI's dialect makes of it. */
import { ASKED, type ProviderCase } from '../../compliance/model-provider-fixture.ts';
import { JSON_HEADERS, type VendorAnswer } from './vendor.ts';

export const TITAN = 'amazon.titan-embed-text-v2:0';
export const TITAN_1 = 'amazon.titan-embed-text-v1';
export const COHERE = 'eu.cohere.embed-v4:0';
export const COHERE_3 = 'cohere.embed-english-v3';

/** The vector of a text: its length, and a half. */
const vectorOf = (text: string): readonly number[] => [text.length, 0.5];
/** Members that each model knows. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  [TITAN_1]: ['inputText'],
  [TITAN]: ['inputText', 'dimensions', 'normalize', 'embeddingTypes'],
  [COHERE]: ['texts', 'input_type', 'output_dimension', 'truncate', 'max_tokens', 'embedding_types'],
  [COHERE_3]: ['texts', 'input_type', 'truncate', 'embedding_types'],
};

/** Whether it is one of these models. */
export const isEmbedder = (model: string): boolean => Object.hasOwn(MEMBERS, model);

/** As these models do: a member they do not know is an error, as is an empty text. Cohere 4 counts in a header, Cohere 3 here does not. */
export function embed(model: string, sent: Record<string, unknown>, reject: (words: string) => VendorAnswer): VendorAnswer {
  const unknown = Object.keys(sent).find((name) => MEMBERS[model]?.includes(name) !== true);
  if (unknown !== undefined) return reject(`extraneous key [${unknown}] is not permitted`);
  if (model === TITAN || model === TITAN_1) {
    const { inputText } = sent;
    if (typeof inputText !== 'string' || inputText === '') return reject('minLength: 1, actual: 0');
    return { headers: JSON_HEADERS, body: JSON.stringify({ embedding: vectorOf(inputText), inputTextTokenCount: inputText.length }) };
  }
  const { texts, input_type: type } = sent as { texts: string[]; input_type?: string };
  if (type === undefined || texts.length > 96) return reject('input_type and at most 96 texts');
  const float = texts.map(vectorOf);
  return model === COHERE
    ? {
        headers: { ...JSON_HEADERS, 'x-amzn-bedrock-input-token-count': '5' },
        body: JSON.stringify({ embeddings: { float }, response_type: 'embeddings_by_type' }),
      }
    : { headers: JSON_HEADERS, body: JSON.stringify({ embeddings: float, response_type: 'embeddings_floats' }) };
}

/** A member that nobody knows. */
const UNKNOWN = '"brandNew": {"n": 12345678901234567890, "e": "\\u00e4"} ';
const pathOf = (model: string): string => `/model/${encodeURIComponent(model)}/invoke`;
const embedAnswer = (model: string, vectors: readonly (readonly number[])[], tokens: number): string =>
  JSON.stringify({
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
const embedding = { operation: 'embed', dialect: 'openai-embeddings', isStream: false } as const;
export const titanCases: readonly ProviderCase[] = [
  {
    ...embedding,
    body: `{${UNKNOWN},"model":"${ASKED}","input":"Hi","dimensions":256,"normalize":false}`,
    path: pathOf(TITAN),
    sent: '{"inputText":"Hi","dimensions":256,"normalize":false}',
    answer: embedAnswer(TITAN, [[2, 0.5]], 2),
    usage: { inputTokens: 2, outputTokens: 0 },
  },
];
export const cohereCases: readonly ProviderCase[] = [
  {
    ...embedding,
    body: `{${UNKNOWN},"model":"${ASKED}","input":["Hi","you"],"dimensions":512,"truncate":"RIGHT"}`,
    path: pathOf(COHERE),
    sent: '{"texts":["Hi","you"],"input_type":"search_document","output_dimension":512,"truncate":"RIGHT"}',
    answer: embedAnswer(
      COHERE,
      [
        [2, 0.5],
        [3, 0.5],
      ],
      5,
    ),
    usage: { inputTokens: 5, outputTokens: 0 },
  },
];
