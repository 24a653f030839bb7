/** OpenAI's chat, member by member: what becomes of it in the typed form, and back. */
// @requirement M3.b M3.c M3.d
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import type { ChatAnswer, ChatDelta, ChatRequest, Part, StopReason } from '../../../../src/models/dialects/conversation.ts';
import { openAiChatCodec as codec } from '../../../../src/models/dialects/openai-chat/codec.ts';
import { answerFrom } from './chat-arbitraries.ts';
import { decodeWith, encodeWith, PLAIN, pointerOf, UNKNOWN } from './codec-trial.ts';

const HI = { messages: [{ role: 'user', content: 'hi' }] };
const TOOL = { name: 't', description: null, inputSchema: { type: 'object' }, isStrict: null };

const decode = (body: object): ReturnType<typeof decodeWith> => decodeWith(codec, body);
const encode = (request: Partial<ChatRequest>, model = 'gpt-6-sol'): ReturnType<typeof encodeWith> => encodeWith(codec, { ...PLAIN, ...request }, model);

describe('a request of a client', () => {
  it.each<[object, Partial<ChatRequest>]>([
    [{ max_tokens: 5 }, { maxTokens: 5 }],
    [{ max_completion_tokens: 6, max_tokens: null }, { maxTokens: 6 }],
    [{ stop: 'x' }, { stop: ['x'] }],
    [{ stop: ['x', 'y'] }, { stop: ['x', 'y'] }],
    [{ tool_choice: 'required' }, { toolChoice: { mode: 'required' } }],
    [{ tool_choice: { type: 'function', function: { name: 't' } } }, { toolChoice: { mode: 'tool', name: 't' } }],
    [{ parallel_tool_calls: false }, { isParallelToolUse: false }],
    [{ response_format: { type: 'json_object' } }, { output: { kind: 'json' } }],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {} } } },
      { output: { kind: 'schema', name: 'n', schema: {}, isStrict: false } },
    ],
    [{ reasoning_effort: 'xhigh' }, { thinking: { budgetTokens: null, effort: 'xhigh' } }],
    [{ user: 'u' }, { endUser: 'u' }],
    [{ safety_identifier: 's' }, { endUser: 's' }],
    [{ n: 1, logprobs: false, modalities: ['text'], top_logprobs: 0, functions: [] }, {}],
    [{ tools: [{ type: 'function', function: { name: 't' } }] }, { tools: [{ ...TOOL, inputSchema: { type: 'object', properties: {} } }] }],
  ])('%j is understood', (members, request) => {
    expect(decode({ ...HI, ...members })).toEqual({ request: { ...PLAIN, ...request }, noted: [] });
  });

  it.each<[object, string[]]>([
    [{ service_tier: 'flex', metadata: { a: 'b' }, store: true, of_tomorrow: 0 }, ['service_tier', 'metadata', 'store', 'of_tomorrow']],
    [{ logit_bias: { 1: 2 }, frequency_penalty: 1, verbosity: 'low' }, ['logit_bias', 'frequency_penalty', 'verbosity']],
    [{ max_tokens: 5, max_completion_tokens: 6 }, ['max_tokens']],
    [{ stream_options: { include_usage: true, include_obfuscation: false } }, ['stream_options.include_obfuscation']],
    [{ messages: [{ role: 'user', name: 'Ann', content: 'hi' }] }, ['messages.name']],
    [{ user: null, of_tomorrow: null }, []],
  ])('%j is reported', (members, noted) => {
    expect(decode({ ...HI, ...members }).noted).toEqual(noted);
  });

  it.each<[string, object]>([
    ['CONVERSION_REFUSED /n', { n: 2 }],
    ['CONVERSION_REFUSED /logprobs', { logprobs: true }],
    ['CONVERSION_REFUSED /top_logprobs', { top_logprobs: 3 }],
    ['CONVERSION_REFUSED /audio', { audio: { voice: 'alloy' } }],
    ['CONVERSION_REFUSED /modalities', { modalities: ['text', 'audio'] }],
    ['CONVERSION_REFUSED /functions', { functions: [{ name: 'f' }] }],
    ['CONVERSION_REFUSED /web_search_options', { web_search_options: {} }],
    ['CONVERSION_REFUSED /tools/0/type', { tools: [{ type: 'custom', custom: { name: 'c' } }] }],
    ['CONVERSION_REFUSED /tool_choice', { tool_choice: { type: 'allowed_tools' } }],
    ['CONVERSION_REFUSED /response_format/type', { response_format: { type: 'grammar' } }],
    ['CONVERSION_REFUSED /messages/0/content/0/type', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }],
    ['CONVERSION_REFUSED /messages/0/content/0/file/file_id', { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] }],
    ['CONVERSION_REFUSED /messages/0/function_call', { messages: [{ role: 'assistant', function_call: { name: 'f' } }] }],
    ['INVALID_REQUEST /messages', { messages: 'hi' }],
    ['INVALID_REQUEST /temperature', { temperature: 'hot' }],
    ['INVALID_REQUEST /messages/0/role', { messages: [{ role: 'robot', content: '' }] }],
    [
      'INVALID_REQUEST /messages/0/content/0/image_url/url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png,raw' } }] }] },
    ],
  ])('%s', (named, members) => {
    expect(pointerOf(() => decode({ ...HI, ...members }))).toBe(named);
  });

  it('joins the messages of one side: results of tools are the user’s, late instructions keep their place', () => {
    const { request } = decode({
      messages: [
        { role: 'developer', content: 'A' },
        { role: 'system', content: [{ type: 'text', text: 'B' }] },
        { role: 'user', content: '1' },
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'hm',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 't', arguments: '{"n":12345678901234567890}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'r' },
        { role: 'user', content: '2' },
        { role: 'system', content: 'C' },
      ],
    });
    expect(request.system).toEqual(['A', 'B']);
    expect(request.turns).toEqual([
      { role: 'user', parts: [{ type: 'text', text: '1' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'thinking', text: 'hm', signature: null },
          { type: 'tool_call', id: 'c', name: 't', input: '{"n":12345678901234567890}', signature: null },
        ],
      },
      {
        role: 'user',
        parts: [
          { type: 'tool_result', callId: 'c', name: null, parts: [{ type: 'text', text: 'r' }], isError: false },
          { type: 'text', text: '2' },
        ],
      },
      { role: 'system', parts: [{ type: 'text', text: 'C' }] },
    ]);
  });
});

describe('a request to a provider', () => {
  it.each<[string, Partial<ChatRequest>, JsonObject, string[]]>([
    ['gpt-6-sol', { maxTokens: 5 }, { max_completion_tokens: 5 }, []],
    ['gpt-4.1', { maxTokens: 5 }, { max_tokens: 5 }, []],
    ['qwen3', { maxTokens: 5 }, { max_tokens: 5 }, []],
    ['gpt-6-sol', { topK: 5 }, {}, ['topK']],
    ['gpt-6-sol', { thinking: { budgetTokens: null, effort: 'high' } }, { reasoning_effort: 'high' }, []],
    ['openai/o4-mini', { thinking: { budgetTokens: 9000, effort: null } }, { reasoning_effort: 'medium' }, ['thinking.budgetTokens']],
    ['gpt-4.1', { thinking: { budgetTokens: null, effort: 'high' } }, {}, ['thinking']],
    ['gpt-6-sol', { thinking: { budgetTokens: null, effort: null } }, {}, ['thinking']],
    ['gpt-6-sol', { toolChoice: { mode: 'auto' }, isParallelToolUse: false }, {}, ['toolChoice', 'isParallelToolUse']],
    ['gpt-6-sol', { isStream: true }, { stream: true, stream_options: { include_usage: true } }, []],
    ['gpt-6-sol', { endUser: 'u' }, { user: 'u' }, []],
  ])('to %s, %j is %j', (model, request, members, noted) => {
    expect(encode(request, model)).toEqual({ body: { model, messages: [{ role: 'user', content: 'hi' }], ...members }, noted });
  });

  it.each([
    ['a schema that is closed', { type: 'object', properties: { a: {} }, required: ['a'], additionalProperties: false }, true],
    ['an optional property', { type: 'object', properties: { a: {} }, additionalProperties: false }, false],
    ['an open object below', { type: 'array', items: { type: 'object', properties: { a: {} }, required: ['a'] } }, false],
    ['an open definition', { type: 'object', properties: {}, required: [], additionalProperties: false, $defs: { d: { properties: { a: {} } } } }, false],
  ])('%s: strict is what the vendor takes, and what differs is reported', (_, schema, isStrict) => {
    const { body, noted } = encode({ output: { kind: 'schema', name: 'n', schema, isStrict: true } });
    expect(body['response_format']).toEqual({ type: 'json_schema', json_schema: { name: 'n', schema, strict: isStrict } });
    expect(noted).toEqual(isStrict ? [] : ['output.isStrict']);
  });

  it('puts results of tools right behind their calls, and what is no text into a message of the user', () => {
    const image: Part = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } };
    const { body, noted } = encode({
      turns: [
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'c', name: 't', input: '', signature: null }] },
        {
          role: 'user',
          parts: [
            { type: 'text', text: 'so?' },
            { type: 'tool_result', callId: 'c', name: null, parts: [{ type: 'text', text: 'r' }, image], isError: true },
          ],
        },
      ],
    });
    expect(body['messages']).toEqual([
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 't', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: 'r' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'so?' },
          { type: 'text', text: 'Result of tool call c:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        ],
      },
    ]);
    expect(noted).toEqual(['turns.tool_result.isError', 'turns.tool_result.media']);
  });

  it('leaves the thoughts of others behind and says so; a refusal stays one', () => {
    const { body, noted } = encode({
      turns: [
        {
          role: 'assistant',
          parts: [
            { type: 'thinking', text: 'hm', signature: 'x' },
            { type: 'redacted_thinking', data: 'd' },
            { type: 'refusal', text: 'No.' },
          ],
        },
        { role: 'user', parts: [{ type: 'text', text: 'Why?' }] },
      ],
    });
    expect(body['messages']).toEqual([
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'user', content: 'Why?' },
    ]);
    expect(noted).toEqual(['turns.thinking', 'turns.redacted_thinking']);
  });

  it.each<[string, Partial<ChatRequest>]>([
    [
      'CONVERSION_REFUSED turns.document.source',
      { turns: [{ role: 'user', parts: [{ type: 'document', source: { kind: 'url', url: 'https://example.com/a.pdf' }, name: null }] }] },
    ],
  ])('%s', (named, request) => {
    expect(pointerOf(() => encode(request))).toBe(named);
  });
});

describe('an answer', () => {
  const answer = (message: object, finish_reason: unknown, usage?: object): JsonObject => ({
    id: 'c',
    choices: [{ index: 0, message, finish_reason }],
    ...(usage ? { usage } : {}),
  });

  it.each<[string, StopReason]>([
    ['stop', 'end'],
    ['length', 'length'],
    ['tool_calls', 'tool_calls'],
    ['function_call', 'tool_calls'],
    ['content_filter', 'content_filter'],
    ['eos_token', 'end'],
  ])('that ends with %s ended by %s', (reason, stop) => {
    expect(codec.decodeAnswer(answer({ content: 'x' }, reason)).stop).toBe(stop);
  });

  it.each<[StopReason, string]>([
    ['end', 'stop'],
    ['stop_sequence', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'tool_calls'],
    ['content_filter', 'content_filter'],
    ['refusal', 'content_filter'],
  ])('that ended by %s says %s', (stop, reason) => {
    const whole: ChatAnswer = { id: 'i', parts: [{ type: 'text', text: 'x' }], stop, stopSequence: null, usage: UNKNOWN };
    expect(codec.encodeAnswer(whole, { model: 'm', createdAt: 1 })).toMatchObject({ choices: [{ finish_reason: reason }] });
  });

  it('whose reason nobody knows is a failure, and so is a pause: neither is an end', () => {
    expect(pointerOf(() => codec.decodeAnswer(answer({ content: 'x' }, 'error')))).toContain('PROVIDER_FAILED');
    const paused: ChatAnswer = { id: 'i', parts: [], stop: 'pause', stopSequence: null, usage: UNKNOWN };
    expect(pointerOf(() => codec.encodeAnswer(paused, { model: 'm', createdAt: 1 }))).toContain('PROVIDER_INCOMPLETE');
  });

  it('keeps refusals, thoughts and calls; a stop with calls is one for the calls', () => {
    const message = { content: null, reasoning: 'hm', refusal: 'No.', tool_calls: [{ id: '', function: { name: 't', arguments: '' } }] };
    expect(codec.decodeAnswer(answer({ ...message, tool_calls: undefined }, 'stop'))).toMatchObject({
      stop: 'refusal',
      parts: [
        { type: 'thinking', text: 'hm' },
        { type: 'refusal', text: 'No.' },
      ],
    });
    expect(codec.decodeAnswer(answer({ ...message, refusal: null }, 'stop'))).toMatchObject({
      stop: 'tool_calls',
      parts: [{ type: 'thinking' }, { type: 'tool_call', id: expect.stringMatching(/^call_[0-9a-f]{24}$/), name: 't', input: '' }],
    });
  });

  it('without a usage has none: no 0 is made up', () => {
    const decoded = codec.decodeAnswer(answer({ content: 'x' }, 'stop'));
    expect(decoded.usage).toEqual(UNKNOWN);
    expect(codec.encodeAnswer(decoded, { model: 'm', createdAt: 1 })).not.toHaveProperty('usage');
  });
});

describe('a stream', () => {
  const chunk = (delta: object, finish_reason: string | null = null): string => JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason }] });
  const read = (...events: readonly string[]): readonly ChatDelta[] => {
    const decoder = codec.createDecoder();
    return [...events.flatMap((event) => decoder.decode(event)), ...decoder.finish()];
  };

  it('of a server that numbers no calls and ends with [DONE] alone is understood', () => {
    const piece = (id: string, text: string): string => chunk({ tool_calls: [{ id, function: { name: 't', arguments: text } }] });
    expect(answerFrom(read(piece('a', '{"n":1}'), piece('b', '{}'), '[DONE]'))).toMatchObject({
      stop: 'tool_calls',
      parts: [
        { id: 'a', input: '{"n":1}' },
        { id: 'b', input: '{}' },
      ],
    });
  });

  it('whose every chunk has an empty reason ends with its last', () => {
    const empty = JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: 'x' }, finish_reason: '' }] });
    expect(answerFrom(read(empty, empty, chunk({}, 'length'), chunk({})))).toMatchObject({ stop: 'length', parts: [{ text: 'xx' }] });
  });

  it('tells a client its usage only when it was asked for, in the last chunk', () => {
    const end: ChatDelta = {
      type: 'end',
      stop: 'end',
      stopSequence: null,
      usage: { inputTokens: 3, outputTokens: 4, cacheReadTokens: null, cacheWriteTokens: null },
    };
    const write = (wantsUsage: boolean): string => codec.createEncoder({ model: 'm', createdAt: 1, request: PLAIN, wantsUsage }).encode(end);
    expect(write(false)).not.toContain('usage');
    expect(write(true)).toContain('"choices":[]');
    expect(write(true)).toContain('"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}');
  });
});
