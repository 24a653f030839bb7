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

  it.each([
    ['an empty reason ends nothing', [choice(0, { content: 'a' }, '')], false],
    ['text after an end needs another end', [choice(0, { content: 'a' }, 'stop'), choice(0, { content: 'b' })], false],
    ['a reason in every chunk', [choice(0, { content: 'a' }, 'stop'), choice(0, { content: 'b' }, 'stop')], true],
    ['an empty delta after the end', [choice(0, { content: 'a' }, 'stop'), choice(0, {})], true],
    ['a repeated end', [choice(0, { content: 'a' }), choice(0, {}, 'stop'), choice(0, {}, 'stop')], true],
  ])('%s', (_name, steps, isComplete) => {
    const reader = createOpenAiReader();
    for (const step of steps) reader.read(step);
    expect(reader.isComplete).toBe(isComplete);
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
  const WHOLE = ['message_start', 'start 0', 'delta 0', 'stop 0', 'start 1', 'delta 1', 'delta 1', 'stop 1', 'message_delta', 'message_stop'];
  const toEvent = (step: string): string => {
    const [word = '', index] = step.split(' ');
    return JSON.stringify(index === undefined ? { type: word } : { type: `content_block_${word}`, index: Number(index) });
  };
  const readAll = (steps: readonly string[]): boolean => {
    const reader = createAnthropicReader();
    for (const step of steps) reader.read(toEvent(step));
    return reader.isComplete;
  };

  it('a repeated or a lost delta cannot be told; blocks may be open side by side', () => {
    expect(readAll(WHOLE)).toBe(true);
    expect(readAll(WHOLE.toSpliced(6, 1))).toBe(true);
    expect(readAll(['message_start', 'start 0', 'start 1', 'delta 0', 'delta 1', 'stop 1', 'ping', 'delta 0', 'stop 0', 'message_stop'])).toBe(true);
  });

  it.each([
    ['a repeated beginning', ['message_start', 'message_start']],
    ['no beginning', ['start 0']],
    ['a repeated start of a block', ['message_start', 'start 0', 'start 0']],
    ['a block that is left out', ['message_start', 'start 1']],
    ['a delta before its block', ['message_start', 'delta 0']],
    ['a delta after its block', ['message_start', 'start 0', 'stop 0', 'delta 0']],
    ['a repeated end of a block', ['message_start', 'start 0', 'stop 0', 'stop 0']],
    ['blocks in the wrong order', ['message_start', 'start 1', 'delta 1', 'stop 1', 'start 0']],
    ['an end while a block is open', ['message_start', 'start 0', 'delta 0', 'message_stop']],
    ['a repeated end', [...WHOLE, 'message_stop']],
    ['a second message behind the first', [...WHOLE, 'message_start']],
  ])('%s is refused', (_name, steps) => {
    expect(() => readAll(steps)).toThrow('out of order');
  });

  it('holds content in deltas, and is complete with message_stop alone', () => {
    const reader = createAnthropicReader();
    const steps = [
      { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0 },
      { type: 'ping' },
      { type: 'of the future' },
      { type: 'content_block_delta', index: 0 },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { input_tokens: null, output_tokens: 5 } },
    ];
    expect(steps.map((step) => reader.read(JSON.stringify(step)).hasContent)).toEqual([false, false, false, false, true, false, true]);
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
