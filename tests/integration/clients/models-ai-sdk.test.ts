/** The AI SDK over the dialects of OpenAI and Anthropic: with a provider of each dialect behind the gateway. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { embedMany, generateObject, generateText, isStepCount, jsonSchema, streamText, tool, type LanguageModel } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODELS, startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';
import { CITY, hashOf, TOKENS, vectorOf } from '../../helpers/vendors/mind/mind.ts';

let gateway: ClientGateway;
beforeAll(async () => {
  gateway = await startClientGateway();
});
afterAll(async () => await gateway.stop());

const openai = () => createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key });
const DIALECTS: Readonly<Record<string, (model: string) => LanguageModel>> = {
  'openai chat': (model) => openai().chat(model),
  'openai responses': (model) => openai().responses(model),
  'anthropic messages': (model) => createAnthropic({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key })(model),
};
interface Place {
  readonly city: string;
  readonly days: number;
}
const schema = jsonSchema<Place>({
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
});
const calls: string[] = [];
const forecast = (name: string) =>
  tool({
    description: `Tells the ${name}.`,
    inputSchema: schema,
    execute: async ({ city, days }: Place) => {
      calls.push(`${name} ${city} ${days}`);
      return `${name} is fine`;
    },
  });
const tools = { weather: forecast('weather'), tides: forecast('tides') };
// Only OpenAI itself keeps what was said: everywhere else a conversation over responses says it again.
const LIMITS = { maxRetries: 0, maxOutputTokens: 500, providerOptions: { openai: { store: false } } };

// @requirement D3.c
describe.each(Object.entries(DIALECTS))('over %s', (_dialect, modelOf) => {
  describe.each(MODELS)('at a provider of kind %s', (_kind, name) => {
    it('generateText: text, usage and reason of the end', async () => {
      const { text, usage, finishReason } = await generateText({ model: modelOf(name), instructions: 'Be kind', prompt: 'Hällo', ...LIMITS });
      expect([text, finishReason]).toEqual(['[Be kind] You said: Hällo ä€😀', 'stop']);
      expect(usage).toMatchObject({ inputTokens: TOKENS.input, outputTokens: TOKENS.output });
    });

    it('streamText: pieces, usage and reason of the end', async () => {
      const result = streamText({ model: modelOf(name), prompt: 'Hällo', ...LIMITS });
      const pieces: string[] = [];
      for await (const piece of result.textStream) pieces.push(piece);
      expect(pieces.join('')).toBe('You said: Hällo ä€😀');
      expect(pieces.length).toBeGreaterThan(3);
      expect([await result.finishReason, await result.usage]).toMatchObject(['stop', { inputTokens: TOKENS.input, outputTokens: TOKENS.output }]);
    });

    it('tools over several steps, plain and streamed', async () => {
      const question = { model: modelOf(name), prompt: 'speak, then call both with a tool, twice', tools, stopWhen: isStepCount(5), ...LIMITS };
      calls.splice(0);
      const { text, steps } = await generateText(question);
      const streamed = streamText(question);
      const texts = [text, await streamed.text];
      expect(texts).toEqual(['Results: weather is fine | tides is fine', 'Results: weather is fine | tides is fine']);
      expect([steps.length, (await streamed.steps).length]).toEqual([2, 2]);
      expect(calls).toEqual(['weather', 'tides', 'weather', 'tides'].map((called) => `${called} ${CITY.city} ${CITY.days}`));
    });

    it('one call after the other: the results of each step are in the next', async () => {
      const { weather } = tools;
      const { text, steps } = await generateText({ model: modelOf(name), prompt: 'Use a tool twice', tools: { weather }, stopWhen: isStepCount(5), ...LIMITS });
      expect([text, steps.length]).toEqual(['Results: weather is fine | weather is fine', 3]);
    });

    it('generateObject: an object of the schema', async () => {
      expect((await generateObject({ model: modelOf(name), schema, prompt: 'JSON', ...LIMITS })).object).toEqual(CITY);
    });

    it('an image arrives with its bytes', async () => {
      const image = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 255]);
      const { text } = await generateText({
        model: modelOf(name),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look' },
              { type: 'file', mediaType: 'image/png', data: image },
            ],
          },
        ],
        ...LIMITS,
      });
      expect(text).toBe(`Images: ${hashOf(image)}`);
    });
  });
});

// @requirement D3.c
it.each(['op/text-embedding-3-small', 'ge/gemini-embedding-001'])('embedMany: vectors of %s', async (model) => {
  const { embeddings } = await embedMany({ model: openai().embedding(model), values: ['a', 'four'] });
  expect(embeddings).toEqual([vectorOf('a'), vectorOf('four')]);
});
