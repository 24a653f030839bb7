/** What goes around the codecs: names that are safe to report, bodies that are read one way, both ends of a stream. */
// @requirement M3.b M3.c
import { describe, expect, it } from 'vitest';
import type { ModelDialect, ModelOperation } from '../../../../src/contracts/model.ts';
import { AppError } from '../../../../src/core/errors.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import { createConversion, type Conversion } from '../../../../src/models/dialects/convert.ts';

const convert = (
  body: string | object,
  rest: {
    readonly operation?: ModelOperation;
    readonly from?: ModelDialect;
    readonly to?: ModelDialect;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Conversion> =>
  createConversion(
    {
      operation: 'generate',
      from: 'openai-chat',
      to: 'anthropic-messages',
      model: 'claude-opus-5-5',
      isStream: false,
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      ...rest,
    },
    () => 1_700_000_000_999,
  );
const failure = async (body: string | object, rest = {}): Promise<AppError> => {
  const thrown: unknown = await convert(body, rest).catch((reason: unknown) => reason);
  if (!AppError.is(thrown)) throw new Error('no failure');
  return thrown;
};
const HI = { model: 'alias', messages: [{ role: 'user', content: 'hi' }] };

describe('the report', () => {
  it('names each member once, and nothing that could break out of a header', async () => {
    const { notCarried } = await convert({
      ...HI,
      'evil\r\nset-cookie: a': 1,
      'ü, b': 1,
      store: true,
      messages: [
        { role: 'user', name: 'A', content: 'x' },
        { role: 'user', name: 'B', content: 'y' },
      ],
    });
    expect(notCarried).toEqual(['evil__set-cookie__a', '___b', 'store', 'messages.name']);
  });

  it('is bounded, and says how much it leaves out', async () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`${'x'.repeat(200)}`.slice(0, 100 + index) + String(index), 1]));
    const unlike = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`member_${index}`, 1]));
    expect((await convert({ ...HI, ...many })).notCarried).toEqual(['x'.repeat(80)]);
    const { notCarried } = await convert({ ...HI, ...unlike });
    expect(notCarried).toHaveLength(51);
    expect(notCarried.at(-1)).toBe('and_20_more');
  });

  it('names headers of the dialect, but for its version', async () => {
    const body = { ...HI, max_tokens: 5 };
    const { notCarried } = await convert(body, {
      from: 'anthropic-messages',
      to: 'openai-chat',
      headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'x' },
    });
    expect(notCarried).toEqual(['anthropic-beta']);
  });

  it('speaks as the client wrote it: of two names, those that stand in its body', async () => {
    const thinks = (members: object): Promise<Conversion> => convert({ ...HI, max_tokens: 5, ...members }, { from: 'anthropic-messages', to: 'gemini' });
    const { notCarried: effort } = await convert(
      { ...HI, max_tokens: 5, output_config: { effort: 'low' } },
      { from: 'anthropic-messages', to: 'bedrock-converse' },
    );
    expect(effort).toEqual(['output_config.effort']);
    const { notCarried: both } = await convert(
      { ...HI, max_tokens: 5, thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      { from: 'anthropic-messages', to: 'bedrock-converse' },
    );
    expect(both).toEqual(['thinking', 'output_config.effort']);
    expect((await thinks({})).notCarried).toEqual([]);
  });
});

describe('a body', () => {
  it.each([
    ['that is no JSON', '{'],
    ['that is no object', '[]'],
    ['that says a name twice', '{"model":"a","messages":[],"model":"b"}'],
  ])('%s is refused', async (_, body) => {
    expect((await failure(body)).code).toBe('INVALID_REQUEST');
  });

  it('is refused with a pointer to what cannot be carried, both dialects and what to do', async () => {
    const { message, fix, data } = await failure({ ...HI, messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] });
    expect(data).toEqual({ pointer: '/messages/0/content/0/type', from: 'openai-chat', to: 'anthropic-messages' });
    expect(message).toBe('/messages/0/content/0/type cannot be carried from openai-chat to anthropic-messages: a part of type input_audio has no counterpart.');
    expect(fix).toBe('Remove it, or use a provider that speaks openai-chat.');
  });

  it.each<[ModelDialect, ModelDialect, boolean]>([
    ['openai-chat', 'anthropic-messages', false],
    ['anthropic-messages', 'openai-chat', false],
    ['anthropic-messages', 'openai-responses', false],
    ['anthropic-messages', 'gemini', false],
    ['openai-chat', 'openai-responses', true],
    ['anthropic-messages', 'bedrock-converse', true],
  ])('that ends with the assistant goes from %s to %s only where both make the same of it', async (from, to, isKept) => {
    const body = {
      model: 'm',
      max_tokens: 5,
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: 'The answer is (' },
      ],
    };
    if (isKept) expect(Buffer.from((await convert(body, { from, to })).body).toString()).toContain('The answer is (');
    else expect((await failure(body, { from, to })).data).toEqual({ pointer: '/messages', from, to });
  });

  it('keeps the digits of every number that it carries', async () => {
    const schema = '{"type":"object","properties":{"n":{"const":12345678901234567890,"minimum":0.10000000000000000001}}}';
    const { body } = await convert(
      `{"model":"a","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"t","parameters":${schema}}}]}`,
    );
    expect(Buffer.from(body).toString()).toContain(schema);
  });
});

describe('an answer', () => {
  // @requirement K4.b
  it.each(['anthropic-messages', 'openai-responses', 'gemini', 'bedrock-converse'] as const)(
    'nested deeper than can be written is the mistake of the client: to %s',
    async (to) => {
      const asked = (depth: number): string =>
        `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"t","parameters":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}}]}`;
      expect((await failure(asked(100_000), { to })).code).toBe('INVALID_REQUEST');
      // The control: what a person would write passes.
      expect((await convert(asked(100), { to })).body.byteLength).toBeGreaterThan(500);
    },
  );

  it('has the name that the client asked for, and the time it was made', async () => {
    const conversion = await convert(HI);
    const answer = conversion.answer(
      Buffer.from('{"id":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}'),
    );
    expect(JSON.parse(Buffer.from(answer).toString())).toMatchObject({ model: 'alias', created: 1_700_000_000 });
  });

  it('that is no JSON object is the failure of the provider', async () => {
    const conversion = await convert(HI);
    expect(() => conversion.answer(Buffer.from('<html>'))).toThrow(expect.objectContaining({ code: 'PROVIDER_FAILED' }) as Error);
  });
});

describe('a count of tokens', () => {
  it('goes from Anthropic’s words to Gemini’s and back', async () => {
    const conversion = await convert({ ...HI, system: 'S' }, { operation: 'count', from: 'anthropic-messages', to: 'gemini' });
    expect(JSON.parse(Buffer.from(conversion.body).toString()) as JsonObject).toBeTypeOf('object');
    expect(Buffer.from(conversion.answer(Buffer.from('{"totalTokens":7}'))).toString()).toBe('{"input_tokens":7}');
  });

  it('has no streams, and no dialect without counts', async () => {
    const conversion = await convert(HI, { operation: 'count', from: 'anthropic-messages', to: 'gemini' });
    expect(() => conversion.stream()).toThrow();
    expect((await failure(HI, { operation: 'count', from: 'openai-chat', to: 'gemini' })).code).toBe('CONVERSION_REFUSED');
  });
});
