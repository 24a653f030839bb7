/** Anthropic's official client: with a provider of each dialect behind the gateway. */
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODELS, startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';
import { CITY, hashOf, THOUGHT, TOKENS } from '../../helpers/vendors/mind/mind.ts';

let gateway: ClientGateway;
let client: Anthropic;
beforeAll(async () => {
  gateway = await startClientGateway();
  client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => await gateway.stop());
beforeEach(() => void gateway.vendor.requests.splice(0));

const user = (content: string): Anthropic.MessageParam[] => [{ role: 'user', content }];
const schema = {
  type: 'object' as const,
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const tools: Anthropic.Tool[] = ['weather', 'tides'].map((name) => ({ name, description: `Tells the ${name}.`, input_schema: schema }));
const textOf = ({ content }: Anthropic.Message): string => content.map((block) => (block.type === 'text' ? block.text : '')).join('');
const callsOf = ({ content }: Anthropic.Message): readonly Anthropic.ToolUseBlock[] => content.filter((block) => block.type === 'tool_use');

// @requirement D3.c
describe.each(MODELS)('messages at a provider of kind %s', (_kind, model) => {
  const both = async (
    body: Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens' | 'stream'> & { readonly max_tokens?: number },
  ): Promise<readonly Anthropic.Message[]> => {
    const whole = await client.messages.create({ model, max_tokens: 500, ...body });
    const streamed = await client.messages.stream({ model, max_tokens: 500, ...body }).finalMessage();
    return [whole, streamed];
  };

  it('a text, with system, usage and stop reason', async () => {
    for (const message of await both({ system: 'Be kind', messages: user('Hällo') })) {
      expect(textOf(message)).toBe('[Be kind] You said: Hällo ä€😀');
      expect(message).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn', stop_sequence: null });
      const { usage } = message;
      expect(usage).toMatchObject({ input_tokens: TOKENS.input - TOKENS.cached, cache_read_input_tokens: TOKENS.cached, output_tokens: TOKENS.output });
    }
  });

  it('every piece of a stream as it comes', async () => {
    const pieces: string[] = [];
    const stream = client.messages.stream({ model, max_tokens: 500, messages: user('Hällo') }).on('text', (piece) => void pieces.push(piece));
    expect(await stream.finalText()).toBe('You said: Hällo ä€😀');
    expect(pieces.join('')).toBe('You said: Hällo ä€😀');
    expect(pieces.length).toBeGreaterThan(3);
  });

  it('calls of tools beside a text, their results in another order, and the answer', async () => {
    for (const first of await both({ messages: user('speak, then call both with a tool'), tools })) {
      expect([first.stop_reason, textOf(first)]).toEqual(['tool_use', 'I look it up.']);
      const calls = callsOf(first);
      expect(calls.map(({ name, input }) => [name, input])).toEqual([
        ['weather', CITY],
        ['tides', CITY],
      ]);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      const content = calls.toReversed().map(({ id, name }) => ({ type: 'tool_result' as const, tool_use_id: id, content: `of ${name}` }));
      const messages: Anthropic.MessageParam[] = [
        ...user('speak, then call both with a tool'),
        { role: 'assistant', content: first.content },
        { role: 'user', content },
      ];
      for (const second of await both({ messages, tools })) expect(textOf(second)).toMatch(/^Results: of (?:weather \| of tides|tides \| of weather)$/);
    }
  });

  it('a typed object by a schema', async () => {
    for (const message of await both({ messages: user('JSON'), output_config: { format: { type: 'json_schema', schema } } }))
      expect(JSON.parse(textOf(message))).toEqual(CITY);
  });

  it('an image arrives with its bytes', async () => {
    const bytes = Buffer.from([137, 80, 78, 71, 0, 255, 7]);
    const image = { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data: bytes.toString('base64') } };
    for (const message of await both({ messages: [{ role: 'user', content: [image, { type: 'text', text: 'Look' }] }] }))
      expect(textOf(message)).toBe(`Images: ${hashOf(bytes)}`);
  });

  it('an answer that its limit ended', async () => {
    for (const message of await both({ messages: user('Hällo'), max_tokens: 3 }))
      expect([message.stop_reason, textOf(message)]).toEqual(['max_tokens', 'You said']);
  });

  it('tokens are counted, by the provider where it can', async () => {
    const { input_tokens: count } = await client.messages.countTokens({ model, messages: user('Hällo'), tools });
    expect(count).toBeGreaterThan(0);
    if (!model.startsWith('oc/')) expect(count).toBe(TOKENS.input);
  });
});

// @requirement D3.c
it.each([
  ['anthropic', 'an/claude-sonnet-4-5'],
  ['gemini', 'ge/gemini-2.5-flash'],
])('thoughts of a model of kind %s come as thoughts, and go back with their signature', async (_kind, model) => {
  const body = { model, max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 }, messages: user('Use a tool'), tools } as const;
  for (const first of [await client.messages.create({ ...body, tools }), await client.messages.stream({ ...body, tools }).finalMessage()]) {
    expect(first.content).toMatchObject([
      { type: 'thinking', thinking: THOUGHT },
      { type: 'tool_use', name: 'weather' },
    ]);
    const results = callsOf(first).map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'sun' }));
    const second = await client.messages.create({
      ...body,
      tools,
      messages: [...user('Use a tool'), { role: 'assistant', content: first.content }, { role: 'user', content: results }],
    });
    expect(textOf(second)).toBe('Results: sun');
  }
});

// @requirement D3.c
it('the list of models, as this client pages through it', async () => {
  const names: string[] = [];
  for await (const { id } of client.models.list()) names.push(id);
  expect(names).toEqual(expect.arrayContaining(['safe-openai', 'safe-mixed']));
});

// @requirement D3.c
it('one model is retrieved by its name, also with a slash in it; one that is not there is not found', async () => {
  for (const name of ['safe-openai', 'an/claude-sonnet-4-5', 'claude-sonnet-5-5'])
    expect(await client.models.retrieve(name)).toMatchObject({ id: name, type: 'model' });
  const failure = await client.models.retrieve('nobody').catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(Anthropic.NotFoundError);
  expect(failure).toMatchObject({ type: 'not_found_error' });
});
