/** @module app/doctor/cluster: whether what nodes share can be reached from here. */
import type { Config } from '../../contracts/config.ts';
import { createRedisConnection } from '../../storage/redis/connection.ts';
import { createRedisRates } from '../../storage/redis/rates.ts';
import { failureOf, fine, warning, type Finding } from './finding.ts';

const PROBE = [{ name: 'doctor', limit: 1_000_000, burst: 0 }];

/** Counts once on the shared Redis, and looks at what is not shared although there is one. */
export async function examineCluster({ cluster, storage }: Pick<Config, 'cluster' | 'storage'>): Promise<readonly Finding[]> {
  const { redis, secret } = cluster;
  const id = 'cluster';
  if (redis.url === null || secret === null) {
    return storage.driver === 'postgres' && secret === null
      ? [
          warning(
            id,
            'Keys and budgets are shared; seals are not: a call that was asked something goes on at its own node alone.',
            'Set cluster.secret, the same on all nodes.',
          ),
        ]
      : [];
  }
  const connection = createRedisConnection({ url: redis.url, timeoutMs: Math.max(redis.timeoutMs, 2_000), secret });
  try {
    const startedAt = performance.now();
    await createRedisRates(connection).take(PROBE);
    const found = fine(id, `The shared Redis counts and answers (${Math.round(performance.now() - startedAt)} ms with the connection).`);
    if (storage.driver === 'postgres') return [found];
    return [found, warning(id, 'Keys and budgets are each home’s: nodes know different keys.', 'Set storage.driver: postgres on all nodes.')];
  } catch (thrown) {
    return [failureOf(id, thrown)];
  } finally {
    await connection.close();
  }
}
