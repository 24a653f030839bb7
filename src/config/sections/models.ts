/** @module config/sections/models: providers of models, names for them, and their times. */
import * as v from 'valibot';
import type { ProviderKind } from '../../contracts/models-config.ts';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { guardrailsSection } from './guardrails.ts';
import { cacheSection } from './model-cache.ts';
import { choice, decimal, integer, key, list, orNull, path, pattern, section, table } from '../fields.ts';

const { models: defaults } = DEFAULT_CONFIG;
const HOUR_MS = 3_600_000;
const providerName = pattern(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a name (lower-case letters, digits, -)');
const modelName = pattern(/^[\w.:@-][\w.:@/-]{0,199}$/, 'the name of a model');
const targetName = pattern(/^[a-z0-9][a-z0-9-]{0,31}\/[\w.:@-][\w.:@/-]{0,199}$/, 'provider/model');
const secret = pattern(/^[\x21-\x7e]{1,4096}$/, 'a key (one word, no spaces)');
const KINDS = [
  'openai',
  'anthropic',
  'azure',
  'gemini',
  'ollama',
  'openai-compatible',
  'bedrock',
  'vertex',
  'gemini-cli',
] as const satisfies readonly ProviderKind[];
const milliseconds = integer(1, 24 * HOUR_MS);

const words = 'a base URL such as https://api.example.org/v1 (http or https, no query, no user)';
const baseUrl = v.pipe(v.string(words), v.check(isBaseUrl, words));

const provider = section(
  {
    kind: v.pipe(choice(KINDS), v.description('What it is. The keys below belong to the kinds that docs/models.md names; others are refused.')),
    baseUrl: key(orNull(baseUrl), null, "Base of its API; null = the vendor's own. Required for openai-compatible and azure."),
    apiKey: key(orNull(secret), null, 'Its credential. Write ${NAME}; where the variable is not set, the provider is not configured.'),
    models: key(list(modelName), [], 'Models that clients may name without the provider in front.'),
    apiVersion: key(
      orNull(pattern(/^[\w.-]{1,64}$/, 'a version such as 2025-04-01-preview')),
      null,
      'azure: dated version of the API; null = its undated one.',
    ),
    region: key(orNull(pattern(/^[a-z0-9-]{1,64}$/, 'a region such as eu-central-1')), null, 'bedrock, vertex: where it runs.'),
    accessKeyId: key(orNull(secret), null, 'bedrock: identifier of the key pair that signs requests, where there is no apiKey.'),
    secretAccessKey: key(orNull(secret), null, 'bedrock: secret of the key pair.'),
    sessionToken: key(orNull(secret), null, 'bedrock: token of temporary credentials.'),
    project: key(orNull(pattern(/^[a-z0-9.:-]{1,128}$/, 'a project such as my-project-123')), null, 'vertex: the Google Cloud project.'),
    credentialsFile: key(orNull(path()), null, 'vertex: file with the credentials of a service account or user.'),
    command: key(orNull(path()), null, 'gemini-cli: the program; a path, or a name looked up in PATH. Null = gemini.'),
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

const weighted = section(
  {
    target: v.pipe(targetName, v.description('provider/model.')),
    weight: v.pipe(integer(1, 1000), v.description('Its share: 3 is asked first three times as often as 1.')),
  },
  'A target with its share of the calls.',
);
const chainEntry = v.union([targetName, weighted], 'provider/model, or {target, weight}');

const breaker = section(
  {
    failures: key(
      integer(0, 1000),
      defaults.breaker.failures,
      'Failures within the window that make a target passed over; each success takes one back. 0 = failures never do.',
    ),
    windowMs: key(milliseconds, defaults.breaker.windowMs, 'Milliseconds for which a failure counts.'),
    openMs: key(milliseconds, defaults.breaker.openMs, 'Milliseconds until one call may try the target again.'),
    maxCooldownMs: key(milliseconds, defaults.breaker.maxCooldownMs, 'The longest for which a Retry-After makes a target passed over.'),
  },
  'When a target (provider/model) is passed over.',
);

/** Keys of `models`. */
export const modelsSection = section(
  {
    wellKnownProviders: key(
      v.boolean('true or false'),
      defaults.wellKnownProviders,
      'Whether anthropic, openai, gemini and ollama, with keys from the environment, and names for their models are there without being configured.',
    ),
    providers: key(table(providerName, provider), {}, 'Providers by a name of your choice; one with the name of a well-known one replaces it.'),
    aliases: key(
      table(modelName, list(chainEntry, 16)),
      {},
      'Names for chains: provider/model, tried in this order; {target, weight} that follow each other are one group, drawn by weight for each call. One with the name of a well-known one replaces it.',
    ),
    prices: key(table(modelName, override), {}, 'What models cost you: provider/model, or a model of any provider. Wins over the prices the gateway knows.'),
    guardrails: v.optional(guardrailsSection, {}),
    streamUsage: key(
      choice(['budgeted', 'always'] as const),
      defaults.streamUsage,
      'When streams of OpenAI chat are made to tell their usage although the client did not ask: for callers under a budget, or always.',
    ),
    retries: key(integer(0, 10), defaults.retries, 'Further tries at the same target before the next one.'),
    retryDelayMs: key(milliseconds, defaults.retryDelayMs, 'Milliseconds before the first retry; doubled for each further one.'),
    maxRetryAfterMs: key(integer(0, HOUR_MS), defaults.maxRetryAfterMs, 'The longest Retry-After that is waited for; a longer one means the next target.'),
    breaker: key(breaker, defaults.breaker, 'When a target is passed over.'),
    cache: key(cacheSection, { ...defaults.cache, models: [...defaults.cache.models] }, 'Answers that are kept to be given again; see docs/cache.md.'),
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
  return Number(amount.toFixed(6)) === amount;
}
