/** @module storage/redis/kill: the kill switch on a Redis server that several nodes share. */
import type { Sealer } from '../../contracts/http.ts';
import { isKillScope, type KillEntry } from '../../contracts/policy.ts';
import type { KillState, LiftedEntry, SharedKill } from '../../contracts/shared-kill.ts';
import { isObject } from '../../core/json.ts';
import { NAMESPACE, type RedisConnection } from './connection.ts';

const KEY = `${NAMESPACE}kill`;
const CHANNEL = `${NAMESPACE}kill-changed`;
const TEN_YEARS_SECONDS = 315_360_000;
const ID = /^[0-9a-f]{12}$/;
const MAX_FIELDS = 20_000;
const DROP_IF_FOREIGN = `if redis.call('TYPE', KEYS[1]).ok ~= 'hash' and redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end return 1`;

/**
 * A hash: id → sealed entry, `<id>/lifted` → sealed time. Values that no node sealed for this very field are left out: who can write
 * to the server can take entries away, which nodes put back, but neither switch anything off nor on.
 */
export function createRedisKill(connection: RedisConnection, sealer: Sealer): SharedKill {
  const open = (field: string, sealed: string): unknown => {
    try {
      return sealer.open(sealed, `${KEY} ${field}`);
    } catch {
      return undefined;
    }
  };
  const seal = (field: string, value: unknown): readonly [string, string] => [field, sealer.seal(value, TEN_YEARS_SECONDS, `${KEY} ${field}`)];

  return {
    name: 'redis',
    read: async (): Promise<KillState> => {
      const fields = Object.entries(await connection.use((client) => client.hgetall(KEY))).slice(0, MAX_FIELDS);
      const entries: KillEntry[] = [];
      const lifted: LiftedEntry[] = [];
      for (const [field, sealed] of fields) {
        const value = open(field, sealed);
        const [id = '', mark] = field.split('/');
        if (mark === 'lifted' && ID.test(id) && typeof value === 'number') lifted.push({ id, at: value });
        else if (isEntry(value) && value.id === field) entries.push(value);
      }
      return { entries, lifted };
    },
    add: async ({ entries, lifted }) => {
      const fields = [...entries.map((entry) => seal(entry.id, entry)), ...lifted.map(({ id, at }) => seal(`${id}/lifted`, at))];
      await connection.use(async (client) => {
        await client.eval(DROP_IF_FOREIGN, 1, KEY);
        if (fields.length > 0) await client.hset(KEY, Object.fromEntries(fields));
        const done = lifted.map(({ id }) => id);
        if (done.length > 0) await client.hdel(KEY, ...done);
        await client.publish(CHANNEL, 'changed');
      });
    },
    listen: (hear) => connection.subscribe(CHANNEL, () => hear()),
  };
}

function isEntry(value: unknown): value is KillEntry {
  if (!isObject(value)) return false;
  const { id, scope, name, reason, at } = value;
  return typeof id === 'string' && ID.test(id) && isKillScope(scope) && typeof name === 'string' && typeof reason === 'string' && typeof at === 'number';
}
