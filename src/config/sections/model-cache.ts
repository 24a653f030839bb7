/** @module config/sections/model-cache: answers of models that are kept to be given again. */
import { DEFAULT_CACHE as defaults } from '../../contracts/model-cache.ts';
import { choice, decimal, integer, key, list, orNull, pattern, section } from '../fields.ts';

const modelPattern = pattern(/^[\w.:@*-][\w.:@/*-]{0,199}$/, 'the name of a model, * for any characters');
const redisUrl = pattern(/^rediss?:\/\/[^\s]{1,1000}$/, 'an address such as redis://127.0.0.1:6379/0 or rediss://…');
const secret = pattern(/^[\x21-\x7e]{32,1024}$/, 'a secret of 32 characters or more (one word)');

const semantic = section(
  {
    embeddingModel: key(
      orNull(pattern(/^[\w.:@-][\w.:@/-]{0,199}$/, 'the name of a model')),
      defaults.semantic.embeddingModel,
      'Name of the model that turns texts into vectors. Required where the mode is semantic; callers need the right to call it.',
    ),
    threshold: key(decimal(0.5, 1), defaults.semantic.threshold, 'Cosine similarity from which two questions count as the same.'),
    maxCandidates: key(integer(1, 5000), defaults.semantic.maxCandidates, 'Newest entries that a question is compared with.'),
    timeoutMs: key(integer(1, 60_000), defaults.semantic.timeoutMs, 'Milliseconds that its vector may take; then the call goes on without it.'),
  },
  'When another question counts as the same.',
);

/** Keys of `models.cache`. */
export const cacheSection = section(
  {
    mode: key(choice(['off', 'exact', 'semantic'] as const), defaults.mode, 'exact = the same request again; semantic = also one that asks nearly the same.'),
    models: key(list(modelPattern), [...defaults.models], 'Names that clients ask for whose answers are kept; * stands for any characters.'),
    requests: key(
      choice(['all', 'asking'] as const),
      defaults.requests,
      'all = every request of these models that does not refuse; asking = only those with X-Switchyard-Cache: use.',
    ),
    scope: key(
      choice(['principal', 'tenant', 'gateway'] as const),
      defaults.scope,
      'Whose answers a caller may be given: its own, those of its tenant, or those of everybody.',
    ),
    store: key(
      choice(['memory', 'sqlite', 'redis'] as const),
      defaults.store,
      'Where they are kept: with the process, in a file of the home, or where several gateways share them.',
    ),
    redisUrl: key(orNull(redisUrl), defaults.redisUrl, 'redis: its address. Write a password as ${NAME}.'),
    secret: key(
      orNull(secret),
      defaults.secret,
      'Signs entries, so that nobody else can put answers there; required for redis, the same for all gateways that share it.',
    ),
    ttlSeconds: key(integer(1, 31_536_000), defaults.ttlSeconds, 'Seconds for which an answer is given again.'),
    maxEntries: key(integer(1, 1_000_000), defaults.maxEntries, 'Entries; the oldest go first.'),
    maxBytes: key(integer(65_536), defaults.maxBytes, 'Bytes of all entries together; the oldest go first.'),
    maxEntryBytes: key(integer(1024, 67_108_864), defaults.maxEntryBytes, 'Bytes of one answer; a larger one is not kept.'),
    timeoutMs: key(integer(1, 10_000), defaults.timeoutMs, 'Milliseconds that the store may take; then the call goes on without it.'),
    semantic: key(semantic, defaults.semantic, 'When another question counts as the same.'),
  },
  'Answers that are kept to be given again.',
);
