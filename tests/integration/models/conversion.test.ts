/** A client of one dialect and a provider of the other, over real sockets. */
// @requirement M3.b M3.c M3.d
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { ask, startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';
import { anthropicEvents, openAiEvents, startScriptedProvider, type ScriptedProvider } from '../../helpers/scripted-provider.ts';

let provider: ScriptedProvider;
let scripted: ModelGateway;
beforeAll(async () => {
  provider = await startScriptedProvider();
  const key = { apiKey: 'provider-key' };
  scripted = await startModelGateway(
    { either: ['an/claude-sonnet-4-5', 'oa/gpt-5.5'] },
    { providers: { oa: { kind: 'openai-compatible', baseUrl: `${provider.url}/v1`, ...key }, an: { kind: 'anthropic', baseUrl: provider.url, ...key } } },
  );
});
afterAll(async () => {
  await scripted.stop();
  await provider.stop();
});
beforeEach(() => provider.requests.splice(0));

const BIG = '12345678901234567890';
const PNG = 'iVBORw0KGgo=';
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
const lastBody = (): JsonObject => JSON.parse(provider.requests.at(-1)?.body ?? 'null') as JsonObject;
const eventsOf = (text: string): JsonObject[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as JsonObject);

describe('an OpenAI client at a provider of kind anthropic', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look.' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      ],
    },
  ];

  it('carries text, images, tools, schema and limits, and reports what it leaves out', async () => {
    provider.script = {
      type: 'json',
      text: '{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"text","text":"Paris"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":4}}',
    };
    const response = await ask(scripted, 'openai', {
      model: 'an/claude-sonnet-4-5',
      messages,
      max_tokens: 50,
      seed: 1,
      service_tier: 'flex',
      stop: 'END',
      tools: [{ type: 'function', function: { name: 'weather', description: 'Tells it.', parameters: SCHEMA, strict: true } }],
      tool_choice: 'auto',
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema: SCHEMA, strict: true } },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-switchyard-not-carried')).toBe('service_tier, seed');
    expect(response.headers.get('x-switchyard-served-by')).toBe('an/claude-sonnet-4-5');
    expect(provider.requests.at(-1)?.path).toBe('/v1/messages');
    expect(lastBody()).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 50,
      system: 'Be brief.',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          ],
        },
      ],
      tools: [{ name: 'weather', description: 'Tells it.', input_schema: SCHEMA, strict: true }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      output_config: { format: { type: 'json_schema', schema: SCHEMA } },
      stop_sequences: ['END'],
    });
    expect(await response.json()).toMatchObject({
      id: 'msg_1',
      object: 'chat.completion',
      model: 'an/claude-sonnet-4-5',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Paris', reasoning_content: 'Hm.' } }],
      usage: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16, prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 } },
    });
  });

  it('carries calls of tools and their results, every digit of their numbers', async () => {
    provider.script = {
      type: 'json',
      text: `{"id":"msg_2","content":[{"type":"tool_use","id":"toolu_1","name":"add","input":{"n":${BIG}}},{"type":"tool_use","id":"toolu_2","name":"now","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
    };
    const call = (id: string, name: string, input: string): object => ({ id, type: 'function', function: { name, arguments: input } });
    const response = await ask(scripted, 'openai', {
      model: 'an/claude-sonnet-4-5',
      messages: [
        { role: 'user', content: 'Go.' },
        { role: 'assistant', content: null, tool_calls: [call('call_1', 'add', `{"n":${BIG}}`), call('call_2', 'now', '')] },
        { role: 'tool', tool_call_id: 'call_1', content: '3' },
        { role: 'tool', tool_call_id: 'call_2', content: 'noon' },
      ],
    });
    expect(provider.requests.at(-1)?.body).toContain(`"input":{"n":${BIG}}`);
    expect(lastBody()['messages']).toMatchObject([
      { role: 'user', content: 'Go.' },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'call_1' },
          { type: 'tool_use', id: 'call_2', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: '3' },
          { type: 'tool_result', tool_use_id: 'call_2', content: 'noon' },
        ],
      },
    ]);
    expect(await response.json()).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            tool_calls: [
              { id: 'toolu_1', function: { name: 'add', arguments: `{"n":${BIG}}` } },
              { id: 'toolu_2', function: { arguments: '{}' } },
            ],
          },
        },
      ],
    });
  });

  it('streams thoughts, text and parallel calls, and the usage when it is asked for', async () => {
    const block = (index: number, content_block: object): { type: string } => ({ type: 'content_block_start', ...{ index, content_block } });
    const delta = (index: number, value: object): { type: string } => ({ type: 'content_block_delta', ...{ index, delta: value } });
    const stop = (index: number): { type: string } => ({ type: 'content_block_stop', ...{ index } });
    const json = (index: number, partial_json: string): { type: string } => delta(index, { type: 'input_json_delta', partial_json });
    const events = [
      { type: 'message_start', message: { id: 'msg_3', usage: { input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 1 } } },
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      stop(0),
      block(1, { type: 'text', text: '' }),
      delta(1, { type: 'text_delta', text: 'I ask ä€😀.' }),
      stop(1),
      block(2, { type: 'tool_use', id: 'toolu_1', name: 'add', input: {} }),
      json(2, '{"n":'),
      { type: 'ping' },
      json(2, `${BIG}}`),
      stop(2),
      block(3, { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} }),
      stop(3),
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 9 } },
      { type: 'message_stop' },
    ];
    provider.script = { type: 'stream', text: anthropicEvents(...events) };
    const response = await ask(scripted, 'openai', {
      model: 'an/claude-sonnet-4-5',
      stream: true,
      stream_options: { include_usage: true },
      reasoning_effort: 'low',
      max_tokens: 5000,
      metadata: { a: 'b' },
    });
    expect(response.headers.get('x-switchyard-not-carried')).toBe('metadata');
    expect(lastBody()).toMatchObject({ stream: true, thinking: { type: 'enabled', budget_tokens: 2048 } });
    const text = await response.text();
    const chunks = eventsOf(text);
    const deltas = chunks.flatMap(({ choices }) => (choices as { delta: JsonObject; finish_reason: string | null }[]).map((choice) => choice));
    expect(deltas.map(({ delta: said }) => said['content'] ?? '').join('')).toBe('I ask ä€😀.');
    expect(deltas.map(({ delta: said }) => said['reasoning_content'] ?? '').join('')).toBe('Hm');
    const calls = deltas.flatMap(
      ({ delta: said }) => (said['tool_calls'] ?? []) as { index: number; id?: string; function: { name?: string; arguments: string } }[],
    );
    const argumentsOf = (index: number): string =>
      calls
        .filter((call) => call.index === index)
        .map((call) => call.function.arguments)
        .join('');
    expect([argumentsOf(0), argumentsOf(1)]).toEqual([`{"n":${BIG}}`, '{}']);
    expect(calls.filter(({ id }) => id !== undefined).map(({ id, function: called }) => `${id} ${called.name}`)).toEqual(['toolu_1 add', 'toolu_2 now']);
    expect(deltas.map(({ finish_reason: reason }) => reason).filter((reason) => reason !== null)).toEqual(['tool_calls']);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16, prompt_tokens_details: { cached_tokens: 2 } },
    });
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it.each([
    ['/n', { n: 2 }],
    ['/logprobs', { logprobs: true }],
    ['/response_format', { response_format: { type: 'json_object' } }],
    ['/messages/0/content/0/type', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }] }] }],
  ])('CONVERSION_REFUSED names %s, and asks nobody', async (pointer, body) => {
    const response = await ask(scripted, 'openai', { model: 'an/claude-sonnet-4-5', ...body });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('conversion_refused');
    expect(error.message).toContain(`${pointer} cannot be carried from openai-chat to anthropic-messages`);
    expect(provider.requests).toEqual([]);
  });

  it('goes on to a provider of its own dialect with what the other cannot carry', async () => {
    provider.script = {
      type: 'json',
      text: '{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"{}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
    };
    const response = await ask(scripted, 'openai', { model: 'either', response_format: { type: 'json_object' } });
    expect(response.headers.get('x-switchyard-served-by')).toBe('oa/gpt-5.5');
    expect(response.headers.get('x-switchyard-not-carried')).toBeNull();
    expect(provider.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  });
});

describe('an Anthropic client at a provider of kind openai-compatible', () => {
  it('carries system blocks, images, tools and results in one turn, and reports labels of caching', async () => {
    provider.script = {
      type: 'json',
      text: `{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_9","type":"function","function":{"name":"add","arguments":"{\\"n\\":${BIG}}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,"prompt_tokens_details":{"cached_tokens":8}}}`,
    };
    const response = await ask(
      scripted,
      'anthropic',
      `{
      "model": "oa/gpt-5.5", "max_tokens": 64, "system": [{"type":"text","text":"A","cache_control":{"type":"ephemeral"}},{"type":"text","text":"B"}],
      "messages": [
        {"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"${PNG}"}},{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="}}]},
        {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"s"},{"type":"text","text":"On it."},{"type":"tool_use","id":"toolu_1","name":"add","input":{"n":${BIG}}},{"type":"tool_use","id":"toolu_2","name":"now","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"3"},{"type":"tool_result","tool_use_id":"toolu_2","is_error":true,"content":[{"type":"text","text":"no clock"}]},{"type":"text","text":"And?"}]},
        {"role":"system","content":"Answer in French."}
      ],
      "tools": [{"name":"add","description":"Adds.","input_schema":${JSON.stringify(SCHEMA)}}],
      "tool_choice": {"type":"any","disable_parallel_tool_use":true}, "temperature": 0.5, "top_k": 5, "stop_sequences": ["END"], "metadata": {"user_id":"u-1"},
      "output_config": {"effort":"high","format":{"type":"json_schema","schema":${JSON.stringify(SCHEMA)}}}
    }`,
    );
    expect(response.headers.get('x-switchyard-not-carried')).toBe(
      'system.cache_control, top_k, messages.content.thinking, messages.content.tool_result.is_error',
    );
    expect(provider.requests.at(-1)?.body).toContain(BIG);
    expect(lastBody()).toEqual({
      model: 'gpt-5.5',
      messages: [
        {
          role: 'system',
          content: [
            { type: 'text', text: 'A' },
            { type: 'text', text: 'B' },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
          ],
        },
        {
          role: 'assistant',
          content: 'On it.',
          tool_calls: [
            { id: 'toolu_1', type: 'function', function: { name: 'add', arguments: `{"n":${BIG}}` } },
            { id: 'toolu_2', type: 'function', function: { name: 'now', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'toolu_1', content: '3' },
        { role: 'tool', tool_call_id: 'toolu_2', content: 'no clock' },
        { role: 'user', content: 'And?' },
        { role: 'system', content: 'Answer in French.' },
      ],
      tools: [{ type: 'function', function: { name: 'add', description: 'Adds.', parameters: SCHEMA } }],
      tool_choice: 'required',
      parallel_tool_calls: false,
      max_completion_tokens: 64,
      temperature: 0.5,
      stop: ['END'],
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA, strict: true } },
      reasoning_effort: 'high',
      user: 'u-1',
    });
    const text = await response.text();
    expect(text).toContain(`"input":{"n":${BIG}}`);
    expect(JSON.parse(text)).toMatchObject({
      id: 'chatcmpl-1',
      type: 'message',
      role: 'assistant',
      model: 'oa/gpt-5.5',
      content: [{ type: 'tool_use', id: 'call_9', name: 'add' }],
      stop_reason: 'tool_use',
      usage: { input_tokens: 12, cache_read_input_tokens: 8, output_tokens: 5 },
    });
  });

  it('streams blocks one after the other, although the calls of the provider interleave', async () => {
    const chunk = (delta: object, finish_reason: string | null = null): object => ({
      id: 'c',
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason }],
    });
    const call = (index: number, text: string, begin?: { id: string; name: string }): object =>
      chunk({
        tool_calls: [{ index, ...(begin ? { id: begin.id, type: 'function' } : {}), function: { ...(begin ? { name: begin.name } : {}), arguments: text } }],
      });
    const chunks = [
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: 'Hm' }),
      chunk({ content: 'I ' }),
      chunk({ content: 'ask.' }),
      call(0, '{"n":', { id: 'call_0', name: 'add' }),
      call(1, '', { id: 'call_1', name: 'now' }),
      call(1, '{}'),
      call(0, `${BIG}}`),
      chunk({}, 'tool_calls'),
      {
        id: 'c',
        object: 'chat.completion.chunk',
        choices: [],
        usage: { prompt_tokens: 20, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 8 } },
      },
    ];
    provider.script = { type: 'stream', text: openAiEvents(...chunks) };
    const response = await ask(scripted, 'anthropic', {
      model: 'oa/gpt-5.5',
      stream: true,
      thinking: { type: 'enabled', budget_tokens: 2000 },
      max_tokens: 4000,
    });
    expect(response.headers.get('x-switchyard-not-carried')).toBe('thinking.budget_tokens');
    expect(lastBody()).toMatchObject({ stream: true, stream_options: { include_usage: true }, reasoning_effort: 'low', max_completion_tokens: 4000 });
    const events = eventsOf(await response.text());
    expect(events.map(({ type, index }) => (index === undefined ? type : `${String(type)} ${String(index)}`))).toEqual([
      'message_start',
      ...['content_block_start 0', 'content_block_delta 0', 'content_block_stop 0'],
      ...['content_block_start 1', 'content_block_delta 1', 'content_block_delta 1', 'content_block_stop 1'],
      ...['content_block_start 2', 'content_block_delta 2', 'content_block_delta 2', 'content_block_stop 2'],
      ...['content_block_start 3', 'content_block_delta 3', 'content_block_stop 3'],
      'message_delta',
      'message_stop',
    ]);
    const inputOf = (index: number): string =>
      events
        .filter((event) => event['index'] === index)
        .map(({ delta }) => (delta as { partial_json?: string } | undefined)?.partial_json ?? '')
        .join('');
    expect([inputOf(2), inputOf(3)]).toEqual([`{"n":${BIG}}`, '{}']);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' }, usage: { input_tokens: 12, cache_read_input_tokens: 8, output_tokens: 5 } });
  });

  it.each([
    ['/messages/0/content/0/source/type', { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }] }],
    ['/tools/0/type', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    [
      '/messages',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: 'The answer is (' },
        ],
      },
    ],
  ])('CONVERSION_REFUSED names %s', async (pointer, body) => {
    const response = await ask(scripted, 'anthropic', { model: 'oa/gpt-5.5', ...body });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { type: string; message: string } };
    expect(error.type).toBe('invalid_request_error');
    expect(error.message).toContain(`${pointer} cannot be carried from anthropic-messages to openai-chat`);
  });
});
