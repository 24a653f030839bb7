/** The servers that nodes share, each behind a wire that can be cut, be slow, or go dead. */
import type { JsonObject } from '../../src/core/json.ts';
import { sharing } from './cluster-nodes.ts';
import { freshSchema, postgresMissing, startPostgresServer, type PostgresServer } from './postgres-server.ts';
import { redisPath, startRedisServer, type RedisServer } from './redis-server.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Why they cannot be started here, for `context.skip`. */
export const serversMissing: string | undefined = postgresMissing ?? (redisPath === undefined ? 'needs redis-server' : undefined);

export interface ClusterServers {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly toPostgres: TcpProxy;
  readonly toRedis: TcpProxy;
  /** What nodes that reach both over the wires are configured with; they share a schema of their own. */
  readonly config: JsonObject;
  /** Both wires as they were at the beginning. */
  mend(): void;
  stop(): Promise<void>;
}

/** Starts both. @throws Error where one is not installed */
export async function startClusterServers(): Promise<ClusterServers> {
  const [postgres, redis] = await Promise.all([startPostgresServer(), startRedisServer()]);
  const [toPostgres, toRedis] = await Promise.all([startTcpProxy(Number(new URL(postgres.url).port)), startTcpProxy(Number(new URL(redis.url).port))]);
  const postgresUrl = postgres.url.replace(/:\d+\//, `:${toPostgres.port}/`);
  return {
    postgres,
    redis,
    toPostgres,
    toRedis,
    config: sharing({ postgresUrl, schema: freshSchema(), redisUrl: `redis://127.0.0.1:${toRedis.port}` }),
    mend() {
      for (const wire of [toPostgres, toRedis]) Object.assign(wire, { mode: 'pass', delayMs: 0 });
    },
    async stop() {
      await toPostgres.close();
      await toRedis.close();
      await redis.stop();
      await postgres.remove();
    },
  };
}
