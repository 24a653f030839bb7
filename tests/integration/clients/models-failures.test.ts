/** Failures as the official clients throw them: with their own classes, tried again only where that helps, and never half an answer as a whole one. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { APICallError, generateText, RetryError, streamText, type LanguageModel } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';

let gateway: ClientGateway;
beforeAll(async () => {
  gateway = await startClientGateway();
});
afterAll(async () => await gateway.stop());
beforeEach(() => {
  gateway.vendor.requests.splice(0);
  gateway.steady.requests.splice(0);
});

/** What is asked; `tries` counts the requests that the client sent. */
interface Question {
  readonly model: string;
  readonly text: string;
  readonly isStream: boolean;
  readonly key?: string;
  /** Further tries that the client may make by itself. */
  readonly retries?: number;
}
interface Counted {
  tries: number;
}
type Ask = (question: Question, counted: Counted) => Promise<string>;

const counting =
  (counted: Counted): typeof fetch =>
  async (input, init) => {
    counted.tries += 1;
    return await fetch(input, init);
  };
const openai = ({ key = gateway.key, retries = 0 }: Question, counted: Counted): OpenAI =>
  new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: retries, fetch: counting(counted) });
const askByAiSdk = async (model: LanguageModel, { text, isStream, retries = 0 }: Question): Promise<string> => {
  if (!isStream) return (await generateText({ model, prompt: text, maxRetries: retries, maxOutputTokens: 500 })).text;
  let failure: unknown;
  const result = streamText({ model, prompt: text, maxRetries: retries, maxOutputTokens: 500, onError: ({ error }) => void (failure = error) });
  const said = await Promise.resolve(result.text).catch((thrown: unknown) => {
    failure ??= thrown;
    return '';
  });
  if (failure !== undefined) throw failure;
  return said;
};

const CLIENTS: Readonly<Record<string, Ask>> = {
  'openai chat': async (question, counted) => {
    const { chat } = openai(question, counted);
    const body = { model: question.model, messages: [{ role: 'user' as const, content: question.text }] };
    const { choices } = question.isStream ? await chat.completions.stream(body).finalChatCompletion() : await chat.completions.create(body);
    return choices[0]?.message.content ?? '';
  },
  'openai responses': async (question, counted) => {
    const { responses } = openai(question, counted);
    const body = { model: question.model, input: question.text };
    return (question.isStream ? await responses.stream(body).finalResponse() : await responses.create(body)).output_text;
  },
  anthropic: async ({ model, text, isStream, key = gateway.key, retries = 0 }, counted) => {
    const { messages } = new Anthropic({ baseURL: gateway.url, apiKey: key, maxRetries: retries, fetch: counting(counted) });
    const body = { model, max_tokens: 500, messages: [{ role: 'user' as const, content: text }] };
    const { content } = isStream ? await messages.stream(body).finalMessage() : await messages.create(body);
    return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  },
  gemini: async ({ model, text, isStream, key = gateway.key }) => {
    const { models } = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: gateway.url } });
    if (!isStream) return (await models.generateContent({ model, contents: text })).text ?? '';
    let said = '';
    for await (const piece of await models.generateContentStream({ model, contents: text })) said += piece.text ?? '';
    return said;
  },
  'ai sdk, openai': async (question, counted) =>
    await askByAiSdk(
      createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: question.key ?? gateway.key, fetch: counting(counted) }).chat(question.model),
      question,
    ),
  'ai sdk, anthropic': async (question, counted) =>
    await askByAiSdk(
      createAnthropic({ baseURL: `${gateway.url}/v1`, apiKey: question.key ?? gateway.key, fetch: counting(counted) })(question.model),
      question,
    ),
};

type Class = abstract new (...args: never[]) => Error;
const OPENAI_CLASSES: Readonly<Record<number, Class>> = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  404: OpenAI.NotFoundError,
  429: OpenAI.RateLimitError,
  502: OpenAI.InternalServerError,
  503: OpenAI.InternalServerError,
};
const ANTHROPIC_CLASSES: Readonly<Record<number, Class>> = {
  400: Anthropic.BadRequestError,
  401: Anthropic.AuthenticationError,
  404: Anthropic.NotFoundError,
  429: Anthropic.RateLimitError,
  502: Anthropic.InternalServerError,
  503: Anthropic.ServiceUnavailableError,
};
/** What the client throws for a status. */
function classOf(client: string, status: number): Class | undefined {
  if (client.startsWith('openai')) return OPENAI_CLASSES[status];
  if (client.startsWith('ai sdk')) return APICallError;
  return client === 'gemini' ? ApiError : ANTHROPIC_CLASSES[status];
}
/** How the client names the status. */
const statusIn = (failure: unknown): unknown => {
  const { status, statusCode } = failure as { readonly status?: unknown; readonly statusCode?: unknown };
  return status ?? statusCode;
};
const failureOf = async (asked: Promise<string>): Promise<unknown> =>
  await asked.then(
    (text) => `no failure, but: ${text}`,
    (thrown: unknown) => (RetryError.isInstance(thrown) ? thrown.lastError : thrown),
  );

const MODELS = { openai: 'op/gpt-5.5', anthropic: 'an/claude-sonnet-4-5', gemini: 'ge/gemini-2.5-flash' } as const;
const WRONG_KEY = 'sk-sy-000000000000-000000000000000000000000000000000000000000000000';
/** What goes wrong, the status that the client reads, and whether it would help to come back. */
const FAILURES: readonly (readonly [string, number, boolean, (model: string) => Partial<Question>])[] = [
  ['a wrong key', 401, false, () => ({ key: WRONG_KEY })],
  ['a model that nobody has', 404, false, () => ({ model: 'nobody' })],
  ['a provider that limits the rate', 429, true, (model) => ({ model, text: '!busy' })],
  ['a provider that is overloaded', 503, true, (model) => ({ model, text: '!overloaded' })],
  ['a provider that fails', 502, true, (model) => ({ model, text: '!broken' })],
  ['a provider that is down', 502, true, () => ({ model: 'down-only' })],
  ['an input that is too long', 400, false, (model) => ({ model, text: '!long' })],
  ['an input that the filter refuses', 400, false, (model) => ({ model, text: '!filtered' })],
  ['a request that the provider rejects', 400, false, (model) => ({ model, text: '!rejected' })],
];

// @requirement D3.c
describe.each(Object.entries(CLIENTS))('the client of %s', (client, ask) => {
  describe.each(Object.entries(MODELS))('with a provider of kind %s', (_kind, model) => {
    it.each(
      FAILURES.flatMap(([name, status, isRetryable, change]) =>
        [false, true].map((isStream) => [name, isStream ? 'a stream' : 'a whole answer', status, isRetryable, change, isStream] as const),
      ),
    )('throws its own error for %s, when asked for %s: %i', async (_name, _form, status, _isRetryable, change, isStream) => {
      const failure = await failureOf(ask({ model, text: 'Hi', isStream, ...change(model) }, { tries: 0 }));
      expect(failure).toBeInstanceOf(classOf(client, status));
      expect(statusIn(failure)).toBe(status);
    });
  });

  it.each(Object.entries(MODELS))('never takes half a stream of a provider of kind %s for a whole answer', async (_kind, model) => {
    const failure = await failureOf(ask({ model, text: '!cut this answer, which is long enough to be cut in the middle', isStream: true }, { tries: 0 }));
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure)).not.toContain('no failure');
  });

  it.each(['safe-openai', 'safe-anthropic', 'safe-gemini', 'safe-mixed', 'down-first'])(
    'gets a whole answer from the next provider of %s where the first one fails',
    async (model) => {
      for (const isStream of [false, true])
        for (const text of ['!busy', '!broken', '!overloaded']) expect(await ask({ model, text, isStream }, { tries: 0 })).toBe(`You said: ${text} ä€😀`);
      expect(gateway.steady.requests).toHaveLength(6);
    },
  );
});
