/** Nothing is lost in silence: for random valid requests, answers and streams of both dialects. */
// @requirement M3.b M3.c M3.d
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/core/errors.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import { anthropicMessagesCodec } from '../../../../src/models/dialects/anthropic-messages/codec.ts';
import type { ChatRequest, DialectCodec, Part } from '../../../../src/models/dialects/conversation.ts';
import { createConversion } from '../../../../src/models/dialects/convert.ts';
import { openAiChatCodec } from '../../../../src/models/dialects/openai-chat/codec.ts';
import { sealSignature } from '../../../../src/models/dialects/signatures.ts';
import { answerFrom, answerOf, anthropicRequest, deltasOf, openAiRequest } from './chat-arbitraries.ts';

const SIDES = [
  { from: 'openai-chat', to: 'anthropic-messages', model: 'claude-opus-5-5', back: 'gpt-6-sol', requests: openAiRequest },
  { from: 'openai-chat', to: 'anthropic-messages', model: 'claude-haiku-4-5', back: 'gpt-6-sol', requests: openAiRequest },
  { from: 'openai-chat', to: 'anthropic-messages', model: 'glm-5', back: 'gpt-6-sol', requests: openAiRequest },
  { from: 'anthropic-messages', to: 'openai-chat', model: 'gpt-6-sol', back: 'claude-opus-5-5', requests: anthropicRequest },
  { from: 'anthropic-messages', to: 'openai-chat', model: 'qwen3', back: 'claude-opus-5-5', requests: anthropicRequest },
] as const;
const CODECS: Readonly<Record<'openai-chat' | 'anthropic-messages', DialectCodec>> = {
  'openai-chat': openAiChatCodec,
  'anthropic-messages': anthropicMessagesCodec,
};
/** Where two members say one thing, the name under which it comes back. */
const RENAMED: Readonly<Record<string, string>> = { max_tokens: 'max_completion_tokens', safety_identifier: 'user', output_format: 'output_config' };
/** What a member says when it asks for nothing. */
const IDLE: Readonly<Record<string, readonly unknown[]>> = {
  n: [1],
  logprobs: [false],
  modalities: [['text']],
  response_format: [{ type: 'text' }],
  stream: [false],
  stream_options: [{ include_usage: true }],
  tools: [[]],
  metadata: [{}],
  output_config: [{}],
};
const convert = (from: keyof typeof CODECS, to: keyof typeof CODECS, model: string, body: object) =>
  createConversion({ operation: 'generate', from, to, model, isStream: 'stream' in body && body.stream === true, body: Buffer.from(JSON.stringify(body)) });
const parse = (bytes: Uint8Array): JsonObject => JSON.parse(Buffer.from(bytes).toString()) as JsonObject;

describe.each(SIDES)('requests of $from to $model', { timeout: 60_000 }, ({ from, to, model, back, requests }) => {
  it('each top-level member comes back, is reported, or refuses the call', async () => {
    let carried = 0;
    await fc.assert(
      fc.asyncProperty(requests, async (body) => {
        const said = Object.entries(body).filter(([name, value]) => value !== null && name !== 'model' && name !== 'messages' && name !== 'system');
        const conversion = await convert(from, to, model, body).catch((thrown: unknown) => thrown);
        if (AppError.is(conversion)) {
          expect(conversion.code).toBe('CONVERSION_REFUSED');
          expect(valueAt(body, String(conversion.data?.['pointer']))).not.toBeUndefined();
          return;
        }
        if (!isConversion(conversion)) throw conversion;
        const noted = new Set(conversion.notCarried.map((name) => name.split('.')[0]));
        const wayBack = await convert(to, from, back, parse(conversion.body));
        const returned = parse(wayBack.body);
        // What the way back reports was carried on the way there.
        for (const name of ['temperature', 'top_p', 'top_k']) if (wayBack.notCarried.includes(name)) noted.add(name);
        if (wayBack.notCarried.includes('reasoning_effort')) noted.add('thinking').add('output_config');
        for (const [name, value] of said) {
          if (noted.has(name) || (IDLE[name] ?? []).some((idle) => JSON.stringify(idle) === JSON.stringify(value))) continue;
          expect({ name, value: comparable(name, returned[name] ?? returned[RENAMED[name] ?? '']) }).toMatchObject({ name, value: comparable(name, value) });
          carried += 1;
        }
      }),
      { numRuns: 150 },
    );
    expect(carried).toBeGreaterThan(100);
  });

  it('the typed form comes back as it went, but for what is reported', () => {
    const [source, target] = [CODECS[from], CODECS[to]];
    fc.assert(
      fc.property(requests, (body) => {
        const noted: string[] = [];
        let first: ChatRequest;
        let second: ChatRequest;
        try {
          first = source.decodeRequest(body as JsonObject, { note: () => undefined });
          second = target.decodeRequest(target.encodeRequest(first, model, { note: (name) => noted.push(name) }), { note: () => undefined });
        } catch (thrown) {
          expect(AppError.is(thrown) && thrown.code).toBe('CONVERSION_REFUSED');
          return;
        }
        const heads = new Set(noted.map((name) => name.split('.')[0]));
        for (const name of ['tools', 'toolChoice', 'isParallelToolUse', 'temperature', 'topP', 'topK', 'seed', 'stop', 'endUser'] as const)
          if (!heads.has(name) && !(name === 'toolChoice' && first.toolChoice === null))
            expect({ [name]: second[name] ?? null }).toEqual({ [name]: first[name] ?? null });
        if (!heads.has('thinking')) expect(thought(second)).toEqual(thought(first));
        if (first.maxTokens !== null) expect(second.maxTokens).toBe(first.maxTokens);
        if (!heads.has('output')) expect(second.output).toEqual(first.output);
        expect(second.system).toEqual(first.system);
        expect(said(second)).toEqual(said(first, new Set(noted)));
      }),
      { numRuns: 150 },
    );
  });

  it('whatever stands in the place of a value, the answer is a refusal that names it, never a crash', async () => {
    const junk = fc.anything({ maxDepth: 2, withObjectString: true }).map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown);
    await fc.assert(
      fc.asyncProperty(requests, junk, fc.nat(), async (body, value, at) => {
        const conversion = await convert(from, to, model, spoil(body, value, at)).catch((thrown: unknown) => thrown);
        if (!isConversion(conversion))
          expect(AppError.is(conversion) && ['INVALID_REQUEST', 'CONVERSION_REFUSED'].includes(conversion.code) ? 'named' : conversion).toBe('named');
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(['openai-chat', 'anthropic-messages'] as const)('answers in %s', (dialect) => {
  const codec = CODECS[dialect];
  const facts = { model: 'm', createdAt: 1 };
  // A signature of its own is sealed; OpenAI's chat has no place for one.
  const answers = answerOf((signature) => sealSignature(dialect, signature));
  const unsigned = (parts: readonly Part[]): readonly Part[] =>
    dialect === 'openai-chat' ? parts.map((part) => ('signature' in part ? { ...part, signature: null } : part)) : parts;
  const plain = (signature: string | null): string | null => (signature === null ? null : signature.slice(dialect.length + 1));
  /** As the vendor itself would have written it. */
  const unsealed = (parts: readonly Part[]): readonly Part[] =>
    parts.map((part) => (part.type === 'thinking' ? { ...part, signature: plain(part.signature) } : part));

  it('come back as they went', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const written = codec.encodeAnswer({ ...answer, parts: unsealed(answer.parts) }, facts);
        expect(codec.decodeAnswer(JSON.parse(JSON.stringify(written)) as JsonObject)).toEqual({ ...answer, parts: unsigned(answer.parts) });
      }),
    );
  });

  it('come back from a stream as they went, however the calls interleave', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(), { maxLength: 20 }), (answer, picks) => {
        const request = codec.decodeRequest({ messages: [] }, { note: () => undefined });
        const encoder = codec.createEncoder({ ...facts, request, wantsUsage: true });
        const decoder = codec.createDecoder();
        const events = deltasOf({ ...answer, parts: unsealed(answer.parts) }, picks)
          .map((delta) => encoder.encode(delta))
          .join('')
          .split('\n\n')
          .map((event) => event.split('data: ')[1] ?? '');
        const returned = answerFrom([...events.flatMap((event) => decoder.decode(event)), ...decoder.finish()]);
        // Calls stand in the order in which they began.
        const sorted = (parts: readonly Part[]): Part[] =>
          parts.toSorted((a, b) => (a.type === 'tool_call' && b.type === 'tool_call' ? a.id.localeCompare(b.id) : 0));
        expect({ ...returned, parts: sorted(returned.parts) }).toEqual({ ...answer, parts: sorted(unsigned(answer.parts)) });
      }),
    );
  });
});

function isConversion(value: unknown): value is Awaited<ReturnType<typeof createConversion>> {
  return typeof value === 'object' && value !== null && 'notCarried' in value;
}

/** @see RFC 6901 */
function valueAt(body: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce((value: unknown, step) => (typeof value === 'object' && value !== null ? (value as JsonObject)[step] : undefined), body);
}

/** A single text is a list of one; models that think by a budget of tokens know three efforts. */
function comparable(name: string, value: unknown): unknown {
  if (name === 'stop' && typeof value === 'string') return [value];
  return name === 'reasoning_effort' ? nearest(value) : value;
}

function nearest(effort: unknown): unknown {
  return effort === 'minimal' ? 'low' : effort === 'xhigh' || effort === 'max' ? 'high' : effort;
}

function thought({ thinking }: ChatRequest): unknown {
  if (thinking === null) return null;
  const { budgetTokens, effort } = thinking;
  return nearest(budgetTokens === null ? effort : budgetTokens <= 2048 ? 'low' : budgetTokens <= 8192 ? 'medium' : 'high');
}

/** Who said what: without what was reported, refusals as the words they are. */
function said({ turns }: ChatRequest, noted: ReadonlySet<string> = new Set()): unknown {
  return turns.map(({ role, parts }) => ({
    role,
    parts: parts
      .filter(({ type }) => !noted.has(`turns.${type}`))
      .map((part) => (part.type === 'tool_result' ? { ...part, isError: part.isError && !noted.has('turns.tool_result.isError') } : part)),
  }));
}

/** The body with one of its values, however deep, replaced. */
function spoil(body: object, junk: unknown, at: number): object {
  const places: { readonly owner: Record<string, unknown>; readonly key: string }[] = [];
  const copy = JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
  const walk = (owner: Record<string, unknown>): void => {
    for (const key of Object.keys(owner)) {
      places.push({ owner, key });
      const value = owner[key];
      if (typeof value === 'object' && value !== null) walk(value as Record<string, unknown>);
    }
  };
  walk(copy);
  const place = places[at % places.length];
  if (place) place.owner[place.key] = junk;
  return copy;
}
