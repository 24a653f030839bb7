// @requirement M3.b M3.c M3.d
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import type { ChatRequest, Part } from '../../../../src/models/dialects/conversation.ts';
import { geminiCodec, geminiCountCodec } from '../../../../src/models/dialects/gemini/codec.ts';
import { jsonSchemaOf } from '../../../../src/models/dialects/gemini/schema-in.ts';
import { parseExactObject } from '../../../../src/models/wire/exact-json.ts';
import { decodeWith, encodeWith } from './codec-trial.ts';

const BIG = '12345678901234567890';
const decode = (body: object): ReturnType<typeof decodeWith> => decodeWith(geminiCodec, body);
const encode = (change: Partial<ChatRequest>, model = 'gemini-3.8-flash'): ReturnType<typeof encodeWith> =>
  encodeWith(geminiCodec, { ...decode({ contents: [] }).request, ...change }, model);
const call = (id: string, input = '{}', signature: string | null = null): Part => ({ type: 'tool_call', id, name: 'f', input, signature });
const result = (callId: string, text: string): Part => ({ type: 'tool_result', callId, name: null, parts: [{ type: 'text', text }], isError: false });

describe('a request of Gemini', () => {
  it('is read in either spelling; results without id belong to the first open call of their name', () => {
    const { request, noted } = decode(
      parseExactObject(`{
        "system_instruction": {"parts": [{"text": "s"}]},
        "contents": [
          {"parts": [{"text": "a"}, {"inline_data": {"mime_type": "image/png", "data": "AA=="}}]},
          {"role": "model", "parts": [{"text": "hm", "thought": true, "thought_signature": "x"}, {"functionCall": {"name": "f", "args": {"snake_case": ${BIG}}}, "thoughtSignature": "y"}, {"functionCall": {"name": "f", "args": {}}}]},
          {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"output": "one"}}}, {"functionResponse": {"name": "f", "response": {"error": "two"}}}]}
        ],
        "generationConfig": {"thinkingConfig": {"thinkingBudget": -1, "includeThoughts": true}, "topK": 3, "mediaResolution": "LOW"},
        "safetySettings": [{}]
      }`),
    );
    expect(request).toMatchObject({
      system: ['s'],
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
            { type: 'thinking', text: 'hm', signature: 'x' },
            { type: 'tool_call', id: 'call_1', name: 'f', input: `{"snake_case":${BIG}}`, signature: 'y' },
            { type: 'tool_call', id: 'call_2', input: '{}' },
          ],
        },
        {
          role: 'user',
          parts: [
            { type: 'tool_result', callId: 'call_1', parts: [{ text: 'one' }], isError: false },
            { type: 'tool_result', callId: 'call_2', parts: [{ text: 'two' }], isError: true },
          ],
        },
      ],
      topK: 3,
      thinking: { budgetTokens: null, effort: null },
    });
    expect(noted.toSorted()).toEqual(['generationConfig.mediaResolution', 'safetySettings']);
  });

  it.each([
    [{ cachedContent: 'c' }, '/cachedContent'],
    [{ tools: [{ googleSearch: {} }] }, '/tools/0/googleSearch'],
    [{ tools: [{ code_execution: {} }] }, '/tools/0/codeExecution'],
    [{ generationConfig: { candidateCount: 2 } }, '/generationConfig/candidateCount'],
    [{ generationConfig: { responseModalities: ['AUDIO'] } }, '/generationConfig/responseModalities'],
    [{ generationConfig: { responseMimeType: 'text/x.enum' } }, '/generationConfig/responseMimeType'],
    [{ contents: [{ parts: [{ inlineData: { mimeType: 'audio/wav', data: 'AA==' } }] }] }, '/contents/0/parts/0/inlineData/mimeType'],
    [{ contents: [{ parts: [{ fileData: { mimeType: 'image/png', fileUri: 'gs://b/a.png' } }] }] }, '/contents/0/parts/0/fileData/fileUri'],
    [{ contents: [{ parts: [{ executableCode: { code: '1' } }] }] }, '/contents/0/parts/0/executableCode'],
    [{ contents: [{ parts: [{ of_tomorrow: {} }] }] }, '/contents/0/parts/0'],
  ])('%j is refused, at %s', (member, pointer) => {
    expect(() => decode({ contents: [], ...member })).toThrow(expect.objectContaining({ code: 'CONVERSION_REFUSED', data: { pointer } }));
    expect(() => decode({ contents: [] })).not.toThrow();
  });

  it('schemas of the vendor’s own kind become JSON Schema', () => {
    expect(
      jsonSchemaOf({
        type: 'OBJECT',
        propertyOrdering: ['a'],
        properties: { a: { type: 'STRING', nullable: true, enum: ['x'] }, b: { type: 'ARRAY', minItems: '2', items: { type: 'INTEGER', format: 'int32' } } },
      }),
    ).toEqual({
      type: 'object',
      properties: { a: { type: ['string', 'null'], enum: ['x', null] }, b: { type: 'array', minItems: 2, items: { type: 'integer', format: 'int32' } } },
    });
  });

  it('is written with the results in the order of their calls, and every digit of their inputs', () => {
    const { body } = encode({
      turns: [
        { role: 'assistant', parts: [call('a', `{"n":${BIG}}`, 'gemini#mine'), call('b')] },
        { role: 'user', parts: [result('b', 'two'), { type: 'text', text: 't' }, result('a', 'one')] },
      ],
    });
    expect(JSON.stringify(body['contents'])).toBe(
      JSON.stringify([
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { n: 0 } }, thoughtSignature: 'mine' }, { functionCall: { name: 'f', args: {} } }] },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'f', response: { output: 'one' } } },
            { text: 't' },
            { functionResponse: { name: 'f', response: { output: 'two' } } },
          ],
        },
      ]).replace('"n":0', `"n":${BIG}`),
    );
  });

  it.each([
    ['gemini-3.8-flash', { effort: 'max' }, { thinkingLevel: 'high', includeThoughts: true }, ['thinking.effort'], 'skip_thought_signature_validator'],
    ['gemini-2.5-pro', { effort: 'low' }, { thinkingBudget: 2048, includeThoughts: true }, [], undefined],
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0, includeThoughts: false }, [], undefined],
  ] as const)('tells %s how much to think, and proves a foreign call only where that is wanted', (model, { effort }, thinkingConfig, _noted, proof) => {
    const { body, noted } = encode(
      { thinking: { budgetTokens: null, effort }, turns: [{ role: 'assistant', parts: [call('a', '{}', 'anthropic-messages#x'), call('b')] }] },
      model,
    );
    expect([body['generationConfig'], noted]).toEqual([{ thinkingConfig }, noted]);
    expect((body['contents'] as { parts: JsonObject[] }[])[0]?.parts.map(({ thoughtSignature }) => thoughtSignature)).toEqual([proof, undefined]);
  });

  it('has the user say an instruction in the middle of the conversation, marked as one, and tells so', () => {
    const turns = [
      { role: 'user' as const, parts: [{ type: 'text' as const, text: 'a' }] },
      { role: 'system' as const, parts: [{ type: 'text' as const, text: 's' }] },
    ];
    const { body, noted } = encode({ turns });
    expect(body['contents']).toEqual([
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'user', parts: [{ text: '<system>\ns\n</system>' }] },
    ]);
    expect(noted).toEqual(['turns.system']);
  });

  it('cannot say some things', () => {
    expect(() => encode({ turns: [{ role: 'assistant', parts: [call('a', '{"cut')] }] })).toThrow(
      expect.objectContaining({ data: { pointer: 'turns.tool_call.input' } }),
    );
    expect(() => encode({ turns: [{ role: 'user', parts: [result('nobody', 'x')] }] })).toThrow(
      expect.objectContaining({ data: { pointer: 'turns.tool_result' } }),
    );
    expect(() => encode({ turns: [{ role: 'user', parts: [{ type: 'image', source: { kind: 'url', url: 'https://example.com/a' } }] }] })).toThrow(
      expect.objectContaining({ data: { pointer: 'turns.image' } }),
    );
    expect(
      encode({
        isParallelToolUse: false,
        endUser: 'u',
        turns: [
          {
            role: 'assistant',
            parts: [
              { type: 'redacted_thinking', data: 'd' },
              { type: 'text', text: 't' },
            ],
          },
        ],
      }).noted,
    ).toEqual(['isParallelToolUse', 'endUser', 'turns.redacted_thinking']);
  });

  it('of a count may be wrapped', () => {
    expect(decode({ generateContentRequest: { model: 'models/x', contents: [{ parts: [{ text: 'a' }] }] } }).request.turns).toHaveLength(1);
    expect(geminiCountCodec.encodeAnswer(3)).toEqual({ totalTokens: 3 });
    expect(() => geminiCountCodec.decodeAnswer({})).toThrow(expect.objectContaining({ code: 'PROVIDER_FAILED' }));
  });
});

describe('an answer of Gemini', () => {
  const answer = (parts: readonly JsonObject[], finishReason: string): JsonObject => ({ candidates: [{ content: { parts }, finishReason }] });

  it('keeps ids, proofs and digits of calls', () => {
    const { parts, stop } = geminiCodec.decodeAnswer(
      parseExactObject(
        `{"candidates":[{"content":{"parts":[{"functionCall":{"id":"i","name":"f","args":{"n":${BIG}}},"thoughtSignature":"p"},{"functionCall":{"name":"g"}}]},"finishReason":"STOP"}]}`,
      ),
    );
    expect(parts).toEqual([
      { type: 'tool_call', id: 'i', name: 'f', input: `{"n":${BIG}}`, signature: 'gemini#p' },
      { type: 'tool_call', id: expect.stringMatching(/^call_[0-9a-f]{24}$/) as string, name: 'g', input: '{}', signature: null },
    ]);
    expect(stop).toBe('tool_calls');
  });

  it('gives back what another vendor hid', () => {
    const usage = { inputTokens: null, outputTokens: 3, cacheReadTokens: null, cacheWriteTokens: null };
    const written = geminiCodec.encodeAnswer(
      { id: 'x', parts: [{ type: 'redacted_thinking', data: 'd' }], stop: 'refusal', stopSequence: null, usage },
      { model: 'm', createdAt: 5 },
    );
    const [candidate] = written['candidates'] as { content: JsonObject; finishReason: string }[];
    expect([candidate?.finishReason, written['usageMetadata']]).toEqual(['SAFETY', undefined]);
    expect(decode({ contents: [candidate?.content] }).request.turns[0]?.parts).toEqual([{ type: 'redacted_thinking', data: 'd' }]);
  });

  it.each([
    [answer([{ text: 'a' }], 'SAFETY'), 'content_filter'],
    [answer([{ text: 'a' }], 'MAX_TOKENS'), 'length'],
  ])('%j ends with %s', (body, stop) => {
    expect(geminiCodec.decodeAnswer(body).stop).toBe(stop);
  });

  it.each([
    ['a reason that is no end', answer([{ text: 'a' }], 'MALFORMED_FUNCTION_CALL'), 'PROVIDER_FAILED'],
    ['a picture', answer([{ inlineData: {} }], 'STOP'), 'PROVIDER_FAILED'],
    ['a blocked prompt', { promptFeedback: { blockReason: 'SAFETY' } }, 'CONTENT_REFUSED'],
  ])('with %s cannot be converted', (_name, body, code) => {
    expect(() => geminiCodec.decodeAnswer(body)).toThrow(expect.objectContaining({ code }));
  });
});
