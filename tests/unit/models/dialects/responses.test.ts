// @requirement M3.b M3.c M3.d
import { describe, expect, it } from 'vitest';
import type { ChatRequest, LossReport } from '../../../../src/models/dialects/conversation.ts';
import { responsesCodec } from '../../../../src/models/dialects/openai-responses/codec.ts';
import { decodeWith, encodeWith } from './codec-trial.ts';

const SILENT: LossReport = { note: () => undefined };
const decode = (body: object): ReturnType<typeof decodeWith> => decodeWith(responsesCodec, body);
const encode = (change: Partial<ChatRequest>): ReturnType<typeof encodeWith> =>
  encodeWith(responsesCodec, { ...decode({ input: [] }).request, ...change }, 'm');

describe('a request of responses', () => {
  it('is read item by item: instructions in front, what belongs to one side in one turn', () => {
    const { request, noted } = decode({
      model: 'm',
      instructions: 'one',
      input: [
        { role: 'developer', content: 'two' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'a' },
            { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'high' },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'anthropic-messages#s' },
        { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"n":12345678901234567890}', status: 'completed' },
        { type: 'function_call_output', call_id: 'c1', output: 'r' },
        { type: 'message', role: 'system', content: 'three' },
      ],
      tools: [{ type: 'function', name: 'f', parameters: null, strict: null }],
      reasoning: { effort: 'high', summary: 'auto' },
      text: { format: { type: 'json_object' }, verbosity: 'low' },
      include: ['reasoning.encrypted_content'],
      metadata: { a: 'b' },
      truncation: 'disabled',
      store: false,
      user: 'u',
    });
    expect(request).toMatchObject({
      system: ['one', 'two'],
      turns: [
        {
          role: 'user',
          parts: [
            { type: 'text', text: 'a' },
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } },
          ],
        },
        {
          role: 'assistant',
          parts: [
            { type: 'thinking', text: 'hm', signature: 'anthropic-messages#s' },
            { type: 'tool_call', id: 'c1', name: 'f', input: '{"n":12345678901234567890}' },
          ],
        },
        { role: 'user', parts: [{ type: 'tool_result', callId: 'c1', parts: [{ type: 'text', text: 'r' }] }] },
        { role: 'system', parts: [{ type: 'text', text: 'three' }] },
      ],
      tools: [{ name: 'f', inputSchema: { type: 'object', properties: {} } }],
      output: { kind: 'json' },
      thinking: { effort: 'high' },
      endUser: 'u',
    });
    expect(noted.toSorted()).toEqual(['input.detail', 'metadata', 'reasoning.summary', 'text.verbosity']);
  });

  it.each([
    [{ previous_response_id: 'r' }, '/previous_response_id'],
    [{ conversation: 'c' }, '/conversation'],
    [{ prompt: { id: 'p' } }, '/prompt'],
    [{ store: true }, '/store'],
    [{ background: true }, '/background'],
    [{ tools: [{ type: 'web_search' }] }, '/tools/0'],
    [{ tools: [{ type: 'mcp', server_label: 's' }] }, '/tools/0'],
    [{ tool_choice: { type: 'allowed_tools' } }, '/tool_choice'],
    [{ text: { format: { type: 'grammar' } } }, '/text/format'],
    [{ input: [{ type: 'item_reference', id: 'x' }] }, '/input/0'],
    [{ input: [{ type: 'computer_call' }] }, '/input/0'],
    [{ input: [{ role: 'user', content: [{ type: 'input_audio' }] }] }, '/input/0/content/0'],
    [{ input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] }, '/input/0/content/0/file_id'],
  ])('%j is refused, at %s', (member, pointer) => {
    expect(() => decode({ input: 'Hi', ...member })).toThrow(expect.objectContaining({ code: 'CONVERSION_REFUSED', data: { pointer } }));
    // The control: without it, it is read.
    expect(() => decode({ input: 'Hi' })).not.toThrow();
  });

  it('is written so that the vendor keeps nothing, and shows only its own proofs of thinking', () => {
    const thought = (signature: string | null) => ({ type: 'thinking', text: 'hm', signature }) as const;
    const { body, noted } = encode({
      system: ['a', 'b'],
      turns: [
        {
          role: 'assistant',
          parts: [
            thought('openai-responses#mine'),
            thought('gemini#other'),
            thought(null),
            { type: 'text', text: 't' },
            { type: 'tool_call', id: 'c', name: 'f', input: '', signature: null },
          ],
        },
      ],
      thinking: { budgetTokens: 9000, effort: null },
      topK: 4,
      seed: 1,
    });
    expect(body).toMatchObject({
      model: 'm',
      instructions: 'a\n\nb',
      store: false,
      reasoning: { effort: 'medium', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      input: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'mine' },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 't' }] },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      ],
    });
    expect(noted).toEqual(['topK', 'seed', 'thinking.budgetTokens', 'turns.thinking', 'turns.thinking']);
    expect(() => encode({ stop: ['x'] })).toThrow(expect.objectContaining({ code: 'CONVERSION_REFUSED', data: { pointer: 'stop' } }));
  });
});

describe('tools in groups', () => {
  const tool = (name: string): object => ({ type: 'function', name, parameters: { type: 'object', properties: { a: { type: 'string' } } } });
  const group = (name: string, ...tools: readonly object[]): object => ({ type: 'namespace', name, description: 'Tools.', tools });
  const long = 'a-tool-whose-name-alone-is-nearly-as-long-as-a-name-may-be';

  it('have one name each elsewhere, of at most 64 characters; what is told of the group is reported', () => {
    const { request, noted } = decode({ input: 'hi', tools: [tool('plain'), group('mcp__notes', tool('echo'), tool(long), tool(`${long}2`))] });
    const names = request.tools.map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(['plain', 'mcp__notes__echo']);
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,64}$/);
    expect(request.tools[1]).toMatchObject({ group: { namespace: 'mcp__notes', name: 'echo' }, inputSchema: { properties: { a: {} } } });
    expect(noted).toEqual(['tools.description']);
  });

  it('are read under that name in calls that were made, and in the choice of one', () => {
    const call = { type: 'function_call', call_id: 'c', name: 'echo', namespace: 'mcp__notes', arguments: '{}' };
    const { request } = decode({
      input: [call],
      tools: [group('mcp__notes', tool('echo'))],
      tool_choice: { type: 'function', name: 'echo', namespace: 'mcp__notes' },
    });
    expect(request.turns).toMatchObject([{ parts: [{ type: 'tool_call', name: 'mcp__notes__echo' }] }]);
    expect(request.toolChoice).toEqual({ mode: 'tool', name: 'mcp__notes__echo' });
  });

  it('are called by both names in an answer, whole and in each event that names them', () => {
    const { request } = decode({ input: 'hi', tools: [tool('plain'), group('mcp__notes', tool(long))] });
    const facts = { model: 'm', createdAt: 5, tools: request.tools };
    const parts = request.tools.map(({ name }, index) => ({ type: 'tool_call', id: `c${index}`, name, input: '{}', signature: null }) as const);
    const both = { name: long, namespace: 'mcp__notes' };
    const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: null, cacheWriteTokens: null };
    const written = responsesCodec.encodeAnswer({ id: 'x', parts, stop: 'tool_calls', stopSequence: null, usage }, facts);
    expect(written['output']).toMatchObject([{ name: 'plain' }, both]);
    expect((written['output'] as object[])[0]).not.toHaveProperty('namespace');

    const encoder = responsesCodec.createEncoder({ ...facts, request, wantsUsage: true });
    const [, part] = parts;
    const events = [
      { type: 'start', id: 'x', usage },
      { type: 'part_start', index: 0, part: { type: 'tool_call', id: 'c', name: part?.name ?? '' } },
      { type: 'delta', index: 0, text: '{}' },
      { type: 'part_end', index: 0 },
      { type: 'end', stop: 'tool_calls', stopSequence: null, usage },
    ] as const;
    const told = events
      .map((event) => encoder.encode(event))
      .join('')
      .split('\n')
      .flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6)) as Record<string, unknown>] : []));
    const of = (type: string): unknown => told.find((event) => event['type'] === type);
    expect(of('response.output_item.added')).toMatchObject({ item: both });
    expect(of('response.function_call_arguments.done')).toMatchObject(both);
    expect(of('response.output_item.done')).toMatchObject({ item: both });
    expect(of('response.completed')).toMatchObject({ response: { output: [both] } });
  });

  it.each([
    ['a tool of its own', [tool('n__echo'), group('n', tool('echo'))]],
    ['a tool that comes later', [group('n', tool('echo')), tool('n__echo')]],
    ['one of another group', [group('n', tool('a__b')), group('n__a', tool('b'))]],
  ])('are refused where one would be taken for %s', (_other, tools) => {
    expect(() => decode({ input: 'hi', tools })).toThrow(expect.objectContaining({ code: 'CONVERSION_REFUSED' }));
  });

  it('are refused where a group holds what only the vendor runs', () => {
    expect(() => decode({ input: 'hi', tools: [group('n', { type: 'web_search' })] })).toThrow(expect.objectContaining({ code: 'CONVERSION_REFUSED' }));
  });
});

describe('an answer of responses', () => {
  it.each([
    [{ status: 'completed', output: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }] }, 'tool_calls'],
    [{ status: 'completed', output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'no' }] }] }, 'refusal'],
    [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [] }, 'length'],
    [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [] }, 'content_filter'],
  ])('%j ends with %s', (body, stop) => {
    expect(responsesCodec.decodeAnswer(body).stop).toBe(stop);
  });

  it('that failed, or holds what nobody asked for, is none', () => {
    expect(() => responsesCodec.decodeAnswer({ status: 'failed', error: { code: 'server_error' } })).toThrow(
      expect.objectContaining({ code: 'PROVIDER_FAILED' }),
    );
    expect(() => responsesCodec.decodeAnswer({ status: 'completed', output: [{ type: 'web_search_call' }] })).toThrow(
      expect.objectContaining({ code: 'PROVIDER_FAILED' }),
    );
  });

  it('seals what the vendor proved, and tells a filter from an end', () => {
    const { parts } = responsesCodec.decodeAnswer({ status: 'completed', output: [{ type: 'reasoning', summary: [], encrypted_content: 'e' }] });
    expect(parts).toEqual([{ type: 'thinking', text: '', signature: 'openai-responses#e' }]);
    const usage = { inputTokens: null, outputTokens: 3, cacheReadTokens: null, cacheWriteTokens: null };
    const written = responsesCodec.encodeAnswer(
      { id: 'x', parts: [{ type: 'redacted_thinking', data: 'd' }], stop: 'refusal', stopSequence: null, usage },
      { model: 'm', createdAt: 5 },
    );
    expect(written).toMatchObject({ id: 'resp_x', status: 'incomplete', incomplete_details: { reason: 'content_filter' }, usage: null, created_at: 5 });
    expect(responsesCodec.decodeRequest({ input: written['output'] }, SILENT).turns[0]?.parts).toEqual([{ type: 'redacted_thinking', data: 'd' }]);
  });

  it('is read from events whose pieces never came', () => {
    const decoder = responsesCodec.createDecoder();
    const events = [
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'whole' },
      { type: 'response.output_item.done', output_index: 1, item: { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' } },
      { type: 'response.completed', response: { status: 'completed', usage: { input_tokens: 1, output_tokens: 2 } } },
    ];
    expect(events.flatMap((event) => decoder.decode(JSON.stringify(event))).map((delta) => ('text' in delta ? delta.text : delta.type))).toEqual([
      'start',
      'part_start',
      'whole',
      'part_start',
      '{"a":1}',
      'part_end',
      'part_end',
      'end',
    ]);
  });
});
