/** OpenAI's official client, its responses, embeddings and lists: with a provider of each dialect behind the gateway. */
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODELS, startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';
import { CITY, hashOf, THOUGHT, TOKENS, vectorOf } from '../../helpers/vendors/mind/mind.ts';

let gateway: ClientGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startClientGateway();
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => await gateway.stop());
beforeEach(() => void gateway.vendor.requests.splice(0));

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const tools: OpenAI.Responses.FunctionTool[] = ['weather', 'tides'].map((name) => ({
  type: 'function',
  name,
  description: `Tells the ${name}.`,
  parameters,
  strict: true,
}));
type Response = OpenAI.Responses.Response;
type Input = OpenAI.Responses.ResponseInput;
const user = (content: string): Input => [{ role: 'user', content }];
const callsOf = ({ output }: Response): readonly OpenAI.Responses.ResponseFunctionToolCall[] => output.filter((item) => item.type === 'function_call');

// @requirement D3.c
describe.each(MODELS)('responses at a provider of kind %s', (_kind, model) => {
  const both = async (body: Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'model' | 'stream'>): Promise<readonly Response[]> => {
    const whole = await client.responses.create({ model, ...body });
    const streamed = await client.responses.stream({ model, ...body }).finalResponse();
    return [whole, streamed];
  };

  it('a text, with instructions and usage', async () => {
    for (const response of await both({ instructions: 'Be kind', input: 'Hällo' })) {
      expect(response.output_text).toBe('[Be kind] You said: Hällo ä€😀');
      expect(response).toMatchObject({ object: 'response', status: 'completed', error: null });
      expect(response.usage).toMatchObject({
        input_tokens: TOKENS.input,
        output_tokens: TOKENS.output,
        input_tokens_details: { cached_tokens: TOKENS.cached },
      });
    }
  });

  it('every event of a stream, numbered, the deltas as they come', async () => {
    const stream = await client.responses.create({ model, input: 'Hällo', stream: true });
    const [numbers, pieces]: [number[], string[]] = [[], []];
    for await (const event of stream) {
      numbers.push(event.sequence_number);
      if (event.type === 'response.output_text.delta') pieces.push(event.delta);
    }
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(pieces.join('')).toBe('You said: Hällo ä€😀');
    expect(pieces.length).toBeGreaterThan(3);
  });

  it('calls of tools, their results in the input of the next', async () => {
    for (const first of await both({ input: 'both with a tool', tools })) {
      const calls = callsOf(first);
      expect(calls.map(({ name, arguments: input }) => [name, JSON.parse(input)])).toEqual([
        ['weather', CITY],
        ['tides', CITY],
      ]);
      expect(new Set(calls.map(({ call_id: id }) => id)).size).toBe(2);
      const results: Input = calls.map(({ call_id, name }) => ({ type: 'function_call_output', call_id, output: `of ${name}` }));
      for (const second of await both({ input: [...user('both with a tool'), ...(first.output as Input), ...results], tools }))
        expect(second.output_text).toBe('Results: of weather | of tides');
    }
  });

  it('a typed object by a schema', async () => {
    const text = { format: { type: 'json_schema', name: 'forecast', strict: true, schema: parameters } } as const;
    for (const { output_text: json } of await both({ input: 'JSON', text })) expect(JSON.parse(json)).toEqual(CITY);
    expect((await client.responses.parse({ model, input: 'JSON', text })).output_parsed).toEqual(CITY);
  });

  it('an image arrives with its bytes', async () => {
    const bytes = Buffer.from([137, 80, 78, 71, 0, 255, 7]);
    const content: OpenAI.Responses.ResponseInputContent[] = [
      { type: 'input_text', text: 'Look' },
      { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${bytes.toString('base64')}` },
    ];
    for (const { output_text: text } of await both({ input: [{ role: 'user', content }] })) expect(text).toBe(`Images: ${hashOf(bytes)}`);
  });

  it('an answer that its limit ended is incomplete', async () => {
    for (const response of await both({ input: 'Hällo', max_output_tokens: 3 }))
      expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output_text: 'You said' });
  });
});

// @requirement D3.c
it.each([
  ['openai', 'op/gpt-5.5'],
  ['anthropic', 'an/claude-sonnet-4-5'],
  ['gemini', 'ge/gemini-2.5-flash'],
])('the summary of thoughts of a model of kind %s', async (_kind, model) => {
  const body = { model, input: 'Hällo', reasoning: { effort: 'low', summary: 'auto' }, max_output_tokens: 9000 } as const;
  for (const response of [await client.responses.create(body), await client.responses.stream(body).finalResponse()]) {
    const thoughts = response.output.flatMap((item) => (item.type === 'reasoning' ? item.summary.map(({ text }) => text) : []));
    expect(thoughts).toEqual([THOUGHT]);
    expect(response.output_text).toBe('You said: Hällo ä€😀');
  }
});

// @requirement D3.c
describe('vectors', () => {
  it.each([
    ['openai', 'op/text-embedding-3-small'],
    ['openai-compatible', 'oc/nomic-embed-text'],
    ['gemini', 'ge/gemini-embedding-001'],
  ])('of a provider of kind %s, as base64 on the wire (what the client asks for by itself) and as numbers', async (_kind, model) => {
    for (const format of [{}, { encoding_format: 'float' as const }]) {
      const { data, usage } = await client.embeddings.create({ model, input: ['a', 'four'], ...format });
      expect(data.map(({ embedding, index }) => [index, [...embedding]])).toEqual([
        [0, vectorOf('a')],
        [1, vectorOf('four')],
      ]);
      // Gemini tells no usage of vectors: unknown is not 0.
      expect(usage).toEqual(model.startsWith('ge/') ? undefined : { prompt_tokens: TOKENS.input, total_tokens: TOKENS.input });
    }
    expect([...((await client.embeddings.create({ model, input: 'four' })).data[0]?.embedding ?? [])]).toEqual(vectorOf('four'));
  });
});

// @requirement D3.c
it('the list of models names what a caller may use, and the client pages through it', async () => {
  const names: string[] = [];
  for await (const { id } of client.models.list()) names.push(id);
  expect(names).toEqual(expect.arrayContaining(['safe-openai', 'safe-mixed']));
});

// @requirement D3.c
it.each(MODELS.filter(([kind]) => kind !== 'openai-compatible'))('tokens are counted by a provider of kind %s', async (_kind, model) => {
  expect((await client.responses.inputTokens.count({ model, input: 'Hällo' })).input_tokens).toBe(TOKENS.input);
});

// @requirement D3.c
it('one model is retrieved by its name, also with a slash in it; one that is not there is not found', async () => {
  for (const name of ['safe-openai', 'op/gpt-5.5', 'claude-sonnet-5-5'])
    expect(await client.models.retrieve(name)).toMatchObject({ id: name, object: 'model' });
  await expect(client.models.retrieve('nobody')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});
