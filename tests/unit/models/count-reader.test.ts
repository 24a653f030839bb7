import { describe, expect, it } from 'vitest';
import type { ModelDialect } from '../../../src/contracts/model.ts';
import { readCount } from '../../../src/models/dialects/count-reader.ts';

const read = (dialect: ModelDialect, answer: string): unknown => readCount(dialect, Buffer.from(answer));

describe('the answer of a count of tokens', () => {
  it.each([
    ['anthropic-messages', '{"input_tokens":14}'],
    ['openai-responses', '{"object":"response.input_tokens","input_tokens":14}'],
    ['gemini', '{"totalTokens":14}'],
    ['bedrock-converse', '{"inputTokens":14}'],
  ] as const)('%s: is whole with its number, and says nothing of a usage', (dialect, answer) => {
    expect(read(dialect, answer)).toEqual({ inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null });
  });

  it.each([
    ['anthropic-messages', '{}'],
    ['anthropic-messages', '{"input_tokens":"14"}'],
    ['gemini', '{"input_tokens":14}'],
    ['openai-chat', '{"input_tokens":14}'],
    ['anthropic-messages', 'no json'],
  ] as const)('%s: %s is a failure', (dialect, answer) => {
    expect(() => read(dialect, answer)).toThrowError(expect.objectContaining({ code: 'PROVIDER_FAILED' }));
  });

  it('has the class of a failure that comes with status 200', () => {
    expect(() => read('anthropic-messages', '{"error":{"type":"overloaded_error"}}')).toThrowError(expect.objectContaining({ code: 'PROVIDER_BUSY' }));
  });
});
