/** The official clients of OpenAI's responses and of Gemini, against the gateway, with every kind of provider behind it. */
// @requirement D3.b M3.b M3.d
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';
import { startEveryDialect } from '../../helpers/vendors/every-dialect.ts';
import { JSON_HEADERS, STREAM_HEADERS, type Vendor } from '../../helpers/vendors/vendor.ts';

let vendor: Vendor;
let gateway: ModelGateway;
let openai: OpenAI;
let google: GoogleGenAI;
beforeAll(async () => {
  vendor = await startEveryDialect();
  const key = { apiKey: 'provider-key' };
  const providers = {
    op: { kind: 'openai', baseUrl: `${vendor.url}/v1`, ...key },
    oc: { kind: 'openai-compatible', baseUrl: `${vendor.url}/v1`, ...key },
    an: { kind: 'anthropic', baseUrl: vendor.url, ...key },
    ge: { kind: 'gemini', baseUrl: vendor.url, ...key, models: ['listed-model'] },
  };
  gateway = await startModelGateway({}, { retries: 0, providers });
  openai = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  google = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
});
afterAll(async () => {
  await gateway.stop();
  await vendor.stop();
});
beforeEach(() => vendor.requests.splice(0));

const MODELS = ['op/gpt-5.5', 'oc/qwen3', 'an/claude-sonnet-4-5', 'ge/gemini-3.8-flash'];
const WEATHER = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] };
const toolEvents = (...events: readonly object[]): string => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

describe.each(MODELS)('with %s behind it', (model) => {
  it('the client of OpenAI gets a response, whole and streamed', async () => {
    const whole = await openai.responses.create({ model, input: 'Hi' });
    const streamed = await openai.responses.stream({ model, input: 'Hi' }).finalResponse();
    expect([whole.output_text, streamed.output_text, streamed.status, streamed.usage?.total_tokens]).toEqual(['Hellö', 'Hellö', 'completed', 18]);
  });

  it('the client of Gemini gets an answer, whole and streamed', async () => {
    const whole = await google.models.generateContent({ model, contents: 'Hi', config: { systemInstruction: 'Be brief.', maxOutputTokens: 5 } });
    let streamed = '';
    for await (const piece of await google.models.generateContentStream({ model, contents: 'Hi' })) streamed += piece.text ?? '';
    expect([whole.text, streamed, whole.usageMetadata?.totalTokenCount]).toEqual(['Hellö', 'Hellö', 18]);
  });
});

describe('tools', () => {
  const calls = {
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: null,
          tool_calls: ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: 'weather', arguments: '{"id":12345678901234567890}' } })),
        },
      },
    ],
  };

  it('called twice at once reach the client of Gemini, and its results the provider', async () => {
    vendor.answerNext({ headers: JSON_HEADERS, body: JSON.stringify(calls) });
    const config = { tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: WEATHER }] }] };
    const first = await google.models.generateContent({ model: 'oc/m', contents: 'Hi', config });
    expect(first.functionCalls?.map(({ id, name }) => [id, name])).toEqual([
      ['a', 'weather'],
      ['b', 'weather'],
    ]);
    const answers = ['a', 'b'].map((id) => ({ functionResponse: { id, name: 'weather', response: { output: `of ${id}` } } }));
    await google.models.generateContent({
      model: 'oc/m',
      config,
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }, first.candidates?.[0]?.content ?? {}, { role: 'user', parts: answers }],
    });
    expect(JSON.parse(vendor.requests.at(-1)?.body.toString() ?? 'null')).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ id: 'a' }, { id: 'b' }] },
        { role: 'tool', tool_call_id: 'a', content: 'of a' },
        { role: 'tool', tool_call_id: 'b', content: 'of b' },
      ],
      tools: [{ function: { name: 'weather', parameters: WEATHER } }],
    });
  });

  it('streamed by Gemini with thoughts reach the client of responses, every digit, and go back', async () => {
    const parts = '[{"text":"Hm.","thought":true},{"functionCall":{"name":"weather","args":{"id":12345678901234567890}},"thoughtSignature":"proof"}]';
    vendor.answerNext({ headers: STREAM_HEADERS, body: `data: {"candidates":[{"content":{"parts":${parts}},"finishReason":"STOP","index":0}]}\n\n` });
    const tools = [{ type: 'function' as const, name: 'weather', parameters: WEATHER, strict: false }];
    const response = await openai.responses
      .stream({ model: 'ge/gemini-3.8-flash', input: 'Hi', tools, store: false, reasoning: { effort: 'low' } })
      .finalResponse();
    expect(response.output).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'Hm.' }] },
      { type: 'function_call', name: 'weather', arguments: '{"id":12345678901234567890}' },
    ]);
    const call = response.output.find((item) => item.type === 'function_call');
    const input = [
      { role: 'user' as const, content: 'Hi' },
      ...(response.output as OpenAI.Responses.ResponseInputItem[]),
      { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'rain' },
    ];
    await openai.responses.create({ model: 'ge/gemini-3.8-flash', input, tools });
    expect(vendor.requests.at(-1)?.body.toString()).toContain('"functionCall":{"name":"weather","args":{"id":12345678901234567890}}');
    expect(JSON.parse(vendor.requests.at(-1)?.body.toString() ?? 'null')).toMatchObject({
      contents: [{}, { role: 'model' }, { parts: [{ functionResponse: { name: 'weather', response: { output: 'rain' } } }] }],
    });
  });

  it('streamed by a server of chat reach the client of responses', async () => {
    const delta = (rest: object, finish: string | null = null): object => ({ id: 'c', choices: [{ index: 0, delta: rest, finish_reason: finish }] });
    const call = (index: number, text: string, head: object = {}): object =>
      delta({ tool_calls: [{ index, ...head, function: { ...(Object.keys(head).length > 0 ? { name: 'weather' } : {}), arguments: text } }] });
    vendor.answerNext({
      headers: STREAM_HEADERS,
      body: `${toolEvents(call(0, '{"id"', { id: 'a', type: 'function' }), call(0, ':1}'), call(1, '', { id: 'b', type: 'function' }), call(1, '{"id":2}'), delta({}, 'tool_calls'))}data: [DONE]\n\n`,
    });
    const { output } = await openai.responses
      .stream({ model: 'oc/m', input: 'Hi', tools: [{ type: 'function', name: 'weather', parameters: WEATHER, strict: false }] })
      .finalResponse();
    expect(output).toMatchObject([
      { type: 'function_call', call_id: 'a', arguments: '{"id":1}' },
      { type: 'function_call', call_id: 'b', arguments: '{"id":2}' },
    ]);
  });
});

describe('the rest of the clients', () => {
  it('embeds: the client of OpenAI asks for base64 by itself', async () => {
    for (const model of ['oc/m', 'ge/gemini-embedding-001']) {
      const { data } = await openai.embeddings.create({ model, input: ['a', 'b'] });
      expect(data.map(({ embedding }) => embedding)).toEqual([
        [0.5, -2],
        [1.5, -2],
      ]);
    }
    const { embeddings } = await google.models.embedContent({ model: 'oc/m', contents: ['a', 'b'] });
    expect(embeddings?.map(({ values }) => values)).toEqual([
      [0.5, -2],
      [1.5, -2],
    ]);
  });

  it('counts, and lists', async () => {
    expect((await google.models.countTokens({ model: 'an/claude-sonnet-4-5', contents: 'Hi' })).totalTokens).toBe(15);
    expect((await openai.responses.inputTokens.count({ model: 'ge/gemini-3.8-flash', input: 'Hi' })).input_tokens).toBe(16);
    const names: unknown[] = [];
    for await (const { name } of await google.models.list()) names.push(name);
    expect(names).toContain('models/listed-model');
  });

  it('sees failures as its vendor’s', async () => {
    await expect(google.models.generateContent({ model: 'nobody', contents: 'Hi' })).rejects.toMatchObject({ name: 'ApiError', status: 404 });
    await expect(openai.responses.create({ model: 'an/m', input: 'Hi', previous_response_id: 'r' })).rejects.toMatchObject({
      status: 400,
      code: 'conversion_refused',
    });
    const failed = `event: response.failed\ndata: {"type":"response.failed","sequence_number":9,"response":{"status":"failed","error":{"code":"server_error"}}}\n\n`;
    vendor.answerNext({
      headers: STREAM_HEADERS,
      body: `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":1,"delta":"Hel"}\n\n: ${'.'.repeat(300_000)}\n\n${failed}`,
    });
    const events = await openai.responses.create({ model: 'op/m@failing', input: 'Hi', stream: true });
    const seen: string[] = [];
    await expect(
      (async () => {
        for await (const { type } of events) seen.push(type);
      })(),
    ).rejects.toMatchObject({ code: 'provider_failed' });
    expect(seen).not.toContain('response.completed');
    vendor.answerNext({ headers: STREAM_HEADERS, body: `data: {"candidates":[{"index":0,"content":{"parts":[{"text":"Hel"}]}}]}\n\n` });
    await expect(
      (async () => {
        for await (const _ of await google.models.generateContentStream({ model: 'ge/m@cut', contents: 'Hi' }));
      })(),
    ).rejects.toMatchObject({ status: 502 });
  });
});
