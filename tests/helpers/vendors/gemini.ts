/** Google's API for developers, and what the other service of Gemini shares with it. */
import { ASKED, MODEL, SECRET, type ProviderCase, type ProviderFixture } from '../../compliance/model-provider-fixture.ts';
import { JSON_HEADERS, STREAM_HEADERS } from './vendor.ts';

/** Spaces, unknown members and numbers that only bytes keep. */
const UNKNOWN = '"brandNew": {"n": 12345678901234567890, "e": "\\u00e4"} ';
const CONTENTS = '"contents": [{"role":"user","parts":[{"text":"Hi"}]}]';
const RESOURCE = `models/${MODEL}`;
/** The colon of the name must not look like that of the verb. */
const PATH = `/v1beta/models/${encodeURIComponent(MODEL)}`;

export const GEMINI_PLAIN =
  '{"candidates": [{"index":0,"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}],"big":12345678901234567890,"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":9,"thoughtsTokenCount":2,"totalTokenCount":18,"cachedContentTokenCount":3}}';
const piece = (text: string, rest: object, candidate: object = {}): string =>
  `data: ${JSON.stringify({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...candidate }], ...rest })}\r\n\r\n`;
export const GEMINI_STREAM = [
  piece('Hel', { usageMetadata: { promptTokenCount: 7, totalTokenCount: 7 } }),
  piece('lö', { usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 11, totalTokenCount: 18 } }, { finishReason: 'STOP' }),
].join('');
export const GEMINI_COUNT = '{"totalTokens": 14}';
const VECTORS = '{"embeddings": [{"values":[0.1,1e-7]},{"values":[1,0]}]}';
const VECTOR = '{"embedding": {"values":[0.1,1e-7]}}';

/** Bodies of `generate` name neither model nor stream: not a byte changes. */
export const GEMINI_BODY = `{${UNKNOWN}, ${CONTENTS}, "model_of_nobody":"x" }`;

export const googleError = (status: number, message: string): string =>
  JSON.stringify({ error: { code: status, message, status: status === 429 ? 'RESOURCE_EXHAUSTED' : 'INVALID_ARGUMENT', details: [] } });

const embed = { operation: 'embed', dialect: 'gemini-embeddings', isStream: false, usage: { outputTokens: 0 } } as const;
const count = { operation: 'count', dialect: 'gemini', isStream: false, path: `${PATH}:countTokens`, answer: GEMINI_COUNT, usage: {} } as const;

const cases: readonly ProviderCase[] = [
  {
    operation: 'generate',
    dialect: 'gemini',
    isStream: false,
    body: GEMINI_BODY,
    path: `${PATH}:generateContent`,
    sent: GEMINI_BODY,
    answer: GEMINI_PLAIN,
    usage: { inputTokens: 7, outputTokens: 11, cacheReadTokens: 3 },
  },
  {
    operation: 'generate',
    dialect: 'gemini',
    isStream: true,
    wantsUsage: true,
    body: GEMINI_BODY,
    path: `${PATH}:streamGenerateContent?alt=sse`,
    sent: GEMINI_BODY,
    answer: GEMINI_STREAM,
    usage: { inputTokens: 7, outputTokens: 11 },
  },
  {
    ...embed,
    title: 'many, the model named in each',
    body: `{${UNKNOWN},"requests": [ {"model":"models/${ASKED}","content":{"parts":[{"text":"a \\u00e4 ],}"}]}} , {"content": {"parts":[{"text":"b"}]},${UNKNOWN}} ] }`,
    path: `${PATH}:batchEmbedContents`,
    sent: `{${UNKNOWN},"requests": [ {"model":"${RESOURCE}","content":{"parts":[{"text":"a \\u00e4 ],}"}]}} , {"content": {"parts":[{"text":"b"}]},${UNKNOWN.trimEnd()},"model":"${RESOURCE}" } ] }`,
    answer: VECTORS,
  },
  {
    ...embed,
    title: 'one',
    body: `{"model":"models/${ASKED}", "content":{"parts":[{"text":"a"}]},${UNKNOWN}}`,
    path: `${PATH}:embedContent`,
    sent: `{"model":"${RESOURCE}", "content":{"parts":[{"text":"a"}]},${UNKNOWN}}`,
    answer: VECTOR,
  },
  { ...count, title: 'contents alone', body: `{ ${CONTENTS} }`, sent: `{ ${CONTENTS} }` },
  {
    ...count,
    title: 'all that would be generated from',
    body: `{${CONTENTS},${UNKNOWN}}`,
    sent: `{"generateContentRequest":{${CONTENTS},${UNKNOWN.trimEnd()},"model":"${RESOURCE}" }}`,
  },
  {
    ...count,
    title: 'as the vendor wants it already',
    body: `{"generateContentRequest": {"model":"models/${ASKED}",${CONTENTS},${UNKNOWN}}}`,
    sent: `{"generateContentRequest": {"model":"${RESOURCE}",${CONTENTS},${UNKNOWN}}}`,
  },
];

export const geminiFixtures: readonly ProviderFixture[] = [
  {
    title: 'gemini',
    kind: 'gemini',
    config: (baseUrl) => ({ baseUrl, apiKey: SECRET }),
    credential: { header: 'x-goog-api-key', value: SECRET },
    required: { apiKey: /models\.providers\.mine\.apiKey/ },
    models: ['gemini-a', 'gemini-b', 'gemini-c'],
    serve({ method, path, headers, body }) {
      if (headers['x-goog-api-key'] !== SECRET)
        return {
          status: 400,
          headers: JSON_HEADERS,
          body: JSON.stringify({ error: { code: 400, status: 'INVALID_ARGUMENT', message: 'API key not valid.', details: [{ reason: 'API_KEY_INVALID' }] } }),
        };
      if (method === 'GET' && path === '/v1beta/models?pageSize=1000')
        return { headers: JSON_HEADERS, body: '{"models":[{"name":"models/gemini-a"},{"name":"models/gemini-b"}],"nextPageToken":"a b"}' };
      if (method === 'GET' && path === '/v1beta/models?pageSize=1000&pageToken=a%20b')
        return { headers: JSON_HEADERS, body: '{"models":[{"name":"models/gemini-c"},{"name":"models/gemini-a"},{},null]}' };
      if (path === `${PATH}:generateContent`) return { headers: JSON_HEADERS, body: GEMINI_PLAIN };
      if (path === `${PATH}:streamGenerateContent?alt=sse`) return { headers: STREAM_HEADERS, body: GEMINI_STREAM };
      if (path === `${PATH}:countTokens`) return { headers: JSON_HEADERS, body: GEMINI_COUNT };
      if (path === `${PATH}:embedContent`) return { headers: JSON_HEADERS, body: VECTOR };
      if (path !== `${PATH}:batchEmbedContents`) return { status: 404, headers: JSON_HEADERS, body: googleError(404, 'no such resource') };
      const { requests } = JSON.parse(body.toString()) as { requests: { model?: string }[] };
      return requests.every(({ model }) => model === RESOURCE)
        ? { headers: JSON_HEADERS, body: VECTORS }
        : { status: 400, headers: JSON_HEADERS, body: googleError(400, 'model is required') };
    },
    cases,
    failure: googleError,
  },
];
