/** @module config/cluster-checks: rules between keys of `storage` and `cluster`. */
import type { Config } from '../contracts/config.ts';

/** A rule that is broken. */
interface ClusterViolation {
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

/** Every broken rule. Addresses are not tried. */
export function checkCluster({ storage, cluster }: Pick<Config, 'storage' | 'cluster'>): readonly ClusterViolation[] {
  const { secret, previousSecret, redis, limits } = cluster;
  const isPostgres = storage.driver === 'postgres';
  return [
    ...broken(isPostgres && storage.url === null, '/storage/url', 'The driver postgres has no address.', 'Add url: ${DATABASE_URL}.'),
    ...broken(
      !isPostgres && storage.url !== null,
      '/storage/url',
      'The driver sqlite takes no address: this one would not be used.',
      'Add driver: postgres, or remove url.',
    ),
    ...broken(
      redis.url !== null && secret === null,
      '/cluster/secret',
      'A shared Redis needs a secret: without it, whoever reaches the server could put sessions and switches there.',
      'Add secret: ${SWITCHYARD_CLUSTER_SECRET}, 32 characters or more, the same on all nodes.',
    ),
    ...broken(
      secret === null && previousSecret !== null,
      '/cluster/previousSecret',
      'There is a previous secret and none now.',
      'Add secret, or remove previousSecret.',
    ),
    ...broken(limits === 'redis' && redis.url === null, '/cluster/limits', 'Rates are to be counted on Redis, and there is none.', 'Add cluster.redis.url.'),
    ...broken(
      limits === 'postgres' && !isPostgres,
      '/cluster/limits',
      'Rates are to be counted on PostgreSQL, and the state is not there.',
      'Set storage.driver: postgres.',
    ),
  ];
}

function broken(isBroken: boolean, pointer: string, message: string, fix: string): readonly ClusterViolation[] {
  return isBroken ? [{ pointer, message, fix }] : [];
}
