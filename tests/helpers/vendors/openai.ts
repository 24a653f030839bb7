/** OpenAI's wire, and those who speak it. */
import type { ProviderConfig, ProviderKind } from '../../../src/contracts/models-config.ts';
import { ASKED, MODEL, SECRET, type ProviderCase, type ProviderFixture } from '../../compliance/model-provider-fixture.ts';
import { JSON_HEADERS, STREAM_HEADERS, type VendorAnswer, type VendorRequest } from './vendor.ts';

/** Spaces, unknown members and numbers that only bytes keep. */
const UNKNOWN = '"brand_new": {"n": 12345678901234567890, "e": "\\u00e4"}';
const MESSAGES = '"messages":[{"role":"user","content":"Hi"}]';

const CHAT =
  '{"id":"c", "object":"chat.completion","big":12345678901234567890,"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":11,"prompt_tokens_details":{"cached_tokens":3}}}';
const chunk = (rest: object): string => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', ...rest })}\n\n`;
const CHAT_STREAM = [
  chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
  chunk({ choices: [{ index: 0, delta: { content: 'Hellö' }, finish_reason: null }] }),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  chunk({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 11 } }),
  'data: [DONE]\n\n',
].join('');
const RESPONSE =
  '{"id":"r", "object":"response","status":"completed","big":12345678901234567890,"output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":7,"output_tokens":11,"total_tokens":18}}';
const responseEvent = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const RESPONSE_STREAM = [
  responseEvent('response.created', { response: { id: 'r', status: 'in_progress' } }),
  responseEvent('response.output_text.delta', { item_id: 'm', output_index: 0, content_index: 0, delta: 'Hellö' }),
  responseEvent('response.completed', { response: JSON.parse(RESPONSE) as object }),
].join('');
const VECTORS = '{"object":"list", "data":[{"object":"embedding","index":0,"embedding":[0.1,1e-7]}],"usage":{"prompt_tokens":7,"total_tokens":7}}';
const COUNT = '{"object":"response.input_tokens", "input_tokens":14}';

/** Where a variant puts its paths. */
interface Variant {
  readonly title: string;
  readonly kind: ProviderKind;
  readonly config: (vendorUrl: string) => Partial<ProviderConfig>;
  readonly credential: ProviderFixture['credential'];
  readonly required: ProviderFixture['required'];
  readonly pathOf: (path: string) => string;
  readonly listPath: string;
  readonly hasResponses: boolean;
  readonly hasCount: boolean;
}

function casesOf({ pathOf, hasResponses, hasCount }: Variant): readonly ProviderCase[] {
  const chat = { operation: 'generate', dialect: 'openai-chat', path: pathOf('/chat/completions') } as const;
  const streamed = { ...chat, isStream: true, answer: CHAT_STREAM, usage: { inputTokens: 7, outputTokens: 11 } } as const;
  const streamCase = (title: string, wantsUsage: boolean, before: string, after: string = before): ProviderCase => ({
    ...streamed,
    title,
    wantsUsage,
    body: `{"model":"${ASKED}","stream":true,${UNKNOWN},${MESSAGES}${before}}`,
    sent: `{"model":"${MODEL}","stream":true,${UNKNOWN},${MESSAGES}${after}}`,
  });
  const responses = { dialect: 'openai-responses', isStream: false } as const;
  return [
    {
      ...chat,
      isStream: false,
      wantsUsage: true,
      body: `{${UNKNOWN}, "model" : "${ASKED}", ${MESSAGES} }`,
      sent: `{${UNKNOWN}, "model" : "${MODEL}", ${MESSAGES} }`,
      answer: CHAT,
      usage: { inputTokens: 7, outputTokens: 11, cacheReadTokens: 3 },
    },
    streamCase('usage not wanted', false, ''),
    streamCase('usage wanted', true, '', ',"stream_options":{"include_usage":true}'),
    streamCase('usage wanted, options without a word on it', true, ',"stream_options":{"x": 1 } ', ',"stream_options":{"x":1,"include_usage":true} '),
    streamCase('usage wanted, options null', true, ',"stream_options":null', ',"stream_options":{"include_usage":true}'),
    // Asked for all the same where a budget has to know it.
    streamCase('usage wanted, but the client says no', true, ',"stream_options":{"include_usage": false}', ',"stream_options":{"include_usage":true}'),
    streamCase('usage not wanted, and the client says no', false, ',"stream_options":{"include_usage": false}'),
    streamCase('usage wanted, options that are none', true, ',"stream_options":[ ]'),
    {
      operation: 'embed',
      dialect: 'openai-embeddings',
      isStream: false,
      path: pathOf('/embeddings'),
      body: `{"input":["a", "b"],${UNKNOWN},"model":"${ASKED}"}`,
      sent: `{"input":["a", "b"],${UNKNOWN},"model":"${MODEL}"}`,
      answer: VECTORS,
      usage: { inputTokens: 7 },
    },
    ...(hasResponses
      ? [
          {
            ...responses,
            operation: 'generate',
            path: pathOf('/responses'),
            body: `{"model":"${ASKED}", "input":"Hi",${UNKNOWN}}`,
            sent: `{"model":"${MODEL}", "input":"Hi",${UNKNOWN}}`,
            answer: RESPONSE,
            usage: { inputTokens: 7, outputTokens: 11 },
          } as const,
          {
            ...responses,
            operation: 'generate',
            isStream: true,
            wantsUsage: true,
            path: pathOf('/responses'),
            body: `{"model":"${ASKED}","input":"Hi","stream":true,${UNKNOWN}}`,
            sent: `{"model":"${MODEL}","input":"Hi","stream":true,${UNKNOWN}}`,
            answer: RESPONSE_STREAM,
            usage: { inputTokens: 7, outputTokens: 11 },
          } as const,
        ]
      : []),
    ...(hasCount
      ? [
          {
            ...responses,
            operation: 'count',
            title: 'without what is not counted',
            path: pathOf('/responses/input_tokens'),
            body: `{"model":"${ASKED}","stream":true,"input":"Hi",${UNKNOWN},"max_output_tokens":5,"store":false}`,
            sent: `{"model":"${MODEL}","input":"Hi",${UNKNOWN}}`,
            answer: COUNT,
            usage: {},
          } as const,
        ]
      : []),
  ];
}

function serveOf({ kind, pathOf, listPath }: Variant): (request: VendorRequest) => VendorAnswer {
  const list =
    kind === 'ollama'
      ? '{"models":[{"name":"qwen3:8b","model":"qwen3:8b"},{"name":"nomic-embed-text"},{}]}'
      : '{"object":"list","data":[{"id":"qwen3:8b"},{"id":"nomic-embed-text"},{"id":7},null]}';
  return ({ method, path, body }) => {
    const isStream = /"stream": ?true/.test(body.toString());
    if (method === 'GET' && path === listPath) return { headers: JSON_HEADERS, body: list };
    if (path === pathOf('/chat/completions')) return isStream ? { headers: STREAM_HEADERS, body: CHAT_STREAM } : { headers: JSON_HEADERS, body: CHAT };
    if (path === pathOf('/responses')) return isStream ? { headers: STREAM_HEADERS, body: RESPONSE_STREAM } : { headers: JSON_HEADERS, body: RESPONSE };
    if (path === pathOf('/responses/input_tokens')) return { headers: JSON_HEADERS, body: COUNT };
    if (path === pathOf('/embeddings')) return { headers: JSON_HEADERS, body: VECTORS };
    return { status: 404, body: '{}' };
  };
}

/** Those who speak its formats fail in their own ways: Ollama's older paths, servers on FastAPI, Azure's front door. */
const FAILURES: Readonly<Partial<Record<ProviderKind, (message: string) => object>>> = {
  ollama: (error) => ({ error }),
  'openai-compatible': (detail) => ({ detail }),
  azure: (message) => ({ statusCode: 0, message }),
};
const BEARER = { header: 'authorization', value: `Bearer ${SECRET}` };
const KEY = { apiKey: /models\.providers\.mine\.apiKey/ };
const BASE = { baseUrl: /models\.providers\.mine\.baseUrl/ };

const VARIANTS: readonly Variant[] = [
  {
    title: 'openai',
    kind: 'openai',
    config: (url) => ({ baseUrl: `${url}/v1/`, apiKey: SECRET }),
    credential: BEARER,
    required: KEY,
    pathOf: (path) => `/v1${path}`,
    listPath: '/v1/models',
    hasResponses: true,
    hasCount: true,
  },
  {
    title: 'openai-compatible',
    kind: 'openai-compatible',
    config: (url) => ({ baseUrl: `${url}/deep/v1`, apiKey: SECRET }),
    credential: BEARER,
    required: BASE,
    pathOf: (path) => `/deep/v1${path}`,
    listPath: '/deep/v1/models',
    hasResponses: false,
    hasCount: false,
  },
  {
    title: 'ollama',
    kind: 'ollama',
    config: (url) => ({ baseUrl: `${url}/v1` }),
    credential: null,
    required: {},
    pathOf: (path) => `/v1${path}`,
    listPath: '/api/tags',
    hasResponses: false,
    hasCount: false,
  },
  {
    title: 'azure',
    kind: 'azure',
    config: (url) => ({ baseUrl: `${url}/openai/v1/`, apiKey: SECRET }),
    credential: { header: 'api-key', value: SECRET },
    required: { ...KEY, ...BASE },
    pathOf: (path) => `/openai/v1${path}`,
    listPath: '/openai/v1/models',
    hasResponses: true,
    hasCount: false,
  },
  {
    title: 'azure, a dated version',
    kind: 'azure',
    config: (baseUrl) => ({ baseUrl, apiKey: SECRET, apiVersion: '2025-04-01-preview' }),
    credential: { header: 'api-key', value: SECRET },
    required: { ...KEY, ...BASE },
    pathOf: (path) => `/openai${path.startsWith('/responses') ? '' : `/deployments/${encodeURIComponent(MODEL)}`}${path}?api-version=2025-04-01-preview`,
    listPath: '/openai/models?api-version=2025-04-01-preview',
    hasResponses: true,
    hasCount: false,
  },
];

export const openAiFixtures: readonly ProviderFixture[] = VARIANTS.map((variant) => ({
  title: variant.title,
  kind: variant.kind,
  config: variant.config,
  credential: variant.credential,
  required: variant.required,
  models: ['qwen3:8b', 'nomic-embed-text'],
  serve: serveOf(variant),
  cases: casesOf(variant),
  failure: (_status, message) => JSON.stringify(FAILURES[variant.kind]?.(message) ?? { error: { message, type: 'some_error', param: null, code: null } }),
}));
