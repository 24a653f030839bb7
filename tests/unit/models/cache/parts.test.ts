import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHE } from '../../../../src/contracts/model-cache.ts';
import type { ModelDialect } from '../../../../src/contracts/model.ts';
import { checkCache } from '../../../../src/config/cache-checks.ts';
import { hashJson } from '../../../../src/models/cache/canonical.ts';
import { createEligibility } from '../../../../src/models/cache/eligibility.ts';
import { decodeEntry, encodeEntry, type KeptAnswer } from '../../../../src/models/cache/entry.ts';
import { questionIn } from '../../../../src/models/cache/question.ts';
import { nearestOf, toVector } from '../../../../src/models/cache/vectors.ts';
import { callInput } from './call-input.ts';

const digest = (text: string): string => {
  const hash = createHash('sha256');
  hashJson(hash, Buffer.from(text));
  return hash.digest('hex');
};

describe('M9.a what makes a difference', () => {
  it('is everything but white space between values', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 1, max: 7 }), (text, indent) => {
        const minified = JSON.stringify(JSON.parse(text) as unknown);
        expect(digest(JSON.stringify(JSON.parse(minified), null, indent))).toBe(digest(minified));
        expect(digest(` \n\t${minified}\r\n`)).toBe(createHash('sha256').update(minified).digest('hex'));
      }),
    );
    fc.assert(
      fc.property(fc.json(), fc.json(), (left, right) => {
        const [a, b] = [left, right].map((text) => JSON.stringify(JSON.parse(text) as unknown));
        expect(digest(left) === digest(right)).toBe(a === b);
      }),
    );
    expect(digest('{"a":"x y\\" z"}')).not.toBe(digest('{"a":"xy\\" z"}'));
    expect(digest('{"a":1,"b":2}')).not.toBe(digest('{"b":2,"a":1}'));
    expect(digest('[1e2]')).not.toBe(digest('[100]'));
  });
});

describe('M9.i an entry', () => {
  const answer: KeptAnswer = {
    at: 5,
    servedBy: 'p/m',
    notCarried: ['seed'],
    usage: { inputTokens: 1, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null },
    isSimulated: true,
    pieces: [Buffer.from('one'), Buffer.from('two')],
    isStream: true,
    neighbour: { group: 'g', vectorHash: 'h' },
  };
  const bytes = encodeEntry(answer, 'key', 'secret');

  it('is read back as it was written', () => {
    expect(decodeEntry(bytes, 'key', 'secret')).toEqual(answer);
  });

  it('is nothing under another key or secret, with any byte changed, cut or added', () => {
    expect(decodeEntry(bytes, 'other', 'secret')).toBeUndefined();
    expect(decodeEntry(bytes, 'key', 'another')).toBeUndefined();
    expect(decodeEntry(bytes, 'key', null)).toBeUndefined();
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(decodeEntry(changed, 'key', 'secret')).toBeUndefined();
      expect(decodeEntry(bytes.subarray(0, at), 'key', 'secret')).toBeUndefined();
    }
    expect(decodeEntry(Buffer.concat([bytes, Buffer.from('x')]), 'key', 'secret')).toBeUndefined();
  });
});

describe('M9.b requests whose answer means something only once', () => {
  const judge = createEligibility({ models: ['gpt-*', 'fast'], requests: 'all' });
  const reasonOf = (dialect: ModelDialect, body: object): string => {
    const verdict = judge('fast', callInput(body, { dialect }));
    return verdict.is === 'bypass' ? verdict.reason : verdict.is;
  };

  it('are told by their members, in each dialect', () => {
    expect(reasonOf('openai-responses', { input: 'x' })).toBe('stored-by-provider');
    expect(reasonOf('openai-responses', { input: 'x', store: false })).toBe('eligible');
    expect(reasonOf('openai-responses', { input: 'x', store: false, previous_response_id: 'r' })).toBe('state-of-provider');
    expect(reasonOf('openai-responses', { input: 'x', store: false, previous_response_id: null })).toBe('eligible');
    expect(reasonOf('openai-responses', { input: 'x', store: false, tools: [{ type: 'code_interpreter' }] })).toBe('tools-of-provider');
    expect(reasonOf('openai-chat', { messages: [] })).toBe('eligible');
    expect(reasonOf('openai-chat', { messages: [], store: true })).toBe('stored-by-provider');
    expect(
      reasonOf('anthropic-messages', {
        messages: [],
        tools: [
          { name: 'look', input_schema: {} },
          { type: 'bash_20250124', name: 'bash' },
        ],
      }),
    ).toBe('eligible');
    expect(reasonOf('anthropic-messages', { messages: [], tools: [{ type: 'web_search_20250305', name: 'web_search' }] })).toBe('tools-of-provider');
    expect(reasonOf('anthropic-messages', { messages: [], mcp_servers: [{}] })).toBe('state-of-provider');
    expect(reasonOf('gemini', { contents: [], tools: [{ functionDeclarations: [] }] })).toBe('eligible');
    expect(reasonOf('gemini', { contents: [], tools: [{ googleSearch: {} }] })).toBe('tools-of-provider');
  });

  it('counts and other names are none of its business', () => {
    expect(judge('gpt-4', callInput({})).is).toBe('eligible');
    expect(judge('gptx4', callInput({})).is).toBe('off');
    expect(judge('my-gpt-4', callInput({})).is).toBe('off');
    expect(judge('fast', callInput({}, { operation: 'count' })).is).toBe('off');
  });
});

describe('M9.h the question of a request', () => {
  const textOf = (dialect: ModelDialect, body: object): string | undefined => {
    const bytes = Buffer.from(JSON.stringify(body, null, 2));
    const question = questionIn(dialect, bytes);
    if (question) expect(JSON.parse(bytes.toString('utf8', question.start, question.end)) as unknown).toBe(question.text);
    return question?.text;
  };
  const image = { type: 'image_url', image_url: { url: 'data:' } };

  it('is the one text of the last turn, in each dialect', () => {
    expect(
      textOf('openai-chat', {
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'a "q"' },
        ],
      }),
    ).toBe('a "q"');
    expect(textOf('openai-chat', { messages: [{ role: 'user', content: [image, { type: 'text', text: 'q' }] }] })).toBe('q');
    expect(textOf('openai-responses', { input: 'q' })).toBe('q');
    expect(textOf('openai-responses', { input: [{ role: 'user', content: [{ type: 'input_text', text: 'q' }] }] })).toBe('q');
    expect(textOf('anthropic-messages', { messages: [{ role: 'user', content: [{ type: 'text', text: 'q' }] }] })).toBe('q');
    expect(textOf('gemini', { contents: [{ parts: [{ text: 'q' }, { inlineData: {} }] }] })).toBe('q');
    expect(textOf('typed', { turns: [{ role: 'user', parts: [{ type: 'text', text: 'q' }] }] })).toBe('q');
  });

  it('is none where somebody else spoke last, with several texts, none, or a very long one', () => {
    expect(textOf('openai-chat', { messages: [{ role: 'assistant', content: 'q' }] })).toBeUndefined();
    expect(textOf('openai-chat', { messages: [{ role: 'tool', content: 'q' }] })).toBeUndefined();
    expect(
      textOf('openai-chat', {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
        ],
      }),
    ).toBeUndefined();
    expect(textOf('anthropic-messages', { messages: [{ role: 'user', content: [{ type: 'tool_result', content: 'x' }] }] })).toBeUndefined();
    expect(textOf('openai-chat', { messages: [{ role: 'user', content: 'x'.repeat(8001) }] })).toBeUndefined();
    for (const body of [
      {},
      { messages: 5 },
      { messages: [] },
      { messages: [5] },
      { messages: [{ role: 'user', content: 5 }] },
      { messages: [{ role: 'user', content: ' ' }] },
    ])
      expect(textOf('openai-chat', body)).toBeUndefined();
  });
});

describe('M9.h the nearest', () => {
  const vector = (...numbers: readonly number[]): Uint8Array => toVector(numbers) ?? expect.fail('no direction');
  const of = (key: string, ...numbers: readonly number[]) => ({ key, vector: vector(...numbers) });

  it('is the nearest of those that are near enough, the newest of equals', () => {
    const all = [of('a', 0, 1), of('b', 1, 0.2), of('c', 1, 0.1), of('d', 2, 0.2)];
    expect(nearestOf(vector(1, 0), all, 0.95)?.key).toBe('c');
    expect(nearestOf(vector(1, 0), all, 0.999)?.key).toBeUndefined();
    expect(nearestOf(vector(3, 0), [of('same', 5, 0)], 1)?.key).toBe('same');
  });

  it('is none of another size, and nothing that is no number', () => {
    expect(nearestOf(vector(1, 0), [of('a', 1, 0, 0)], 0.5)).toBeUndefined();
    const broken = Buffer.alloc(8);
    broken.writeFloatLE(Number.NaN, 0);
    expect(nearestOf(vector(1, 0), [{ key: 'a', vector: broken }], 0.5)).toBeUndefined();
    expect([toVector([]), toVector([0, 0]), toVector([Number.NaN]), toVector([Infinity])]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('configuration of the cache', () => {
  it('refuses a semantic one without a model of vectors, and Redis without address or secret', () => {
    const pointers = (more: Partial<typeof DEFAULT_CACHE>): readonly string[] => checkCache({ ...DEFAULT_CACHE, ...more }).map(({ pointer }) => pointer);
    expect(pointers({ mode: 'exact' })).toEqual([]);
    expect(pointers({ mode: 'semantic' })).toEqual(['/models/cache/semantic/embeddingModel']);
    expect(pointers({ mode: 'exact', store: 'redis' })).toEqual(['/models/cache/redisUrl', '/models/cache/secret']);
    expect(pointers({ mode: 'off', store: 'redis' })).toEqual([]);
  });
});
