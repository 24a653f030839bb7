/** Google's official client: with a provider of each dialect behind the gateway. */
import { GoogleGenAI, type Content, type FunctionDeclaration, type GenerateContentConfig, type GenerateContentResponse } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODELS, startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';
import { CITY, hashOf, THOUGHT, TOKENS, vectorOf } from '../../helpers/vendors/mind/mind.ts';

let gateway: ClientGateway;
let client: GoogleGenAI;
beforeAll(async () => {
  gateway = await startClientGateway();
  client = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
});
afterAll(async () => await gateway.stop());
beforeEach(() => void gateway.vendor.requests.splice(0));

const schema = { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } }, required: ['city', 'days'], additionalProperties: false };
const functionDeclarations: FunctionDeclaration[] = ['weather', 'tides'].map((name) => ({
  name,
  description: `Tells the ${name}.`,
  parametersJsonSchema: schema,
}));
const tools = [{ functionDeclarations }];
const user = (text: string): Content[] => [{ role: 'user', parts: [{ text }] }];
interface Told {
  readonly text: string;
  readonly parts: NonNullable<Content['parts']>;
  readonly last: GenerateContentResponse | undefined;
}
/** What a program that follows the stream has in the end. */
const gather = (responses: readonly GenerateContentResponse[]): Told => {
  const parts = responses.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  const text = parts.map((part) => (part.thought === true ? '' : (part.text ?? ''))).join('');
  return { text, parts, last: responses.at(-1) };
};

// @requirement D3.c
describe.each(MODELS)('contents at a provider of kind %s', (_kind, model) => {
  const both = async (contents: Content[] | string, config: GenerateContentConfig = {}): Promise<readonly Told[]> => {
    const whole = await client.models.generateContent({ model, contents, config });
    const pieces: GenerateContentResponse[] = [];
    for await (const piece of await client.models.generateContentStream({ model, contents, config })) pieces.push(piece);
    return [gather([whole]), gather(pieces)];
  };

  it('a text, with system, usage and reason of the end', async () => {
    for (const { text, last } of await both('Hällo', { systemInstruction: 'Be kind' })) {
      expect(text).toBe('[Be kind] You said: Hällo ä€😀');
      expect(last?.candidates?.[0]?.finishReason).toBe('STOP');
      expect(last?.usageMetadata).toMatchObject({
        promptTokenCount: TOKENS.input,
        candidatesTokenCount: TOKENS.output,
        totalTokenCount: TOKENS.input + TOKENS.output,
        cachedContentTokenCount: TOKENS.cached,
      });
    }
  });

  it('a call of a tool, two at once, and the answer to their results', async () => {
    for (const { parts } of await both('both with a tool', { tools })) {
      const calls = parts.flatMap(({ functionCall: call }) => (call ? [call] : []));
      expect(calls.map(({ name, args }) => [name, args])).toEqual([
        ['weather', CITY],
        ['tides', CITY],
      ]);
      const results = calls.map(({ id, name }) => ({
        functionResponse: { ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }), response: { output: `of ${name}` } },
      }));
      for (const second of await both([...user('both with a tool'), { role: 'model', parts }, { role: 'user', parts: results }], { tools }))
        expect(second.text).toBe('Results: of weather | of tides');
    }
  });

  it('a typed object by a schema', async () => {
    for (const { text } of await both('JSON', { responseMimeType: 'application/json', responseJsonSchema: schema })) expect(JSON.parse(text)).toEqual(CITY);
  });

  it('an image arrives with its bytes', async () => {
    const bytes = Buffer.from([137, 80, 78, 71, 0, 255, 7]);
    for (const { text } of await both([{ role: 'user', parts: [{ text: 'Look' }, { inlineData: { mimeType: 'image/png', data: bytes.toString('base64') } }] }]))
      expect(text).toBe(`Images: ${hashOf(bytes)}`);
  });

  it('an answer that its limit ended', async () => {
    for (const { text, last } of await both('Hällo', { maxOutputTokens: 3 }))
      expect([last?.candidates?.[0]?.finishReason, text]).toEqual(['MAX_TOKENS', 'You said']);
  });

  it('tokens are counted, by the provider where it can', async () => {
    const { totalTokens } = await client.models.countTokens({ model, contents: 'Hällo' });
    expect(totalTokens).toBeGreaterThan(0);
    if (!model.startsWith('oc/')) expect(totalTokens).toBe(TOKENS.input);
  });
});

// @requirement D3.c
it.each([
  ['anthropic', 'an/claude-sonnet-4-5'],
  ['gemini', 'ge/gemini-2.5-flash'],
])('thoughts of a model of kind %s are marked as thoughts', async (_kind, model) => {
  const { candidates } = await client.models.generateContent({
    model,
    contents: 'Hällo',
    config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 }, maxOutputTokens: 4000 },
  });
  expect(candidates?.[0]?.content?.parts).toMatchObject([{ thought: true, text: THOUGHT }, { text: 'You said: Hällo ä€😀' }]);
});

// @requirement D3.c
it.each([
  ['gemini', 'ge/gemini-embedding-001'],
  ['openai', 'op/text-embedding-3-small'],
])('vectors of a provider of kind %s', async (_kind, model) => {
  const { embeddings } = await client.models.embedContent({ model, contents: ['a', 'four'] });
  expect(embeddings?.map(({ values }) => values)).toEqual([vectorOf('a'), vectorOf('four')]);
});

// @requirement D3.c
it('the list of models, as this client pages through it', async () => {
  const names: (string | undefined)[] = [];
  for await (const { name } of await client.models.list()) names.push(name);
  expect(names).toEqual(expect.arrayContaining(['models/safe-openai', 'models/safe-mixed']));
});

// @requirement D3.c
it('one model is retrieved by its name, also with a slash in it; one that is not there is not found', async () => {
  for (const name of ['safe-openai', 'ge/gemini-2.5-flash', 'gemini-2.5-flash'])
    expect(await client.models.get({ model: name })).toMatchObject({ name: `models/${name}` });
  await expect(client.models.get({ model: 'nobody' })).rejects.toMatchObject({ status: 404 });
});
