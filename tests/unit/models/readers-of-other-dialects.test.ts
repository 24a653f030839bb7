import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createConverseReader, readConverseAnswer } from '../../../src/models/dialects/bedrock-converse/reader.ts';
import { readGeminiEmbeddings } from '../../../src/models/dialects/gemini-embeddings/reader.ts';
import { createGeminiReader, readGeminiAnswer } from '../../../src/models/dialects/gemini/reader.ts';
import { readOpenAiEmbeddings } from '../../../src/models/dialects/openai-embeddings/reader.ts';
import { createResponsesReader, readResponsesAnswer } from '../../../src/models/dialects/openai-responses/reader.ts';
import { createNoStreamReader } from '../../../src/models/dialects/no-stream.ts';
import { exactObjectIn, parseExact, parseExactObject } from '../../../src/models/wire/exact-json.ts';

const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const text = (value: unknown): string => JSON.stringify(value);

describe('a stream of a response', () => {
  it('shows content in deltas and in items that are whole, and is complete with response.completed', () => {
    const reader = createResponsesReader();
    const steps = [
      { type: 'response.created', response: { status: 'in_progress' } },
      { type: 'response.output_item.added', item: { type: 'message' } },
      { type: 'response.output_text.delta', delta: '' },
      { type: 'response.output_text.delta', delta: 'a' },
      { type: 'response.output_item.added', item: { type: 'function_call' } },
      { type: 'response.function_call_arguments.delta', delta: '{' },
      { type: 'response.of_the_future' },
    ];
    expect(steps.map((step) => reader.read(text(step)).hasContent)).toEqual([false, false, false, true, true, true, false]);
    expect(reader.isComplete).toBe(false);
    reader.read('[DONE]');
    expect(reader.isComplete).toBe(false);
    const usage = { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 5, output_tokens_details: { reasoning_tokens: 2 } };
    expect(reader.read(text({ type: 'response.completed', response: { status: 'completed', usage } })).hasContent).toBe(true);
    expect([reader.isComplete, reader.usage]).toEqual([true, { inputTokens: 9, outputTokens: 5, cacheReadTokens: 4, cacheWriteTokens: null }]);
  });

  it('ends with response.incomplete too, which has its reason', () => {
    const reader = createResponsesReader();
    reader.read(text({ type: 'response.incomplete', response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } } }));
    expect(reader.isComplete).toBe(true);
  });

  // BerriAI/litellm#36768: a failed response became an empty success.
  it.each([
    ['response.failed', { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error', message: 'secret' } } }, 'PROVIDER_FAILED'],
    ['response.failed that is busy', { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded' } } }, 'PROVIDER_BUSY'],
    ['response.failed without a reason', { type: 'response.failed' }, 'PROVIDER_FAILED'],
    ['a refused prompt', { type: 'response.failed', response: { error: { code: 'invalid_prompt', message: 'flagged' } } }, 'CONTENT_REFUSED'],
    ['error', { type: 'error', code: 'server_error', message: 'secret', param: null }, 'PROVIDER_FAILED'],
    ['error with an object', { type: 'error', error: { type: 'rate_limit_error' } }, 'PROVIDER_BUSY'],
    ['an error without type', { error: { code: 'insufficient_quota' } }, 'PROVIDER_BUSY'],
  ])('%s is a failure, and no end', (_name, event, code) => {
    const reader = createResponsesReader();
    reader.read(text({ type: 'response.output_text.delta', delta: 'a' }));
    const { failure, hasContent } = reader.read(text(event));
    expect([failure?.code, hasContent, reader.isComplete]).toEqual([code, false, false]);
    expect(failure?.message).not.toMatch(/secret|sk-abc|\p{Cc}/u);
  });
});

describe('a stream of generateContent', () => {
  const piece = (parts: readonly object[], finishReason?: string, index?: number): string =>
    text({ candidates: [{ content: { role: 'model', parts }, finishReason, index }] });

  it('is complete when every candidate that began has its reason', () => {
    const reader = createGeminiReader();
    const steps = [piece([{ text: '' }]), piece([{ text: 'a' }]), piece([{ text: 'b' }], undefined, 1), piece([], 'STOP', 0), piece([], 'MAX_TOKENS', 1)];
    const seen = steps.map((step) => [reader.read(step).hasContent, reader.isComplete]);
    expect(seen).toEqual([
      [false, false],
      [true, false],
      [true, false],
      [true, false],
      [true, true],
    ]);
  });

  it.each([
    ['a tool call', [{ functionCall: { name: 'f', args: {} } }], true],
    ['a thought', [{ thought: true, text: 'hm' }], true],
    ['a signature alone', [{ thoughtSignature: 'abc', text: '' }], false],
    ['a picture', [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }], true],
  ])('%s: content %s', (_name, parts, hasContent) => {
    expect(createGeminiReader().read(piece(parts)).hasContent).toBe(hasContent);
  });

  it.each([
    ['a blocked prompt', { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }, 'CONTENT_REFUSED'],
    ['a filter before the first word', { candidates: [{ finishReason: 'SAFETY' }] }, 'CONTENT_REFUSED'],
    ['a call that the model got wrong', { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] }, 'PROVIDER_FAILED'],
    ['a busy service', { error: { code: 503, status: 'UNAVAILABLE', message: 'secret' } }, 'PROVIDER_BUSY'],
    ['a rejected request', { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'bad part' } }, 'PROVIDER_REJECTED'],
  ])('%s is a failure: %s', (_name, event, code) => {
    expect(createGeminiReader().read(text(event)).failure?.code).toBe(code);
    expect(() => readGeminiAnswer(bytes(event))).toThrow(expect.objectContaining({ code }));
  });

  it('a filter that cut an answer short is its end', () => {
    const reader = createGeminiReader();
    reader.read(piece([{ text: 'a' }]));
    expect([reader.read(piece([], 'SAFETY')).failure, reader.isComplete]).toEqual([undefined, true]);
  });

  it.each([
    [{ promptTokenCount: 9, cachedContentTokenCount: 4, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 14 }, [9, 5, 4]],
    [{ promptTokenCount: 9, toolUsePromptTokenCount: 1, thoughtsTokenCount: 2, totalTokenCount: 12 }, [10, 2, null]],
    [{ promptTokenCount: 9, totalTokenCount: 9 }, [9, 0, null]],
    [{ promptTokenCount: 9 }, [9, null, null]],
    [{}, [null, null, null]],
  ])('counts %j as %j', (usageMetadata, expected) => {
    const reader = createGeminiReader();
    reader.read(text({ usageMetadata }));
    expect([reader.usage.inputTokens, reader.usage.outputTokens, reader.usage.cacheReadTokens]).toEqual(expected);
  });
});

describe('a stream of Converse', () => {
  it('is complete with messageStop; metadata tells the usage', () => {
    const reader = createConverseReader();
    const steps = [
      { messageStart: { role: 'assistant' } },
      { contentBlockStart: { contentBlockIndex: 0, start: {} } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'a' } } },
      { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { name: 'f', toolUseId: 't' } } } },
      { contentBlockStop: { contentBlockIndex: 1 } },
    ];
    expect(steps.map((step) => reader.read(text(step)).hasContent)).toEqual([false, false, true, true, false]);
    expect(reader.isComplete).toBe(false);
    reader.read(text({ messageStop: { stopReason: 'end_turn' } }));
    expect(reader.isComplete).toBe(true);
    reader.read(text({ metadata: { usage: { inputTokens: 3, outputTokens: 2, cacheReadInputTokens: 5, cacheWriteInputTokens: 1 } } }));
    expect(reader.usage).toEqual({ inputTokens: 9, outputTokens: 2, cacheReadTokens: 5, cacheWriteTokens: 1 });
  });

  it.each([
    [{ throttlingException: { message: 'secret' } }, 'PROVIDER_BUSY'],
    [{ modelStreamErrorException: { message: 'secret' } }, 'PROVIDER_FAILED'],
    [{ exceptionOfTheFuture: {}, someException: {} }, 'PROVIDER_FAILED'],
    [{ validationException: { message: 'bad' } }, 'PROVIDER_REJECTED'],
    [{ validationException: { message: 'Input is too long for requested model.' } }, 'CONTEXT_TOO_LONG'],
    [{ validationException: { message: 'The key sk-abcdefghijklmnop\r\nis\u001b[31m bad' } }, 'PROVIDER_REJECTED'],
    [{ messageStop: { stopReason: 'guardrail_intervened' } }, 'CONTENT_REFUSED'],
    [{ messageStop: { stopReason: 'malformed_tool_use' } }, 'PROVIDER_FAILED'],
  ])('%j is a failure', (event, code) => {
    const { failure } = createConverseReader().read(text(event));
    expect(failure?.code).toBe(code);
    expect(failure?.message).not.toMatch(/secret|sk-abc|\p{Cc}/u);
  });
});

describe('a plain answer', () => {
  it.each([
    ['a failed response', () => readResponsesAnswer(bytes({ status: 'failed', error: { code: 'server_error' } })), 'PROVIDER_FAILED'],
    ['a failed response without a reason', () => readResponsesAnswer(bytes({ status: 'failed', error: null })), 'PROVIDER_FAILED'],
    ['a response that is not done', () => readResponsesAnswer(bytes({ status: 'in_progress' })), 'PROVIDER_INCOMPLETE'],
    ['a candidate without end', () => readGeminiAnswer(bytes({ candidates: [{ content: {} }] })), 'PROVIDER_INCOMPLETE'],
    ['no candidate', () => readGeminiAnswer(bytes({})), 'PROVIDER_INCOMPLETE'],
    ['Converse without end', () => readConverseAnswer(bytes({ output: {} })), 'PROVIDER_INCOMPLETE'],
    ['Converse behind a guardrail', () => readConverseAnswer(bytes({ stopReason: 'guardrail_intervened' })), 'CONTENT_REFUSED'],
    ['no vector', () => readOpenAiEmbeddings(bytes({ data: [] })), 'PROVIDER_INCOMPLETE'],
    ['an entry without vector', () => readOpenAiEmbeddings(bytes({ data: [{ embedding: [1] }, {}] })), 'PROVIDER_INCOMPLETE'],
    ['no vector of Gemini', () => readGeminiEmbeddings(bytes({ embeddings: [{}] })), 'PROVIDER_INCOMPLETE'],
    ['an error in a 200', () => readGeminiEmbeddings(bytes({ error: { code: 429 } })), 'PROVIDER_BUSY'],
    ['no JSON', () => readResponsesAnswer(bytes('<html>')), 'PROVIDER_FAILED'],
    ['a stream of vectors', () => createNoStreamReader().read('{}'), 'PROVIDER_FAILED'],
  ])('with %s is none', (_name, read, code) => {
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  it('tells its usage', () => {
    expect(readResponsesAnswer(bytes({ status: 'completed', error: null, usage: { input_tokens: 1, output_tokens: 2 } }))).toMatchObject({
      inputTokens: 1,
      outputTokens: 2,
    });
    expect(readResponsesAnswer(bytes({ status: 'incomplete' })).inputTokens).toBeNull();
    expect(readConverseAnswer(bytes({ stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 2 } }))).toMatchObject({
      inputTokens: 1,
      outputTokens: 2,
    });
    expect(readOpenAiEmbeddings(bytes({ data: [{ embedding: 'AAAA' }], usage: { prompt_tokens: 7 } }))).toMatchObject({ inputTokens: 7, outputTokens: 0 });
    expect(readGeminiEmbeddings(bytes({ embedding: { values: [1] } }))).toMatchObject({ inputTokens: null, outputTokens: 0 });
  });
});

describe('JSON of a conversion', () => {
  it.each(['{"a":12345678901234567890}', '{"a":-0.1234567890123456789}', '{"a":1e400,"b":"1e400"}', '[9007199254740993]'])('%s keeps its digits', (sent) => {
    expect(JSON.stringify(parseExact(sent))).toBe(sent);
  });

  it('leaves every number that a double holds a number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })), (value) => {
        expect(parseExact(`{"n":${JSON.stringify(value)}, "pad":"1234567890123456"}`)).toEqual({ n: value === 0 ? 0 : value, pad: '1234567890123456' });
      }),
    );
    expect(parseExact('[1.0,1e3,0.0e5]')).toEqual([1, 1000, 0]);
  });

  it('is an object or nothing', () => {
    expect([exactObjectIn('{"a":1}'), exactObjectIn('[1]'), exactObjectIn('{')]).toEqual([{ a: 1 }, undefined, undefined]);
    expect(() => parseExactObject('[')).toThrow(expect.objectContaining({ code: 'PROVIDER_FAILED' }));
  });
});
