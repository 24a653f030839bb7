/** What a dialect writes, it reads again: any request, any answer, whole or streamed. */
// @requirement M3.b M3.d
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { geminiCodec } from '../../../../src/models/dialects/gemini/codec.ts';
import { createGeminiReader } from '../../../../src/models/dialects/gemini/reader.ts';
import type { ChatAnswer, ChatDelta, ChatRequest, Part, StopReason } from '../../../../src/models/dialects/conversation.ts';
import { responsesCodec } from '../../../../src/models/dialects/openai-responses/codec.ts';
import { createResponsesReader } from '../../../../src/models/dialects/openai-responses/reader.ts';
import { createEventSplitter } from '../../../../src/models/wire/event-stream.ts';
import { parseExactObject } from '../../../../src/models/wire/exact-json.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { createConversion } from '../../../../src/models/dialects/convert.ts';
import { answerFrom, anthropicRequest, openAiRequest } from './chat-arbitraries.ts';

const CODECS = {
  'openai-responses': { codec: responsesCodec, createReader: createResponsesReader },
  gemini: { codec: geminiCodec, createReader: createGeminiReader },
} as const;
type Tested = keyof typeof CODECS;

const SCHEMA = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] };
const text = fc.string({ minLength: 1, unit: 'grapheme' }).map((words) => `t${words}`);
/** As every encoder writes it: without spaces, numbers of any size. */
const input = fc.record({ n: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), s: fc.string() }).map(({ n, s }) => `{"n":${n},"s":${JSON.stringify(s)}}`);
const image: Part = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' } };
const userPart: fc.Arbitrary<Part> = fc.oneof(
  text.map((words): Part => ({ type: 'text', text: words })),
  fc.constant(image),
);

/** A question, some calls with their results, and a question again. */
const turns = fc
  .tuple(fc.array(userPart, { minLength: 1, maxLength: 3 }), fc.array(fc.record({ input, result: text, isSaid: fc.boolean() }), { maxLength: 3 }))
  .map(([parts, calls]) => [
    { role: 'user' as const, parts },
    ...(calls.length === 0
      ? []
      : [
          {
            role: 'assistant' as const,
            parts: calls.map((call, index): Part => ({ type: 'tool_call', id: `call_${index + 1}`, name: 'f', input: call.input, signature: null })),
          },
          {
            role: 'user' as const,
            parts: calls.map(
              (call, index): Part => ({
                type: 'tool_result',
                callId: `call_${index + 1}`,
                name: null,
                parts: [{ type: 'text', text: call.result }],
                isError: false,
              }),
            ),
          },
        ]),
  ]);

const request: fc.Arbitrary<ChatRequest> = fc.record({
  system: fc.array(text, { maxLength: 1 }),
  turns,
  tools: fc.constantFrom([], [{ name: 'f', description: 'Does it.', inputSchema: SCHEMA, isStrict: false }]),
  toolChoice: fc.constantFrom<ChatRequest['toolChoice']>(null, { mode: 'auto' }, { mode: 'none' }, { mode: 'required' }, { mode: 'tool', name: 'f' }),
  isParallelToolUse: fc.constant(null),
  maxTokens: fc.option(fc.integer({ min: 1, max: 9999 })),
  temperature: fc.option(fc.constantFrom(0, 0.5, 2)),
  topP: fc.option(fc.constantFrom(0.1, 1)),
  topK: fc.constant(null),
  seed: fc.constant(null),
  stop: fc.constant([]),
  output: fc.constantFrom<ChatRequest['output']>({ kind: 'text' }, { kind: 'json' }, { kind: 'schema', name: 'answer', schema: SCHEMA, isStrict: false }),
  thinking: fc.constantFrom<ChatRequest['thinking']>(null, { budgetTokens: null, effort: 'low' }, { budgetTokens: null, effort: 'high' }),
  isStream: fc.constant(false),
});

const wire = (body: JsonObject): JsonObject => parseExactObject(JSON.stringify(body));
/** What a dialect cannot say differently is the same. */
const comparable = ({ toolChoice, tools, turns: said, endUser: _, ...rest }: ChatRequest): unknown => ({
  ...rest,
  toolChoice: tools.length > 0 ? toolChoice : null,
  tools: tools.map(({ isStrict: __, ...tool }) => tool),
  turns: said.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) => (part.type === 'tool_call' ? { ...part, signature: null } : part.type === 'tool_result' ? { ...part, name: null } : part)),
  })),
});

const stopFor = (parts: readonly Part[]): fc.Arbitrary<StopReason> =>
  parts.some(({ type }) => type === 'tool_call') ? fc.constantFrom('tool_calls', 'length') : fc.constantFrom('end', 'length', 'content_filter');
const answerPart: fc.Arbitrary<Part> = fc.oneof(
  text.map((words): Part => ({ type: 'text', text: words })),
  fc.record({ type: fc.constant('thinking' as const), text, signature: fc.constantFrom(null, 'anthropic-messages#abc') }),
  input.map((json): Part => ({ type: 'tool_call', id: 'call_x', name: 'f', input: json, signature: null })),
);
const answer: fc.Arbitrary<ChatAnswer> = fc.array(answerPart, { minLength: 1, maxLength: 4 }).chain((parts) =>
  fc.record({
    id: fc.constant('resp_1'),
    parts: fc.constant(parts),
    stop: stopFor(parts),
    stopSequence: fc.constant(null),
    usage: fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat(), cacheReadTokens: fc.option(fc.nat()), cacheWriteTokens: fc.constant(null) }),
  }),
);
const FACTS = { model: 'm', createdAt: 1 };

/** Neighbours that no dialect tells apart are one; a seal that a vendor's own dialect adds is taken off. */
const joined = (parts: readonly Part[]): unknown[] => {
  const list: Part[] = [];
  for (const part of parts) {
    const before = list.at(-1);
    if (part.type === 'text' && before?.type === 'text') list[list.length - 1] = { type: 'text', text: before.text + part.text };
    else if (part.type === 'thinking' && before?.type === 'thinking') list[list.length - 1] = { ...part, text: before.text + part.text, signature: null };
    else list.push(part.type === 'thinking' ? { ...part, signature: null } : part);
  }
  return list;
};

function deltasOf({ id, parts, stop, usage }: ChatAnswer, cut: (words: string) => readonly string[]): ChatDelta[] {
  const said = parts.flatMap((part, index): ChatDelta[] => {
    const start: ChatDelta =
      part.type === 'tool_call'
        ? { type: 'part_start', index, part: { type: 'tool_call', id: part.id, name: part.name } }
        : { type: 'part_start', index, part: { type: part.type === 'thinking' ? 'thinking' : 'text' } };
    const words = part.type === 'tool_call' ? part.input : part.type === 'thinking' || part.type === 'text' ? part.text : '';
    const signed: ChatDelta[] = part.type === 'thinking' && part.signature !== null ? [{ type: 'signature', index, signature: part.signature }] : [];
    return [start, ...cut(words).map((piece): ChatDelta => ({ type: 'delta', index, text: piece })), ...signed, { type: 'part_end', index }];
  });
  return [{ type: 'start', id, usage }, ...said, { type: 'end', stop, stopSequence: null, usage }];
}

describe.each(Object.keys(CODECS) as Tested[])('%s', (dialect) => {
  const { codec, createReader } = CODECS[dialect];

  it('reads the request that it writes', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const notes: string[] = [];
        const decoded = codec.decodeRequest(wire(codec.encodeRequest(asked, 'gemini-3.8-flash', { note: (member) => void notes.push(member) })), {
          note: (member) => void notes.push(member),
        });
        expect(comparable(decoded)).toEqual(comparable(asked));
        expect(notes.filter((member) => !['store', 'include', 'reasoning.summary', 'turns.parts.thoughtSignature'].includes(member))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('reads the answer that it writes', () => {
    fc.assert(
      fc.property(answer, (given) => {
        const { parts, stop, usage } = codec.decodeAnswer(wire(codec.encodeAnswer(given, FACTS)));
        expect([joined(parts), usage]).toEqual([joined(given.parts), given.usage]);
        expect(stop).toBe(given.stop);
      }),
      { numRuns: 150 },
    );
  });

  it('reads the stream that it writes, however it is cut, and finds it whole', () => {
    fc.assert(
      fc.property(answer, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 99 }), (given, wordSize, byteSize) => {
        const cut = (words: string): readonly string[] => {
          const characters = [...words];
          return Array.from({ length: Math.ceil(characters.length / wordSize) }, (_, at) => characters.slice(at * wordSize, (at + 1) * wordSize).join(''));
        };
        const encoder = codec.createEncoder({ ...FACTS, request: {} as ChatRequest, wantsUsage: true });
        const bytes = Buffer.from(
          deltasOf(given, cut)
            .map((delta) => encoder.encode(delta))
            .join(''),
        );
        const splitter = createEventSplitter();
        const events = Array.from({ length: Math.ceil(bytes.length / byteSize) }, (_, at) =>
          splitter.push(bytes.subarray(at * byteSize, (at + 1) * byteSize)),
        ).flat();
        const [decoder, reader] = [codec.createDecoder(), createReader()];
        const deltas = events.flatMap(({ data }) => {
          expect(reader.read(data).failure).toBeUndefined();
          return decoder.decode(data);
        });
        const { parts, stop, usage } = answerFrom([...deltas, ...decoder.finish()]);
        expect([joined(parts), stop, usage]).toEqual([joined(given.parts), given.stop, given.usage]);
        expect([reader.isComplete, reader.usage, splitter.rest.length]).toEqual([true, given.usage, 0]);
      }),
      { numRuns: 150 },
    );
  });
});

/** Bodies with everything that their dialect has, to be spoilt. */
const WHOLE: Readonly<Record<Tested, JsonObject>> = {
  'openai-responses': {
    model: 'm',
    instructions: 'x',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'a' },
          { type: 'input_image', image_url: 'https://example.com/a.png' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
        ],
      },
      { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: 's' }], encrypted_content: 'e' },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'r' }] },
    ],
    tools: [{ type: 'function', name: 'f', description: 'd', parameters: SCHEMA, strict: true }],
    tool_choice: { type: 'function', name: 'f' },
    parallel_tool_calls: true,
    max_output_tokens: 9,
    temperature: 1,
    text: { format: { type: 'json_schema', name: 'n', schema: SCHEMA, strict: true }, verbosity: 'low' },
    reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
  },
  gemini: {
    systemInstruction: { parts: [{ text: 'x' }] },
    contents: [
      {
        role: 'user',
        parts: [{ text: 'a' }, { inlineData: { mimeType: 'image/png', data: 'AA==' } }, { inline_data: { data: 'AA==', mime_type: 'application/pdf' } }],
      },
      {
        role: 'model',
        parts: [
          { text: 't', thought: true, thoughtSignature: 's' },
          { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 's' },
        ],
      },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'r' } } }] },
    ],
    tools: [
      {
        functionDeclarations: [
          { name: 'f', description: 'd', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true, enum: ['x'] } } } },
        ],
      },
    ],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
    generationConfig: {
      maxOutputTokens: 9,
      stopSequences: ['s'],
      responseMimeType: 'application/json',
      responseSchema: { type: 'OBJECT' },
      thinkingConfig: { thinkingLevel: 'LOW' },
      topK: 3,
    },
    safetySettings: [{ category: 'c' }],
  },
};
const convert = async (
  from: 'openai-chat' | 'anthropic-messages' | Tested,
  to: 'openai-chat' | 'anthropic-messages' | 'bedrock-converse' | Tested,
  body: object,
): Promise<unknown> =>
  await createConversion({ operation: 'generate', from, to, model: 'gemini-3.8-flash', isStream: false, body: Buffer.from(JSON.stringify(body)) }).catch(
    (thrown: unknown) => thrown,
  );
const verdict = (outcome: unknown): unknown => {
  if (AppError.is(outcome)) return ['INVALID_REQUEST', 'CONVERSION_REFUSED'].includes(outcome.code) ? 'named' : outcome;
  return outcome instanceof Error ? outcome : 'converted';
};

describe('whatever is asked', () => {
  it.each(['openai-responses', 'gemini', 'bedrock-converse'] as const)('of chat and messages is converted to %s or refused by name', async (to) => {
    let converted = 0;
    for (const [from, requests] of [['openai-chat', openAiRequest] as const, ['anthropic-messages', anthropicRequest] as const])
      await fc.assert(
        fc.asyncProperty(requests, async (body) => {
          const outcome = verdict(await convert(from, to, body));
          expect(['converted', 'named']).toContain(outcome);
          if (outcome === 'converted') converted += 1;
        }),
        { numRuns: 200 },
      );
    expect(converted).toBeGreaterThan(20);
  });

  it.each(Object.keys(WHOLE) as Tested[])('of %s is converted, and with any value spoilt still converted or refused by name', async (from) => {
    for (const to of ['openai-chat', 'anthropic-messages'] as const) expect(verdict(await convert(from, to, WHOLE[from]))).toBe('converted');
    const junk = fc.anything({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown);
    await fc.assert(
      fc.asyncProperty(junk, fc.nat(), async (value, at) => {
        expect(['converted', 'named']).toContain(verdict(await convert(from, 'anthropic-messages', spoil(WHOLE[from], value, at))));
      }),
      { numRuns: 600 },
    );
  });
});

/** A copy with one of its values, however deep, replaced. */
function spoil(body: JsonObject, junk: unknown, at: number): object {
  const copy = structuredClone(body) as Record<string, unknown>;
  const places: (readonly [owner: Record<string, unknown>, key: string])[] = [];
  const walk = (owner: Record<string, unknown>): void => {
    for (const [key, value] of Object.entries(owner)) {
      places.push([owner, key]);
      if (typeof value === 'object' && value !== null) walk(value as Record<string, unknown>);
    }
  };
  walk(copy);
  const [owner, key] = places[at % places.length] ?? [copy, 'model'];
  owner[key] = junk;
  return copy;
}
