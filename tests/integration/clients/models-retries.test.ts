/** What the official clients do after a failure: they come back where that helps, and only there. */
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { generateText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';
import { FAILURES } from '../../helpers/vendors/mind/failures.ts';

let gateway: ClientGateway;
beforeAll(async () => {
  gateway = await startClientGateway();
});
afterAll(async () => await gateway.stop());
let tries = 0;
beforeEach(() => {
  tries = 0;
});

const counting: typeof fetch = async (input, init) => {
  tries += 1;
  return await fetch(input, init);
};
type Ask = (model: string, text: string, key?: string) => Promise<unknown>;
/** With the two further tries that both make by default. */
const CLIENTS: Readonly<Record<string, Ask>> = {
  openai: async (model, text, apiKey = gateway.key) =>
    await new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, fetch: counting }).chat.completions.create({ model, messages: [{ role: 'user', content: text }] }),
  anthropic: async (model, text, apiKey = gateway.key) =>
    await new Anthropic({ baseURL: gateway.url, apiKey, fetch: counting }).messages.create({
      model,
      max_tokens: 50,
      messages: [{ role: 'user', content: text }],
    }),
};
const WRONG_KEY = 'sk-sy-000000000000-000000000000000000000000000000000000000000000000';

// @requirement D3.c
describe.each(Object.entries(CLIENTS))('the client of %s', (client, ask) => {
  it.each(['op/gpt-5.5', 'an/claude-sonnet-4-5'])('comes back after a failure of %s that passes', async (model) => {
    const { broken } = FAILURES[model.startsWith('op') ? 'openai' : 'anthropic'];
    gateway.vendor.answerNext(broken);
    expect(await ask(model, 'Hi')).toMatchObject({ model: expect.any(String) as string });
    expect(tries).toBe(2);
  });

  it.each(['!overloaded', '!broken'])('comes back twice after %s, and throws then', async (text) => {
    await expect(ask('op/gpt-5.5', text)).rejects.toThrow();
    expect(tries).toBe(3);
  });

  it('waits as long as the provider asks for', async () => {
    gateway.vendor.answerNext(FAILURES.openai.busy);
    const startedAt = performance.now();
    await ask('op/gpt-5.5', 'Hi');
    expect(tries).toBe(2);
    expect(performance.now() - startedAt).toBeGreaterThan(1900);
  });

  it.each([
    ['a wrong key', 'op/gpt-5.5', 'Hi', WRONG_KEY],
    ['an unknown model', 'nobody', 'Hi', undefined],
    ['a refused content', 'op/gpt-5.5', '!filtered', undefined],
    ['an input that is too long', 'an/claude-sonnet-4-5', '!long', undefined],
    ['a provider without a key: a 503 that no try changes', 'none/gpt-5.5', 'Hi', undefined],
  ])('does not come back after %s', async (_name, model, text, key) => {
    await expect(ask(model, text, key)).rejects.toThrow();
    expect(tries).toBe(1);
  });

  it('does not come back after a refused key of the gateway itself: a 502 that no try changes', async () => {
    gateway.vendor.answerNext(FAILURES.openai.key);
    await expect(ask('op/gpt-5.5', 'Hi')).rejects.toMatchObject({ status: 502 });
    expect(tries).toBe(1);
  });

  it('does not come back within a wait that is longer than it would wait', async () => {
    gateway.vendor.answerNext({ ...FAILURES.openai.busy, headers: { 'content-type': 'application/json', 'retry-after': '600' } });
    const startedAt = performance.now();
    const failure = await ask(`op/gpt-5.5@later-${client}`, 'Hi').catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ status: 429 });
    expect((failure as { readonly headers: Headers }).headers.get('retry-after')).toBe('600');
    expect([tries, performance.now() - startedAt < 5000]).toEqual([1, true]);
  });
});

// @requirement D3.c
it('programs find the words they look for', async () => {
  const codeOf = async (model: string, text: string, key?: string): Promise<unknown> =>
    await CLIENTS['openai']?.(model, text, key).catch((thrown: { readonly code: unknown }) => thrown.code);
  expect(await codeOf('nobody', 'Hi')).toBe('model_not_found');
  expect(await codeOf('op/gpt-5.5', 'Hi', WRONG_KEY)).toBe('invalid_api_key');
  for (const model of ['op/gpt-5.5', 'an/claude-sonnet-4-5', 'ge/gemini-2.5-flash']) expect(await codeOf(model, '!long')).toBe('context_length_exceeded');
  expect(await codeOf('op/gpt-5.5', '!rejected')).toBe('unsupported_value');
});

// @requirement D3.c
it('the AI SDK comes back by the status alone', async () => {
  const model = createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, fetch: counting }).chat('op/gpt-5.5');
  gateway.vendor.answerNext({ ...FAILURES.openai.broken });
  expect((await generateText({ model, prompt: 'Hi' })).text).toContain('Hi');
  expect(tries).toBe(2);
  tries = 0;
  await expect(generateText({ model, prompt: '!filtered' })).rejects.toThrow();
  expect(tries).toBe(1);
});
