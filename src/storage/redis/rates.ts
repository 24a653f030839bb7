/** @module storage/redis/rates: calls per minute on a Redis server that several nodes share. */
import type { Redis } from 'ioredis';
import type { SharedCount, SharedCounter, SharedRates } from '../../contracts/shared-rates.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { toCounts } from '../shared-counts.ts';
import { NAMESPACE, type RedisConnection } from './connection.ts';
import { RATE_SCRIPT } from './rate-script.ts';

const MAX_NAMES = 20_000;
const NODES = `${NAMESPACE}nodes`;
/** A node that has not been heard of for so long is not there. */
const ABSENT_MS = 5_000;
const ATTEND_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then redis.call('DEL', KEYS[1]) end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${ABSENT_MS})
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
redis.call('PEXPIRE', KEYS[1], 60000)
return redis.call('ZCARD', KEYS[1])
`;

interface Scripted extends Redis {
  switchyardTake(keys: number, ...values: readonly (string | number)[]): Promise<unknown>;
}

/** One round trip for each call. */
export function createRedisRates(connection: RedisConnection): SharedRates {
  const keys = new RecentMap<string, string>(MAX_NAMES);

  const keyOf = ({ name }: SharedCounter): string => {
    const known = keys.get(name);
    if (known !== undefined) return known;
    const key = connection.keyOf('rate', name);
    keys.set(name, key);
    return key;
  };

  return {
    take: async (counters): Promise<readonly SharedCount[]> => {
      const values = counters.flatMap(({ limit, burst }) => [limit, burst]);
      const answer = await connection.use((client) => scripted(client).switchyardTake(counters.length, ...counters.map(keyOf), ...values));
      return toCounts(answer, counters);
    },
    attend: async (nodeId) => Number(await connection.use((client) => client.eval(ATTEND_SCRIPT, 1, NODES, nodeId))),
  };
}

/** The client with the script: it is sent once, then named by its digest. */
function scripted(client: Redis): Scripted {
  if (!('switchyardTake' in client)) client.defineCommand('switchyardTake', { lua: RATE_SCRIPT });
  if (isScripted(client)) return client;
  throw new Error('the client does not define commands');
}

function isScripted(client: Redis): client is Scripted {
  return 'switchyardTake' in client;
}
