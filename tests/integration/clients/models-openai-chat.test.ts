/** OpenAI's official client, its chat completions: with a provider of each dialect behind the gateway. */
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODELS, startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';
import { CITY, hashOf, TOKENS } from '../../helpers/vendors/mind/mind.ts';

let gateway: ClientGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startClientGateway();
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => await gateway.stop());
beforeEach(() => void gateway.vendor.requests.splice(0));

const ask = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }];
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const tools: OpenAI.ChatCompletionFunctionTool[] = ['weather', 'tides'].map((name) => ({
  type: 'function',
  function: { name, description: `Tells the ${name}.`, parameters },
}));
const usage = {
  prompt_tokens: TOKENS.input,
  completion_tokens: TOKENS.output,
  total_tokens: TOKENS.input + TOKENS.output,
  prompt_tokens_details: { cached_tokens: TOKENS.cached },
};
type Message = OpenAI.ChatCompletionMessage;
const callsOf = ({ tool_calls: calls = [] }: Message): readonly { readonly id: string; readonly name: string; readonly input: unknown }[] =>
  calls.flatMap((call) => (call.type === 'function' ? [{ id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }] : []));

// @requirement D3.c
describe.each(MODELS)('chat completions at a provider of kind %s', (_kind, model) => {
  /** The same question, in one piece and as a stream that the client puts together. */
  const both = async (body: Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'model' | 'stream'>): Promise<readonly OpenAI.ChatCompletion[]> => {
    const whole = await client.chat.completions.create({ model, ...body });
    const streamed = await client.chat.completions.stream({ model, ...body, stream_options: { include_usage: true } }).finalChatCompletion();
    return [whole, streamed];
  };

  it('a text, with system, usage and stop reason', async () => {
    for (const completion of await both({ messages: [{ role: 'system', content: 'Be kind' }, ...ask('Hällo')] })) {
      expect(completion.choices).toMatchObject([
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '[Be kind] You said: Hällo ä€😀' } },
      ]);
      expect(completion.usage).toMatchObject(usage);
      expect(completion.object).toBe('chat.completion');
    }
  });

  it('every piece of a stream as it comes, without usage where it was not asked for', async () => {
    const pieces: string[] = [];
    const stream = await client.chat.completions.create({ model, messages: ask('Hällo'), stream: true });
    for await (const chunk of stream) {
      expect(chunk.usage ?? null).toBeNull();
      pieces.push(chunk.choices[0]?.delta.content ?? '');
    }
    expect(pieces.join('')).toBe('You said: Hällo ä€😀');
    expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(3);
  });

  it('one call of a tool, its result, and the answer to it', async () => {
    for (const first of await both({ messages: ask('Use a tool'), tools })) {
      expect(first.choices[0]?.finish_reason).toBe('tool_calls');
      const message = first.choices[0]?.message as Message;
      const calls = callsOf(message);
      expect(calls).toEqual([{ id: expect.any(String) as string, name: 'weather', input: CITY }]);
      const results = calls.map(({ id }): OpenAI.ChatCompletionToolMessageParam => ({ role: 'tool', tool_call_id: id, content: 'sun' }));
      for (const second of await both({ messages: [...ask('Use a tool'), message, ...results], tools }))
        expect(second.choices).toMatchObject([{ finish_reason: 'stop', message: { content: 'Results: sun' } }]);
    }
  });

  it('two calls at once beside a text; results in another order find their calls', async () => {
    for (const first of await both({ messages: ask('speak, then call both with a tool'), tools })) {
      const message = first.choices[0]?.message as Message;
      expect(message.content).toBe('I look it up.');
      const calls = callsOf(message);
      expect(calls.map(({ name, input }) => [name, input])).toEqual([
        ['weather', CITY],
        ['tides', CITY],
      ]);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      const results = calls
        .toReversed()
        .map(({ id, name }): OpenAI.ChatCompletionToolMessageParam => ({ role: 'tool', tool_call_id: id, content: `of ${name}` }));
      const [second] = await both({ messages: [...ask('speak, then call both with a tool'), message, ...results], tools });
      expect(second?.choices[0]?.message.content).toMatch(/^Results: of (?:weather \| of tides|tides \| of weather)$/);
    }
  });

  it('a typed object by a schema', async () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'forecast', strict: true, schema: parameters } } as const;
    for (const { choices } of await both({ messages: ask('JSON'), response_format })) expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual(CITY);
    const parsed = await client.chat.completions.parse({ model, messages: ask('JSON'), response_format });
    expect(parsed.choices[0]?.message.parsed).toEqual(CITY);
  });

  it('an image arrives with its bytes', async () => {
    const bytes = Buffer.from([137, 80, 78, 71, 0, 255, 7]);
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${bytes.toString('base64')}` } } as const;
    for (const { choices } of await both({ messages: [{ role: 'user', content: [{ type: 'text', text: 'Look' }, image] }] }))
      expect(choices[0]?.message.content).toBe(`Images: ${hashOf(bytes)}`);
  });

  it('an answer that its limit ended', async () => {
    for (const { choices } of await both({ messages: ask('Hällo'), max_completion_tokens: 3 }))
      expect(choices).toMatchObject([{ finish_reason: 'length', message: { content: 'You said' } }]);
  });

  it('a tool that must be called is', async () => {
    for (const tool_choice of ['required', { type: 'function', function: { name: 'tides' } }] as const)
      for (const { choices } of await both({ messages: ask('Hällo'), tools, tool_choice }))
        expect(callsOf(choices[0]?.message as Message)[0]?.name).toBe(tool_choice === 'required' ? 'weather' : 'tides');
  });

  it('a tool that may not be called is not', async () => {
    for (const { choices } of await both({ messages: ask('Use a tool'), tools, tool_choice: 'none' })) expect(choices[0]?.finish_reason).toBe('stop');
  });
});
