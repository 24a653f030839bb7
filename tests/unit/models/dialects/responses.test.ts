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
