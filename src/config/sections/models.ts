/** @module config/sections/models: providers of models, names for them, and their times. */
import * as v from 'valibot';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { choice, decimal, integer, key, list, orNull, pattern, section, table, text } from '../fields.ts';

const { models: defaults } = DEFAULT_CONFIG;
const HOUR_MS = 3_600_000;
const providerName = pattern(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a name (lower-case letters, digits, -)');
const modelName = pattern(/^[\w.:@-][\w.:@/-]{0,199}$/, 'the name of a model');
const targetName = pattern(/^[a-z0-9][a-z0-9-]{0,31}\/[\w.:@-][\w.:@/-]{0,199}$/, 'provider/model');
const milliseconds = integer(1, 24 * HOUR_MS);

const words = 'a base URL such as https://api.example.org/v1 (http or https, no query, no user)';
const baseUrl = v.pipe(v.string(words), v.check(isBaseUrl, words));

const provider = section(
  {
    kind: v.pipe(choice(['openai', 'anthropic', 'openai-compatible'] as const), v.description('Wire format of the provider.')),
    baseUrl: key(orNull(baseUrl), null, "Base of its API; null = the vendor's own. Required for openai-compatible."),
    apiKey: key(orNull(text('a key', 4096)), null, 'Its credential. Write ${NAME}; where the variable is not set, the provider is not configured.'),
    models: key(list(modelName), [], 'Models that clients may name without the provider in front.'),
  },
  'One provider.',
);

const amountUsd = v.pipe(decimal(0, 1_000_000), v.check(hasSixDecimals, 'a number from 0 to 1000000 with at most six decimals'));
const tokens = integer(1, 1_000_000_000);

const override = section(
  {
    input: v.pipe(amountUsd, v.description('USD per million input tokens.')),
    output: v.pipe(amountUsd, v.description('USD per million output tokens.')),
    cacheRead: key(orNull(amountUsd), null, "USD per million tokens read from the provider's cache; null = as input."),
    cacheWrite: key(orNull(amountUsd), null, "USD per million tokens written to the provider's cache; null = as input."),
    contextTokens: key(orNull(tokens), null, 'Tokens the model takes; null = what the gateway knows.'),
    maxOutputTokens: key(orNull(tokens), null, 'Tokens its answer can have; null = what the gateway knows.'),
    kind: key(orNull(choice(['chat', 'embedding'] as const)), null, 'What the model is for; null = what the gateway knows.'),
  },
  'Price and size of one model.',
);

/** Keys of `models`. */
export const modelsSection = section(
  {
    providers: key(table(providerName, provider), {}, 'Providers by a name of your choice. Without any there is no model API.'),
    aliases: key(table(modelName, list(targetName, 16)), {}, 'Names for chains: provider/model, tried in this order.'),
    prices: key(table(modelName, override), {}, 'What models cost you: provider/model, or a model of any provider. Wins over the prices the gateway knows.'),
    streamUsage: key(
      choice(['budgeted', 'always'] as const),
      defaults.streamUsage,
      'When streams of OpenAI chat are made to tell their usage although the client did not ask: for callers under a budget, or always.',
    ),
    retries: key(integer(0, 10), defaults.retries, 'Further tries at the same target before the next one.'),
    retryDelayMs: key(milliseconds, defaults.retryDelayMs, 'Milliseconds before the first retry; doubled for each further one.'),
    maxRetryAfterMs: key(integer(0, HOUR_MS), defaults.maxRetryAfterMs, 'The longest Retry-After that is waited for; a longer one means the next target.'),
    firstTokenMs: key(milliseconds, defaults.firstTokenMs, 'Milliseconds to the first content of a stream.'),
    idleMs: key(milliseconds, defaults.idleMs, 'Milliseconds between two pieces of an answer.'),
    answerMs: key(milliseconds, defaults.answerMs, 'Milliseconds until a plain answer begins.'),
    totalMs: key(milliseconds, defaults.totalMs, 'Milliseconds for a call with all its attempts.'),
  },
  'Models and the way to them.',
);

function isBaseUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '' && search === '' && hash === '';
}

/** Millionths of a dollar are the smallest unit that is counted. */
function hasSixDecimals(amount: number): boolean {
  return Math.abs(amount * 1_000_000 - Math.round(amount * 1_000_000)) < 1e-6 * Math.max(1, amount);
}
