/**
 * What counting together costs a call: `node bench/auth/redis-limit.ts` prints one JSON line. The same reservation on this process's own
 * counters, on Redis and on PostgreSQL, both servers on loopback, taken in turns.
 */
import { createLimits, type MemoryLimits } from '../../src/limits/limits.ts';
import { createSharedLimits } from '../../src/limits/shared-limits.ts';
import { DEFAULT_LIMITS } from '../../src/contracts/limits-config.ts';
import type { Principal } from '../../src/contracts/principal.ts';
import type { SharedRates } from '../../src/contracts/shared-rates.ts';
import type { Target } from '../../src/contracts/target.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Scope } from '../../src/core/scope.ts';
import { createPostgresDatabase } from '../../src/storage/postgres/database.ts';
import { createPostgresRates } from '../../src/storage/postgres/rates.ts';
import { createRedisConnection } from '../../src/storage/redis/connection.ts';
import { createRedisRates } from '../../src/storage/redis/rates.ts';
import { median, quantile } from '../measure.ts';
import { postgresMissing, startPostgresServer } from '../../tests/helpers/postgres-server.ts';
import { redisPath, startRedisServer } from '../../tests/helpers/redis-server.ts';

const ROUNDS = 20;
const CALLS = 100;
const SECRET = 'a secret of at least thirty-two characters';
const CONFIG = { ...DEFAULT_LIMITS, roles: { admin: 10_000_000 } };

/** Milliseconds that a call takes longer than with counters of its own; null = the server is not installed. */
export interface SharedLimitCost {
  readonly redisLimitAddedMs: number | null;
  readonly redisLimitAddedP95Ms: number | null;
  readonly postgresLimitAddedMs: number | null;
  /** Microseconds. */
  readonly localLimitUs: number;
}

const target: Target = {
  kind: 'tool',
  name: 'ping',
  access: { scopes: [] },
  traits: { isReadOnly: true, timeoutMs: 1000, takesSlot: true, priority: 5 },
  run: () => ({ type: 'result', value: null }),
};
const principal: Principal = {
  id: 'key:0123456789ab',
  kind: 'user',
  clientId: 'key:0123456789ab',
  tenant: null,
  roles: ['admin'],
  scopes: null,
  models: null,
  budgets: [],
  method: 'api-key',
  expiresAt: null,
};

/** Starts both servers, measures, and ends them. */
export async function measureSharedLimits(): Promise<SharedLimitCost> {
  const redis = redisPath === undefined ? undefined : await startRedisServer();
  const postgres = postgresMissing === undefined ? await startPostgresServer() : undefined;
  const connection = redis && createRedisConnection({ url: redis.url, timeoutMs: 2000, secret: SECRET });
  const database = postgres && createPostgresDatabase({ url: postgres.url, schema: 'bench', maxConnections: 4, timeoutMs: 5000 });
  const local = createLimits(CONFIG, systemClock);
  const onRedis = connection && sharedBy(createRedisRates(connection));
  const onPostgres = database && sharedBy(createPostgresRates(database, 'bench'));
  const times = { local: [] as number[], redis: [] as number[], postgres: [] as number[] };
  for (let round = 0; round < ROUNDS + 1; round += 1) {
    // The first round connects and compiles.
    const isMeasured = round > 0;
    await take(local, isMeasured ? times.local : []);
    if (onRedis) await take(onRedis, isMeasured ? times.redis : []);
    if (onPostgres) await take(onPostgres, isMeasured ? times.postgres : []);
  }
  await connection?.close();
  await database?.close();
  await redis?.stop();
  await postgres?.remove();
  const own = median(times.local);
  const added = (list: readonly number[], part: number): number | null => (list.length === 0 ? null : round3(quantile(list, part) - own));
  return {
    redisLimitAddedMs: added(times.redis, 0.5),
    redisLimitAddedP95Ms: added(times.redis, 0.95),
    postgresLimitAddedMs: added(times.postgres, 0.5),
    localLimitUs: round3(own * 1000),
  };
}

function sharedBy(rates: SharedRates): MemoryLimits {
  const ignore = (): void => undefined;
  const ports = { rates, clock: systemClock, logger: { warn: ignore, info: ignore }, nodeId: 'be', nodes: null, insured: { add: ignore } };
  return createSharedLimits(createLimits(CONFIG, systemClock), CONFIG, ports);
}

async function take(limits: MemoryLimits, times: number[]): Promise<void> {
  for (let calls = 0; calls < CALLS; calls += 1) {
    using scope = new Scope();
    const startedAt = performance.now();
    const place = await limits.reserve(principal, target, scope, false);
    place.settle();
    times.push(performance.now() - startedAt);
  }
}

function round3(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await measureSharedLimits())}\n`);
