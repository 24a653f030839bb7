// @requirement M3.b M3.c
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { geminiEmbedCodec } from '../../../../src/models/dialects/gemini-embeddings/codec.ts';
import { openAiEmbedCodec } from '../../../../src/models/dialects/openai-embeddings/codec.ts';
import { base64OfVector, vectorOf } from '../../../../src/models/dialects/vectors.ts';

const SILENT = { note: (): void => undefined };
const FACTS = { model: 'm', createdAt: 1 };
const usage = { inputTokens: 7, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null };

describe.each([
  ['openai-embeddings', openAiEmbedCodec],
  ['gemini-embeddings', geminiEmbedCodec],
] as const)('%s', (_name, codec) => {
  it('reads what it writes', () => {
    const texts = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(texts, fc.option(fc.integer({ min: 1, max: 3000 })), (given, dimensions) => {
        const request = codec.decodeRequest(codec.encodeRequest({ texts: given, dimensions, encoding: 'float' }, 'm', SILENT), SILENT);
        expect(request).toMatchObject({ texts: given, dimensions, encoding: 'float' });
        const vectors = given.map((_, index) => [index + 0.25, -1e-9]);
        expect(codec.decodeAnswer(JSON.parse(JSON.stringify(codec.encodeAnswer({ vectors, usage }, { ...FACTS, request }))) as JsonObject)).toEqual({
          vectors,
          usage,
        });
      }),
    );
  });

  it('refuses an answer with another number of vectors', () => {
    const request = { texts: ['a', 'b'], dimensions: null, encoding: 'float', isMany: true } as const;
    expect(() => codec.encodeAnswer({ vectors: [[1]], usage }, { ...FACTS, request })).toThrow(expect.objectContaining({ code: 'PROVIDER_FAILED' }));
  });
});

describe('vectors', () => {
  it('survive base64 as 32-bit floats', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        (vector) => void expect(vectorOf(base64OfVector(vector))).toEqual(vector),
      ),
    );
  });

  it.each([['AAA='], [''], [[]], [['1']], [[null]], [null]])('%j is none', (value) => {
    expect(() => vectorOf(value)).toThrow(expect.objectContaining({ code: 'PROVIDER_FAILED' }));
  });
});

describe('requests that cannot be carried', () => {
  it.each([
    [openAiEmbedCodec, { input: [[1, 2]] }, 'CONVERSION_REFUSED'],
    [openAiEmbedCodec, { input: [1, 2] }, 'CONVERSION_REFUSED'],
    [openAiEmbedCodec, { input: [] }, 'INVALID_REQUEST'],
    [openAiEmbedCodec, { input: 'a', encoding_format: 'int8' }, 'INVALID_REQUEST'],
    [
      geminiEmbedCodec,
      { requests: [{ content: { parts: [{ text: 'a' }] }, outputDimensionality: 1 }, { content: { parts: [{ text: 'b' }] } }] },
      'CONVERSION_REFUSED',
    ],
    [geminiEmbedCodec, { content: { parts: [{ inlineData: {} }] } }, 'INVALID_REQUEST'],
  ] as const)('%#', (codec, body, code) => {
    expect(() => codec.decodeRequest(body, SILENT)).toThrow(expect.objectContaining({ code }));
  });

  it('what only tunes is noted', () => {
    const notes: string[] = [];
    const loss = { note: (member: string) => void notes.push(member) };
    openAiEmbedCodec.decodeRequest({ input: 'a', user: 'u' }, loss);
    geminiEmbedCodec.decodeRequest({ content: { parts: [{ text: 'a' }] }, task_type: 'X', title: 't' }, loss);
    expect(notes).toEqual(['user', 'taskType', 'title']);
  });
});
