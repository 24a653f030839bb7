/** Anthropic's messages, member by member: what becomes of it in the typed form, and back. */
// @requirement M3.b M3.c M3.d
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { anthropicCountCodec, anthropicMessagesCodec as codec } from '../../../../src/models/dialects/anthropic-messages/codec.ts';
import type { ChatAnswer, ChatDelta, ChatRequest, Part, StopReason, Turn } from '../../../../src/models/dialects/conversation.ts';
import { sealSignature } from '../../../../src/models/dialects/signatures.ts';
import { answerFrom } from './chat-arbitraries.ts';
import { decodeWith, encodeWith, PLAIN as BARE, pointerOf, UNKNOWN } from './codec-trial.ts';

/** The dialect knows no request without a bound. */
const PLAIN: ChatRequest = { ...BARE, maxTokens: 9 };
const HI = { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
const own = (signature: string): string => sealSignature('anthropic-messages', signature);
const TOOL = { name: 't', description: null, inputSchema: {}, isStrict: null };

const decode = (body: object): ReturnType<typeof decodeWith> => decodeWith(codec, body);
const encode = (request: Partial<ChatRequest>, model = 'claude-opus-5-5'): ReturnType<typeof encodeWith> => encodeWith(codec, { ...PLAIN, ...request }, model);

describe('a request of a client', () => {
  it.each<[object, Partial<ChatRequest>]>([
    [{ system: 'A' }, { system: ['A'] }],
    [{ stop_sequences: ['x'] }, { stop: ['x'] }],
    [{ tool_choice: { type: 'any', disable_parallel_tool_use: true } }, { toolChoice: { mode: 'required' }, isParallelToolUse: false }],
    [{ tool_choice: { type: 'tool', name: 't' } }, { toolChoice: { mode: 'tool', name: 't' } }],
    [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, { thinking: { budgetTokens: 2000, effort: null } }],
    [{ thinking: { type: 'adaptive' }, output_config: { effort: 'max' } }, { thinking: { budgetTokens: null, effort: 'max' } }],
    [{ thinking: { type: 'disabled' } }, { thinking: { budgetTokens: null, effort: 'none' } }],
    [{ output_config: { format: { type: 'json_schema', schema: {} } } }, { output: { kind: 'schema', name: 'answer', schema: {}, isStrict: true } }],
    [{ output_format: { type: 'json_schema', schema: {} } }, { output: { kind: 'schema', name: 'answer', schema: {}, isStrict: true } }],
    [{ metadata: { user_id: 'u' } }, { endUser: 'u' }],
    [{ mcp_servers: [], container: null }, {}],
  ])('%j is understood', (members, request) => {
    expect(decode({ ...HI, ...members })).toEqual({ request: { ...PLAIN, ...request }, noted: [] });
  });

  it.each<[object, string[]]>([
    [{ cache_control: { type: 'ephemeral' }, service_tier: 'auto', context_management: {} }, ['cache_control', 'service_tier', 'context_management']],
    [{ system: [{ type: 'text', text: 'A', cache_control: {} }] }, ['system.cache_control']],
    [{ thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' } }, ['thinking.display']],
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'low', task_budget: 1 } }, ['output_config.task_budget', 'output_config.effort']],
    [{ tools: [{ name: 't', input_schema: {}, defer_loading: true, cache_control: null }] }, ['tools.defer_loading']],
  ])('%j is reported', (members, noted) => {
    expect(decode({ ...HI, ...members }).noted).toEqual(noted);
  });

  const say = (...content: readonly object[]): object => ({ messages: [{ role: 'user', content }] });
  it.each<[string, object]>([
    ['CONVERSION_REFUSED /container', { container: 'c' }],
    ['CONVERSION_REFUSED /mcp_servers', { mcp_servers: [{ url: 'x' }] }],
    ['CONVERSION_REFUSED /inference_geo', { inference_geo: 'us' }],
    ['CONVERSION_REFUSED /tools/0/type', { tools: [{ type: 'bash_20250124', name: 'bash' }] }],
    ['CONVERSION_REFUSED /messages/0/content/0/type', say({ type: 'server_tool_use', id: 'x', name: 'web_search', input: {} })],
    ['CONVERSION_REFUSED /messages/0/content/0/source/type', say({ type: 'image', source: { type: 'file', file_id: 'f' } })],
    ['CONVERSION_REFUSED /messages/0/content/0/citations', say({ type: 'document', source: { type: 'text', data: 'x' }, citations: { enabled: true } })],
    ['CONVERSION_REFUSED /messages/0/content/0/context', say({ type: 'document', source: { type: 'text', data: 'x' }, context: 'of mine' })],
    ['CONVERSION_REFUSED /messages/0/content/0/caller', say({ type: 'tool_use', id: 'x', name: 't', input: {}, caller: { type: 'code_execution_20250825' } })],
    ['INVALID_REQUEST /messages/0/content', { messages: [{ role: 'user' }] }],
    ['INVALID_REQUEST /messages/0/content/0/text', say({ type: 'text', text: 5 })],
    ['INVALID_REQUEST /output_config/effort', { output_config: { effort: 'heroic' } }],
  ])('%s', (named, members) => {
    expect(pointerOf(() => decode({ ...HI, ...members }))).toBe(named);
  });

  it('knows plain text documents, thoughts with and without a signature, and system turns', () => {
    const { request } = decode({
      messages: [
        { role: 'user', content: [{ type: 'document', title: 'a', source: { type: 'text', media_type: 'text/plain', data: 'ä' } }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: '' },
            { type: 'redacted_thinking', data: 'd' },
          ],
        },
        { role: 'user', content: 'go' },
        { role: 'system', content: [{ type: 'text', text: 'S' }] },
      ],
    });
    expect(request.turns).toEqual([
      { role: 'user', parts: [{ type: 'document', name: 'a', source: { kind: 'base64', mediaType: 'text/plain', data: 'w6Q=' } }] },
      {
        role: 'assistant',
        parts: [
          { type: 'thinking', text: 'hm', signature: null },
          { type: 'redacted_thinking', data: 'd' },
        ],
      },
      { role: 'user', parts: [{ type: 'text', text: 'go' }] },
      { role: 'system', parts: [{ type: 'text', text: 'S' }] },
    ] satisfies readonly Turn[]);
  });
});

describe('a request to a provider', () => {
  const base = { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
  const effort = (value: 'none' | 'minimal' | 'high'): Partial<ChatRequest> => ({ thinking: { budgetTokens: null, effort: value } });
  it.each<[string, Partial<ChatRequest>, JsonObject, string[]]>([
    ['claude-opus-5-5', { maxTokens: null }, { max_tokens: 4096 }, []],
    ['claude-opus-5-5', { temperature: 0.5, topP: 0.5, topK: 5, seed: 1 }, {}, ['seed', 'temperature', 'topP', 'topK']],
    ['claude-opus-4-6', { temperature: 0.5, topP: 0.5, topK: 5 }, { temperature: 0.5, top_k: 5 }, ['topP']],
    ['claude-sonnet-4-20250514', { temperature: 0.5, topP: 0.5 }, { temperature: 0.5, top_p: 0.5 }, []],
    ['claude-haiku-4-5', { temperature: 1.5 }, { temperature: 1 }, ['temperature']],
    ['glm-5', { temperature: 0.5, topP: 0.5 }, { temperature: 0.5, top_p: 0.5 }, []],
    ['claude-opus-5-5', effort('high'), { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }, []],
    ['claude-opus-5-5', effort('minimal'), { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }, ['thinking.effort']],
    ['claude-opus-5-5', effort('none'), { thinking: { type: 'disabled' } }, []],
    ['claude-opus-5-5', { thinking: { budgetTokens: 5000, effort: null } }, { thinking: { type: 'adaptive' } }, ['thinking.budgetTokens']],
    ['claude-haiku-4-5', { ...effort('high'), maxTokens: null }, { thinking: { type: 'enabled', budget_tokens: 16_384 }, max_tokens: 20_480 }, []],
    ['claude-haiku-4-5', { ...effort('high'), maxTokens: 3000 }, { thinking: { type: 'enabled', budget_tokens: 2999 }, max_tokens: 3000 }, ['thinking.effort']],
    ['claude-haiku-4-5', { ...effort('high'), maxTokens: 500 }, { max_tokens: 500 }, ['thinking']],
    [
      'claude-haiku-4-5',
      { ...effort('high'), maxTokens: 20_000, temperature: 0 },
      { thinking: { type: 'enabled', budget_tokens: 16_384 }, max_tokens: 20_000 },
      ['temperature'],
    ],
    ['claude-opus-5-5', { toolChoice: { mode: 'none' }, isParallelToolUse: true }, {}, ['toolChoice', 'isParallelToolUse']],
    ['claude-opus-5-5', { endUser: 'u', stop: ['x'], isStream: true }, { metadata: { user_id: 'u' }, stop_sequences: ['x'], stream: true }, []],
  ])('to %s, %j is %j', (model, request, members, noted) => {
    expect(encode(request, model)).toEqual({ body: { model, ...base, ...members }, noted });
  });

  it.each<[Partial<ChatRequest>, JsonObject, string[]]>([
    [{ isParallelToolUse: false }, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }, []],
    [{ toolChoice: { mode: 'required' } }, { tool_choice: { type: 'any' } }, []],
    [{ toolChoice: { mode: 'tool', name: 't' }, isParallelToolUse: true }, { tool_choice: { type: 'tool', name: 't', disable_parallel_tool_use: false } }, []],
    [{ toolChoice: { mode: 'none' }, isParallelToolUse: false }, { tool_choice: { type: 'none' } }, ['isParallelToolUse']],
    [
      { toolChoice: { mode: 'required' }, thinking: { budgetTokens: null, effort: 'high' } },
      { tool_choice: { type: 'any' }, output_config: { effort: 'high' } },
      ['thinking'],
    ],
  ])('with a tool, %j is %j', (request, members, noted) => {
    expect(encode({ tools: [TOOL], ...request })).toEqual({
      body: { model: 'claude-opus-5-5', ...base, tools: [{ name: 't', input_schema: {} }], ...members },
      noted,
    });
  });

  it('sends back what the vendor signed, and no signature of another', () => {
    const parts: readonly Part[] = [
      { type: 'thinking', text: 'a', signature: own('sig') },
      { type: 'thinking', text: 'b', signature: sealSignature('gemini', 'sig') },
      { type: 'thinking', text: 'c', signature: 'sig' },
      { type: 'thinking', text: 'd', signature: null },
      { type: 'redacted_thinking', data: own('data') },
      { type: 'redacted_thinking', data: 'data' },
      { type: 'text', text: '' },
      { type: 'refusal', text: 'No.' },
    ];
    const { body, noted } = encode({ turns: [...PLAIN.turns, { role: 'assistant', parts }, ...PLAIN.turns] });
    expect(body['messages']).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'a', signature: 'sig' },
          { type: 'redacted_thinking', data: 'data' },
          { type: 'text', text: 'No.' },
        ],
      },
      { role: 'user', content: 'hi' },
    ]);
    expect(noted).toEqual(['turns.thinking', 'turns.thinking', 'turns.thinking', 'turns.redacted_thinking']);
  });

  it('does not think on behind calls whose signed thoughts are gone, where the vendor would refuse it', () => {
    const call: Part = { type: 'tool_call', id: 'c.1', name: 't', input: '', signature: null };
    const result: Part = { type: 'tool_result', callId: 'c.1', name: null, parts: [], isError: true };
    const behind = (...parts: readonly Part[]): Partial<ChatRequest> => ({
      maxTokens: 9000,
      thinking: { budgetTokens: 2000, effort: null },
      turns: [...PLAIN.turns, { role: 'assistant', parts }, { role: 'user', parts: [result] }],
    });
    expect(encode(behind(call), 'claude-haiku-4-5')).toMatchObject({ noted: ['thinking'] });
    expect(encode(behind({ type: 'thinking', text: 'a', signature: own('s') }, call), 'claude-haiku-4-5')).toMatchObject({
      body: { thinking: { budget_tokens: 2000 } },
      noted: [],
    });
    // Its ids are letters, digits, _ and -.
    expect(encode(behind(call), 'claude-haiku-4-5').body['messages']).toMatchObject([
      {},
      { content: [{ id: expect.stringMatching(/^c_1_[0-9a-f]{12}$/), input: {} }] },
      { content: [{ tool_use_id: expect.stringMatching(/^c_1_[0-9a-f]{12}$/), is_error: true }] },
    ]);
  });

  const system: Turn = { role: 'system', parts: [{ type: 'text', text: 'S' }] };
  const assistant: Turn = { role: 'assistant', parts: [{ type: 'text', text: 'A' }] };
  it.each<[string, string, Partial<ChatRequest>]>([
    ['no refusal', 'claude-opus-4-8', { turns: [...PLAIN.turns, system] }],
    ['CONVERSION_REFUSED turns.role', 'claude-haiku-4-5', { turns: [...PLAIN.turns, system] }],
    ['CONVERSION_REFUSED turns.role', 'claude-opus-5-5', { turns: [...PLAIN.turns, assistant, system] }],
    ['CONVERSION_REFUSED turns.role', 'claude-opus-5-5', { turns: [...PLAIN.turns, system, ...PLAIN.turns] }],
    ['CONVERSION_REFUSED output', 'claude-opus-5-5', { output: { kind: 'json' } }],
    [
      'CONVERSION_REFUSED turns.document',
      'claude-opus-5-5',
      { turns: [{ role: 'user', parts: [{ type: 'document', name: null, source: { kind: 'base64', mediaType: 'application/zip', data: '' } }] }] },
    ],
    [
      'CONVERSION_REFUSED turns.tool_call',
      'claude-opus-5-5',
      { turns: [{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c', name: 't', input: '{"n":', signature: null }] }, ...PLAIN.turns] },
    ],
  ])('%s: %s', (named, model, request) => {
    expect(pointerOf(() => encode(request, model))).toBe(named);
  });

  it('a count takes what makes up the input, and is read and written', () => {
    const counted = anthropicCountCodec.encodeRequest({ ...PLAIN, temperature: 1, stop: ['x'], tools: [TOOL] }, 'claude-haiku-4-5', { note: () => undefined });
    expect(Object.keys(counted)).toEqual(['model', 'messages', 'tools']);
    expect(anthropicCountCodec.decodeAnswer(anthropicCountCodec.encodeAnswer(5))).toBe(5);
    expect(pointerOf(() => anthropicCountCodec.decodeAnswer({}))).toContain('PROVIDER_FAILED');
  });
});

describe('an answer', () => {
  it.each<[string, StopReason]>([
    ['end_turn', 'end'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['stop_sequence', 'stop_sequence'],
    ['tool_use', 'tool_calls'],
    ['pause_turn', 'pause'],
    ['refusal', 'refusal'],
  ])('that stopped for %s ended by %s', (reason, stop) => {
    expect(codec.decodeAnswer({ content: [], stop_reason: reason }).stop).toBe(stop);
  });

  it.each<[StopReason, string]>([
    ['end', 'end_turn'],
    ['length', 'max_tokens'],
    ['stop_sequence', 'stop_sequence'],
    ['tool_calls', 'tool_use'],
    ['pause', 'pause_turn'],
    ['refusal', 'refusal'],
    ['content_filter', 'refusal'],
  ])('that ended by %s stopped for %s', (stop, reason) => {
    const whole: ChatAnswer = { id: 'i', parts: [{ type: 'refusal', text: 'x' }], stop, stopSequence: null, usage: UNKNOWN };
    expect(codec.encodeAnswer(whole, { model: 'm', createdAt: 1 })).toMatchObject({
      stop_reason: reason,
      content: [{ type: 'text', text: 'x' }],
      usage: { input_tokens: null, output_tokens: null },
    });
  });

  it.each<[string, JsonObject]>([
    ['an unknown reason', { content: [], stop_reason: 'tired' }],
    ['a block of the vendor’s own tools', { content: [{ type: 'server_tool_use' }], stop_reason: 'end_turn' }],
  ])('with %s is a failure', (_, body) => {
    expect(pointerOf(() => codec.decodeAnswer(body))).toContain('PROVIDER_FAILED');
  });

  it('with arguments that are no JSON object is a failure: the dialect cannot say them', () => {
    const broken: ChatAnswer = {
      id: 'i',
      parts: [{ type: 'tool_call', id: 'c', name: 't', input: '{"n":', signature: null }],
      stop: 'tool_calls',
      stopSequence: null,
      usage: UNKNOWN,
    };
    expect(pointerOf(() => codec.encodeAnswer(broken, { model: 'm', createdAt: 1 }))).toContain('PROVIDER_FAILED');
  });

  it('counts its cache beside the input, and within it in the typed form', () => {
    const usage = { inputTokens: 20, outputTokens: 5, cacheReadTokens: 8, cacheWriteTokens: 2 };
    const written = codec.encodeAnswer({ id: 'i', parts: [], stop: 'end', stopSequence: null, usage }, { model: 'm', createdAt: 1 });
    expect(written['usage']).toEqual({ input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 8, cache_creation_input_tokens: 2 });
    expect(codec.decodeAnswer(written).usage).toEqual(usage);
  });
});

describe('a stream', () => {
  const read = (...events: readonly object[]): readonly ChatDelta[] => {
    const decoder = codec.createDecoder();
    return [...events.flatMap((event) => decoder.decode(JSON.stringify(event))), ...decoder.finish()];
  };
  const end = [
    { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 9, input_tokens: null } },
    { type: 'message_stop' },
  ];

  it('whose server sends the input with the beginning of the call, or signs nothing, is understood', () => {
    const answer = answerFrom(
      read(
        { type: 'message_start', message: { id: 'm', usage: { input_tokens: 5, output_tokens: 1 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: 'hm', signature: '' } },
        { type: 'content_block_stop', index: 0 },
        { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'a', name: 't', input: { n: 1 } } },
        { type: 'content_block_stop', index: 1 },
        ...end,
      ),
    );
    expect(answer).toMatchObject({
      stop: 'tool_calls',
      usage: { inputTokens: 5, outputTokens: 9 },
      parts: [
        { text: 'hm', signature: null },
        { id: 'a', input: '{"n":1}' },
      ],
    });
  });

  it('says its end once', () => {
    expect(read(...end).filter(({ type }) => type === 'end')).toHaveLength(1);
  });

  it('with a block of the vendor’s own tools is a failure', () => {
    expect(pointerOf(() => read({ type: 'content_block_start', index: 0, content_block: { type: 'web_search_tool_result' } }))).toContain('PROVIDER_FAILED');
  });

  it('to a client: redacted thoughts and signatures stay, a signature of other parts does not', () => {
    const encoder = codec.createEncoder({ model: 'm', createdAt: 1, request: PLAIN, wantsUsage: true });
    const text = (
      [
        { type: 'part_start', index: 0, part: { type: 'redacted_thinking', data: 'd' } },
        { type: 'part_end', index: 0 },
        { type: 'part_start', index: 1, part: { type: 'tool_call', id: 'c', name: 't' } },
        { type: 'signature', index: 1, signature: 's' },
        { type: 'part_end', index: 1 },
      ] satisfies readonly ChatDelta[]
    )
      .map((delta) => encoder.encode(delta))
      .join('');
    expect(text).toContain('"content_block":{"type":"redacted_thinking","data":"d"}');
    expect(text).not.toContain('signature');
  });
});
