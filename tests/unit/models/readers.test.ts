import { describe, expect, it } from 'vitest';
import { createAnthropicReader, readAnthropicAnswer } from '../../../src/models/dialects/anthropic-messages/reader.ts';
import { createOpenAiReader, readOpenAiAnswer } from '../../../src/models/dialects/openai-chat/reader.ts';

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const choice = (index: number, delta: object, finish: string | null = null): string => JSON.stringify({ choices: [{ index, delta, finish_reason: finish }] });

describe('a stream of chat completions', () => {
  it.each([
    ['a role', { role: 'assistant' }, false],
    ['an empty text', { role: 'assistant', content: '' }, false],
    ['nothing', { content: null, tool_calls: [] }, false],
    ['a text', { content: 'a' }, true],
    ['a tool call', { tool_calls: [{ index: 0 }] }, true],
    ['reasoning of a compatible server', { reasoning_content: 'a' }, true],
    ['a refusal', { refusal: 'no' }, true],
  ])('%s is content: %j → %s', (_name, delta, hasContent) => {
    expect(createOpenAiReader().read(choice(0, delta)).hasContent).toBe(hasContent);
  });

  it('is complete when every choice that began has ended', () => {
    const reader = createOpenAiReader();
    const steps = [choice(0, { content: 'a' }), choice(1, { content: 'b' }), choice(0, {}, 'stop'), choice(1, {}, 'length')];
    const isCompleteAfter = steps.map((step) => {
      reader.read(step);
      return reader.isComplete;
    });
    expect(isCompleteAfter).toEqual([false, false, false, true]);
  });

  it('is complete with [DONE], and not by nothing', () => {
    const reader = createOpenAiReader();
    expect(reader.isComplete).toBe(false);
    reader.read('[DONE]');
    expect(reader.isComplete).toBe(true);
  });

  it('tells usage where the provider does, else null', () => {
    const reader = createOpenAiReader();
    expect(reader.usage).toMatchObject({ inputTokens: null, outputTokens: null });
    reader.read('{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":-1}}');
    expect(reader.usage).toMatchObject({ inputTokens: 3, outputTokens: null });
  });
});

describe('a stream of messages', () => {
  it('holds content in deltas, and is complete with message_stop alone', () => {
    const reader = createAnthropicReader();
    const steps = [
      { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 1 } } },
      { type: 'content_block_start' },
      { type: 'ping' },
      { type: 'of the future' },
      { type: 'content_block_delta' },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    ];
    expect(steps.map((step) => reader.read(JSON.stringify(step)).hasContent)).toEqual([false, false, false, false, true, true]);
    expect(reader.isComplete).toBe(false);
    reader.read('{"type":"message_stop"}');
    expect([reader.isComplete, reader.usage]).toMatchObject([true, { inputTokens: 3, outputTokens: 5 }]);
  });

  it('tells a failure inside the stream by its class', () => {
    expect(createAnthropicReader().read('{"type":"error","error":{"type":"overloaded_error"}}').failure?.code).toBe('PROVIDER_BUSY');
  });
});

describe('a plain answer', () => {
  it.each([
    ['no choice', () => readOpenAiAnswer(bytes({ choices: [] })), 'PROVIDER_INCOMPLETE'],
    ['a choice without end', () => readOpenAiAnswer(bytes({ choices: [{ finish_reason: 'stop' }, { finish_reason: null }] })), 'PROVIDER_INCOMPLETE'],
    ['a message without end', () => readAnthropicAnswer(bytes({ content: [], stop_reason: null })), 'PROVIDER_INCOMPLETE'],
    ['an error in a 200', () => readOpenAiAnswer(bytes({ error: { type: 'server_error' } })), 'PROVIDER_FAILED'],
    ['no JSON', () => readAnthropicAnswer(Buffer.from('<html>')), 'PROVIDER_FAILED'],
    ['a list', () => readAnthropicAnswer(Buffer.from('[]')), 'PROVIDER_FAILED'],
  ])('with %s is none', (_name, read, code) => {
    expect(read).toThrow(expect.objectContaining({ code }));
  });
});
