/** Every route of the model API over real sockets: natively, and with a provider of another dialect behind it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addKey } from '../../../src/app/tasks/keys.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { MODEL_ROUTES, type ModelRoute } from '../../../src/doors/models-api/routes.ts';
import { startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';
import { GEMINI, GEMINI_STREAM, RESPONSE, RESPONSE_STREAM, startEveryDialect } from '../../helpers/vendors/every-dialect.ts';
import { STREAM_HEADERS, type Vendor } from '../../helpers/vendors/vendor.ts';

let vendor: Vendor;
let gateway: ModelGateway;
beforeAll(async () => {
  vendor = await startEveryDialect();
  const key = { apiKey: 'provider-key' };
  gateway = await startModelGateway(
    { twice: ['op/gpt-5.5', 'op2/gpt-5.5'] },
    {
      retries: 0,
      providers: {
        op: { kind: 'openai', baseUrl: `${vendor.url}/v1`, ...key },
        op2: { kind: 'openai', baseUrl: `${vendor.url}/v1`, ...key },
        oc: { kind: 'openai-compatible', baseUrl: `${vendor.url}/v1`, ...key },
        an: { kind: 'anthropic', baseUrl: vendor.url, ...key },
        ge: { kind: 'gemini', baseUrl: vendor.url, ...key, models: ['gemini-3.8-flash'] },
      },
    },
  );
});
afterAll(async () => {
  await gateway.stop();
  await vendor.stop();
});
beforeEach(() => vendor.requests.splice(0));

const BIG = '12345678901234567890';
const MESSAGES = [{ role: 'user', content: 'Hi' }];
const CONTENTS = [{ role: 'user', parts: [{ text: 'Hi' }] }];
/** What a client of the dialect sends at least. */
const bodyFor = ({ dialect, path }: Pick<ModelRoute, 'dialect' | 'path'>): JsonObject => {
  if (path.endsWith(':batchEmbedContents')) return { requests: [{ model: 'models/x', content: { parts: [{ text: 'Hi' }] } }] };
  return {
    'openai-chat': { messages: MESSAGES },
    'openai-responses': { input: 'Hi' },
    'openai-embeddings': { input: 'Hi' },
    'anthropic-messages': { messages: MESSAGES, max_tokens: 9 },
    gemini: { contents: CONTENTS },
    'gemini-embeddings': { content: { parts: [{ text: 'Hi' }] } },
  }[dialect];
};
const urlOf = (path: string, model: string): string => `${gateway.url}${path.replace('{name}', model)}${path.includes(':stream') ? '?alt=sse' : ''}`;
const post = async (path: string, model: string, body: JsonObject | string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  await fetch(urlOf(path, model), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.key}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(path.includes('{name}') ? body : { model, ...body }),
  });
const eventsOf = (text: string): JsonObject[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as JsonObject);
const last = (): JsonObject => JSON.parse(vendor.requests.at(-1)?.body.toString() ?? 'null') as JsonObject;

// @requirement P6.a
describe.each(MODEL_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  const native = {
    'openai-chat': 'oc',
    'openai-responses': 'op',
    'openai-embeddings': 'oc',
    'anthropic-messages': 'an',
    gemini: 'ge',
    'gemini-embeddings': 'ge',
  }[route.dialect];
  const isGoogle = native === 'ge';

  it.each([isGoogle ? 'x-goog-api-key' : 'x-api-key', 'authorization'])(
    'is refused without a credential and without the scope models:use, and served with it in %s',
    async (header) => {
      // One of the list must be in it.
      const model = route.method === 'GET' ? 'twice' : `${native}/m`;
      const knock = async (key?: string): Promise<number> => {
        const credential: Record<string, string> = key === undefined ? {} : { [header]: header === 'authorization' ? `Bearer ${key}` : key };
        const body = route.method === 'POST' ? { body: JSON.stringify({ ...bodyFor(route), ...(route.path.includes('{name}') ? {} : { model }) }) } : {};
        return (await fetch(urlOf(route.path, model), { method: route.method, headers: { 'content-type': 'application/json', ...credential }, ...body }))
          .status;
      };
      const { key, record } = await addKey({ home: gateway.home, env: {} }, { name: `guest-${header}`, kind: 'user', roles: ['guest'] });
      expect([await knock(), await knock(key), await knock(gateway.key)]).toEqual([401, 403, 200]);
      const denied = gateway.records().find(({ principal, decision }) => principal === `key:${record.id}` && decision === 'deny');
      expect(denied).toMatchObject({ event: 'permission_denied', target: `${route.policy.kind}:${route.policy.name.replace('{name}', model)}` });
    },
  );
});

// @requirement D3.b M3.a
describe('natively', () => {
  it('a response keeps every byte but the name of the model', async () => {
    const body = (name: string): string => `{ "big": ${BIG},\t"input":"H\\u00e4", "unknown":{"model":"x"}, "model" : "${name}" }`;
    const response = await post('/v1/responses', '', body('op/gpt-5.5'));
    expect(await response.text()).toBe(RESPONSE);
    expect(vendor.requests.at(-1)?.body.toString()).toBe(body('gpt-5.5'));
    const streamed = await post('/v1/responses', 'op/gpt-5.5', { input: 'Hi', stream: true });
    expect(await streamed.text()).toBe(RESPONSE_STREAM);
  });

  it.each(['ge/gemini-3.8-flash', 'gemini-3.8-flash', 'ge%2Fgemini-3.8-flash'])('Gemini keeps every byte, with the model %s in the path', async (model) => {
    const body = `{ "big": ${BIG}, "contents":[{"parts":[{"text":"H\\u00e4"}]}], "model":"models/other" }`;
    expect(await (await post('/v1beta/models/{name}:generateContent', model, body)).text()).toBe(GEMINI);
    expect(await (await post('/v1beta/models/{name}:streamGenerateContent', model, body)).text()).toBe(GEMINI_STREAM);
    expect(vendor.requests.map(({ path }) => path)).toEqual([
      '/v1beta/models/gemini-3.8-flash:generateContent',
      '/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse',
    ]);
    expect(vendor.requests.map(({ body: sent }) => sent.toString())).toEqual([body, body]);
    expect(vendor.requests[0]?.headers).toMatchObject({ 'x-goog-api-key': 'provider-key' });
  });

  it('a key in the URL lets in, and stands in no log, no audit record and no request to a provider', async () => {
    const url = `${gateway.url}/v1beta/models/ge/m:streamGenerateContent?alt=sse&key=`;
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'key-in-url' },
      body: JSON.stringify({ contents: CONTENTS }),
    };
    const [wrong, right] = [await fetch(`${url}sy_wrong`, init), await fetch(url + gateway.key, init)];
    expect([wrong.status, right.status]).toEqual([401, 200]);
    await right.text();
    expect(JSON.stringify(gateway.records())).not.toContain(gateway.key);
    expect(gateway.log.join('\n')).not.toContain(gateway.key);
    expect(JSON.stringify(vendor.requests.map(({ path, headers, body }) => [path, headers, body.toString()]))).not.toContain(gateway.key);
    // The other doors do not look there.
    const chat = await fetch(`${gateway.url}/v1/chat/completions?key=${gateway.key}`, { ...init, body: JSON.stringify({ model: 'oc/m', messages: MESSAGES }) });
    expect(chat.status).toBe(401);
  });

  it('a list of models as Gemini’s clients read it', async () => {
    const { models } = (await (await fetch(`${gateway.url}/v1beta/models?pageSize=50`, { headers: { 'x-goog-api-key': gateway.key } })).json()) as {
      models: JsonObject[];
    };
    expect(models.map(({ name }) => name)).toEqual(expect.arrayContaining(['models/gemini-3.8-flash', 'models/twice']));
  });

  it.each([
    ['a stream of Gemini that is no event stream', '/v1beta/models/ge/m:streamGenerateContent', { contents: CONTENTS }, 400],
    ['a response in the background', '/v1/responses', { model: 'op/m', input: 'Hi', background: true }, 400],
    ['an unknown verb', '/v1beta/models/ge/m:predict', {}, 405],
    ['no model', '/v1/embeddings', { input: 'Hi' }, 400],
  ])('%s is refused', async (_name, path, body, status) => {
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.key}` },
      body: JSON.stringify(body),
    });
    expect([response.status, vendor.requests.length]).toEqual([status, 0]);
  });
});

// @requirement M3.b
describe('a client of responses', () => {
  it.each(['oc/m', 'an/claude-sonnet-4-5', 'ge/gemini-3.8-flash'])('gets its answer from %s', async (model) => {
    const response = await post('/v1/responses', model, { input: 'Hi', metadata: { a: 'b' } });
    const answer = (await response.json()) as JsonObject;
    expect(answer).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hellö' }] }],
      usage: { input_tokens: 7, output_tokens: 11, total_tokens: 18 },
    });
    expect(response.headers.get('x-switchyard-not-carried')).toBe('metadata');
  });

  it.each(['oc/m', 'an/claude-sonnet-4-5', 'ge/gemini-3.8-flash'])('gets a stream from %s, every event with its number', async (model) => {
    const events = eventsOf(await (await post('/v1/responses', model, { input: 'Hi', stream: true })).text());
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    expect(events.map(({ type, delta }) => (delta === undefined ? type : delta))).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'Hel',
      'lö',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.at(-1)).toMatchObject({
      response: { status: 'completed', output: [{ content: [{ text: 'Hellö' }] }], usage: { input_tokens: 7, output_tokens: 11 } },
    });
  });

  it('is told what needs a memory that the gateway does not have', async () => {
    const response = await post('/v1/responses', 'an/claude-sonnet-4-5', { input: 'Hi', previous_response_id: 'resp_0' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'conversion_refused', message: expect.stringContaining('/previous_response_id') as string } });
    expect(vendor.requests).toEqual([]);
  });

  it('a response that failed fails over before its first word, and is an error of the dialect after it', async () => {
    const event = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
    const failed = event('response.failed', { sequence_number: 5, response: { status: 'failed', error: { code: 'server_error', message: 'secret' } } });
    const word = event('response.output_text.delta', { sequence_number: 4, delta: 'Hel' });
    vendor.answerNext({ headers: STREAM_HEADERS, body: failed });
    const moved = await post('/v1/responses', 'twice', { input: 'Hi', stream: true });
    expect(await moved.text()).toBe(RESPONSE_STREAM);
    vendor.answerNext({ headers: STREAM_HEADERS, body: `${word}: ${'.'.repeat(300_000)}\n\n${failed}` });
    const text = await (await post('/v1/responses', 'op/gpt-5.5@cut', { input: 'Hi', stream: true })).text();
    expect(eventsOf(text).at(-1)).toMatchObject({ type: 'error', code: 'provider_failed', sequence_number: 5, error: { code: 'provider_failed' } });
    expect(text).not.toContain('secret');
    expect(text).not.toContain('response.completed');
  });
});

// @requirement M3.b
describe('a client of Gemini', () => {
  it.each(['oc/m', 'an/claude-sonnet-4-5', 'op/gpt-5.5'])('gets its answer from %s, plain and streamed', async (model) => {
    const plain = await post('/v1beta/models/{name}:generateContent', model, { contents: CONTENTS, safetySettings: [{}] });
    expect(await plain.json()).toMatchObject({
      candidates: [{ content: { role: 'model', parts: [{ text: 'Hellö' }] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 11 },
    });
    expect(plain.headers.get('x-switchyard-not-carried')).toBe('safetySettings');
    const pieces = eventsOf(await (await post('/v1beta/models/{name}:streamGenerateContent', model, { contents: CONTENTS })).text());
    expect(pieces.map(({ candidates }) => (candidates as { content: { parts: { text: string }[] }; finishReason?: string }[])[0])).toMatchObject([
      { content: { parts: [{ text: 'Hel' }] } },
      { content: { parts: [{ text: 'lö' }] } },
      { finishReason: 'STOP' },
    ]);
  });

  it('gets errors in its own form, also at the end of a stream', async () => {
    const unknown = await post('/v1beta/models/{name}:generateContent', 'nobody', { contents: CONTENTS });
    expect(await unknown.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND', details: [{ reason: 'UNKNOWN_TARGET' }] } });
    vendor.answerNext({ headers: STREAM_HEADERS, body: `${GEMINI_STREAM.split('\n\n')[0]}\n\n` });
    const text = await (await post('/v1beta/models/{name}:streamGenerateContent', 'ge/m@cut', { contents: CONTENTS })).text();
    expect(eventsOf(text).at(-1)).toMatchObject({ error: { code: 502, details: [{ reason: 'PROVIDER_INCOMPLETE' }] } });
    const cached = await post('/v1beta/models/{name}:generateContent', 'oc/m', { contents: CONTENTS, cachedContent: 'x' });
    expect([cached.status, JSON.stringify(await cached.json())]).toEqual([400, expect.stringContaining('/cachedContent')]);
  });
});

// @requirement M3.b
describe('clients of chat and messages at a provider of kind gemini', () => {
  it('get their answers', async () => {
    const chat = (await (await post('/v1/chat/completions', 'ge/gemini-3.8-flash', { messages: MESSAGES })).json()) as JsonObject;
    expect(chat).toMatchObject({ choices: [{ message: { content: 'Hellö' }, finish_reason: 'stop' }] });
    const text = await (await post('/v1/messages', 'ge/gemini-3.8-flash', { messages: MESSAGES, max_tokens: 9, stream: true })).text();
    expect(eventsOf(text).map(({ type }) => type)).toContain('message_stop');
    expect(last()).toMatchObject({ contents: CONTENTS, generationConfig: { maxOutputTokens: 9 } });
  });
});

// @requirement M3.b
describe('vectors', () => {
  it('for a client of OpenAI from a provider of kind gemini, in base64', async () => {
    const response = await post('/v1/embeddings', 'ge/gemini-embedding-001', { input: ['a', 'b'], dimensions: 2, encoding_format: 'base64', user: 'u' });
    const { data } = (await response.json()) as { data: { embedding: string }[] };
    expect(data.map(({ embedding }) => [...new Float32Array(new Uint8Array(Buffer.from(embedding, 'base64')).buffer)])).toEqual([
      [0.5, -2],
      [1.5, -2],
    ]);
    expect(response.headers.get('x-switchyard-not-carried')).toBe('user');
    expect(last()).toMatchObject({ requests: [{ content: { parts: [{ text: 'a' }] }, outputDimensionality: 2 }, { content: { parts: [{ text: 'b' }] } }] });
  });

  it('for a client of Gemini from a provider that speaks OpenAI, one and many', async () => {
    const one = await post('/v1beta/models/{name}:embedContent', 'oc/m', { content: { parts: [{ text: 'a' }] }, taskType: 'RETRIEVAL_QUERY' });
    expect(await one.json()).toMatchObject({ embedding: { values: [0.5, -2] } });
    expect(one.headers.get('x-switchyard-not-carried')).toBe('taskType');
    const many = await post('/v1beta/models/{name}:batchEmbedContents', 'oc/m', { requests: ['a', 'b'].map((text) => ({ content: { parts: [{ text }] } })) });
    expect(await many.json()).toMatchObject({ embeddings: [{ values: [0.5, -2] }, { values: [1.5, -2] }] });
  });

  it('of tokens are refused across dialects', async () => {
    const response = await post('/v1/embeddings', 'ge/m', { input: [[1, 2]] });
    expect([response.status, vendor.requests.length]).toEqual([400, 0]);
  });
});

describe('counts', () => {
  const count = { model: 'x', system: 'Be brief.', messages: MESSAGES, max_tokens: 5 };

  it.each([
    ['an/claude-sonnet-4-5', 15],
    ['op/gpt-5.5', 14],
    ['ge/gemini-3.8-flash', 16],
  ])('for a client of Anthropic from %s', async (model, tokens) => {
    const response = await post('/v1/messages/count_tokens', model, { ...count, model });
    expect([await response.json(), response.headers.get('x-switchyard-estimated')]).toEqual([{ input_tokens: tokens }, null]);
  });

  it('for clients of Gemini and of responses, in their shapes', async () => {
    expect(await (await post('/v1beta/models/{name}:countTokens', 'an/claude-sonnet-4-5', { generateContentRequest: { contents: CONTENTS } })).json()).toEqual({
      totalTokens: 15,
    });
    expect(await (await post('/v1/responses/input_tokens', 'ge/gemini-3.8-flash', { input: 'Hi' })).json()).toEqual({
      object: 'response.input_tokens',
      input_tokens: 16,
    });
  });

  it('are estimated, and labelled so, where no provider of the chain counts', async () => {
    const response = await post('/v1/messages/count_tokens', 'oc/m', { ...count, model: 'oc/m' });
    expect([response.status, response.headers.get('x-switchyard-estimated'), vendor.requests.length]).toEqual([200, 'true', 0]);
    const { input_tokens: tokens } = (await response.json()) as { input_tokens: number };
    expect(tokens).toBeGreaterThan(5);
    expect(tokens).toBeLessThan(30);
  });
});
