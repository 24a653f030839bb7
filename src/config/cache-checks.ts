/** @module config/cache-checks: rules between keys of `models.cache`. */
import type { CacheConfig } from '../contracts/model-cache.ts';
import type { ModelViolation } from './model-checks.ts';

/** Every broken rule. */
export function checkCache({ mode, store, redisUrl, secret, semantic }: CacheConfig): readonly ModelViolation[] {
  if (mode === 'off') return [];
  const isRedis = store === 'redis';
  return [
    ...missing(
      mode === 'semantic' && semantic.embeddingModel === null,
      '/semantic/embeddingModel',
      'The mode semantic needs a model that makes vectors.',
      'Name one, such as text-embedding-3-small.',
    ),
    ...missing(isRedis && redisUrl === null, '/redisUrl', 'The store redis has no address.', 'Add redisUrl, such as redis://127.0.0.1:6379/0.'),
    ...missing(
      isRedis && secret === null,
      '/secret',
      'The store redis needs a secret: without it, whoever reaches the server could put answers there.',
      'Add secret: ${SWITCHYARD_CACHE_SECRET}, 32 characters or more, the same for all gateways that share the server.',
    ),
  ];
}

function missing(isMissing: boolean, pointer: string, message: string, fix: string): readonly ModelViolation[] {
  return isMissing ? [{ pointer: `/models/cache${pointer}`, message, fix }] : [];
}
