// @requirement M3.b M3.c M3.d
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { converseCodec } from '../../../../src/models/dialects/bedrock-converse/codec.ts';
import type { ChatRequest, Part } from '../../../../src/models/dialects/conversation.ts';
import { responsesCodec } from '../../../../src/models/dialects/openai-responses/codec.ts';
import { answerFrom } from './chat-arbitraries.ts';
import { encodeWith } from './codec-trial.ts';

const BIG = '12345678901234567890';
const EMPTY: ChatRequest = responsesCodec.decodeRequest({ input: [] }, { note: () => undefined });
const encode = (change: Partial<ChatRequest>): ReturnType<typeof encodeWith> => encodeWith(converseCodec, { ...EMPTY, ...change }, 'mistral.x');
const TOOL = { name: 'f', description: 'd', inputSchema: { type: 'object' }, isStrict: true };
const call: Part = { type: 'tool_call', id: 'c', name: 'f', input: `{"n":${BIG}}`, signature: null };

describe('a request of Converse', () => {
  it('has the sides in turn, bytes without URLs, and every digit', () => {
    const { body, noted } = encode({
      system: ['s'],
      turns: [
        { role: 'user', parts: [{ type: 'text', text: 'a' }] },
        {
          role: 'user',
          parts: [
            { type: 'text', text: ' ' },
            { type: 'image', source: { kind: 'base64', mediaType: 'image/jpeg', data: 'AA==' } },
            { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA==' }, name: 'my_file.v1.pdf' },
          ],
        },
        {
          role: 'assistant',
          parts: [{ type: 'thinking', text: 'hm', signature: 'bedrock-converse#p' }, { type: 'thinking', text: 'no', signature: 'gemini#p' }, call],
        },
        { role: 'user', parts: [{ type: 'tool_result', callId: 'c', name: null, parts: [], isError: true }] },
      ],
      tools: [TOOL],
      toolChoice: { mode: 'required' },
      maxTokens: 5,
      stop: ['x'],
      output: { kind: 'schema', name: 'n', schema: { type: 'object' }, isStrict: true },
      thinking: { budgetTokens: 1, effort: null },
    });
    expect(JSON.stringify(body)).toContain(`"input":{"n":${BIG}}`);
    expect(JSON.parse(JSON.stringify(body))).toMatchObject({
      system: [{ text: 's' }],
      messages: [
        {
          role: 'user',
          content: [
            { text: 'a' },
            { image: { format: 'jpeg', source: { bytes: 'AA==' } } },
            { document: { format: 'pdf', name: 'my file v1 3', source: { bytes: 'AA==' } } },
          ],
        },
        { role: 'assistant', content: [{ reasoningContent: { reasoningText: { text: 'hm', signature: 'p' } } }, { toolUse: { toolUseId: 'c', name: 'f' } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'c', status: 'error' } }] },
      ],
      inferenceConfig: { maxTokens: 5, stopSequences: ['x'] },
      toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } }, strict: true } }], toolChoice: { any: {} } },
      outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'n', schema: '{"type":"object"}' } } } },
    });
    expect(noted).toEqual(['thinking', 'turns.thinking']);
  });

  it.each([
    ['an image by URL', { turns: [{ role: 'user', parts: [{ type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } }] }] }, 'turns.image'],
    [
      'a type of image without a word',
      { turns: [{ role: 'user', parts: [{ type: 'image', source: { kind: 'base64', mediaType: 'image/bmp', data: '' } }] }] },
      'turns.image',
    ],
    ['JSON without a schema', { output: { kind: 'json' } }, 'output'],
    ['tools that were called and must not be', { tools: [TOOL], toolChoice: { mode: 'none' }, turns: [{ role: 'assistant', parts: [call] }] }, 'toolChoice'],
  ] as const)('%s is refused', (_name, change, pointer) => {
    expect(() => encode(change as Partial<ChatRequest>)).toThrow(expect.objectContaining({ code: 'CONVERSION_REFUSED', data: { pointer } }));
  });

  it('has the user say an instruction in the middle of the conversation, marked as one, and tells so', () => {
    const turns = (['user', 'system'] as const).map((role) => ({ role, parts: [{ type: 'text' as const, text: role }] }));
    const { body, noted } = encode({ turns });
    expect(body['messages']).toEqual([{ role: 'user', content: [{ text: 'user' }, { text: '<system>\nsystem\n</system>' }] }]);
    expect(noted).toEqual(['turns.system']);
  });

  it('leaves tools out that must not be called', () => {
    expect(encode({ tools: [TOOL], toolChoice: { mode: 'none' } }).body['toolConfig']).toBeUndefined();
  });
});

describe('an answer of Converse', () => {
  const usage = { inputTokens: 3, outputTokens: 2, cacheReadInputTokens: 4 };
  const said = { inputTokens: 7, outputTokens: 2, cacheReadTokens: 4, cacheWriteTokens: null };

  it('is read whole and from events alike', () => {
    const content = [
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'p' } } },
      { text: 'Hi' },
      { toolUse: { toolUseId: 'c', name: 'f', input: { a: 1 } } },
    ];
    const whole = converseCodec.decodeAnswer({ output: { message: { content } }, stopReason: 'tool_use', usage });
    expect(whole).toMatchObject({
      parts: [
        { type: 'thinking', text: 'hm', signature: 'bedrock-converse#p' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_call', id: 'c', name: 'f', input: '{"a":1}' },
      ],
      stop: 'tool_calls',
      usage: said,
    });
    const decoder = converseCodec.createDecoder();
    const delta = (contentBlockIndex: number, inner: JsonObject): JsonObject => ({ contentBlockDelta: { contentBlockIndex, delta: inner } });
    const events = [
      { messageStart: { role: 'assistant' } },
      delta(0, { reasoningContent: { text: 'h' } }),
      delta(0, { reasoningContent: { text: 'm' } }),
      delta(0, { reasoningContent: { signature: 'p' } }),
      { contentBlockStop: { contentBlockIndex: 0 } },
      delta(1, { text: 'Hi' }),
      { contentBlockStop: { contentBlockIndex: 1 } },
      { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { toolUseId: 'c', name: 'f' } } } },
      delta(2, { toolUse: { input: '{"a"' } }),
      delta(2, { toolUse: { input: ':1}' } }),
      { contentBlockStop: { contentBlockIndex: 2 } },
      { messageStop: { stopReason: 'tool_use' } },
      { metadata: { usage } },
    ];
    const streamed = answerFrom([...events.flatMap((event) => decoder.decode(JSON.stringify(event))), ...decoder.finish()]);
    expect({ ...streamed, id: '' }).toEqual({ ...whole, id: '' });
  });

  it.each(['malformed_tool_use', 'of_tomorrow'])('that stops for %s is none', (stopReason) => {
    expect(() => converseCodec.decodeAnswer({ output: { message: { content: [] } }, stopReason })).toThrow(
      expect.objectContaining({ code: 'PROVIDER_FAILED' }),
    );
  });
});
