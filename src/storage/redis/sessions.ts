/** @module storage/redis/sessions: sessions of the legacy protocol revisions on a Redis server that several nodes share. */
import type { Sealer } from '../../contracts/http.ts';
import type { SessionNotice, SharedEvent, SharedSession, SharedSessions } from '../../contracts/shared-sessions.ts';
import { isObject } from '../../core/json.ts';
import { NAMESPACE, type RedisConnection } from './connection.ts';

const CHANNEL = `${NAMESPACE}sessions`;
/** How long a node counts as alive after it was heard of, and how often it says so. */
const ALIVE_MS = 5_000;
const BEAT_MS = 1_500;
/** Notices are for now. */
const NOTICE_SECONDS = 60;
const DAY_SECONDS = 86_400;
const MAX_TTL_SECONDS = 8 * DAY_SECONDS;

/** KEYS: session, events. ARGV: sealed event, its size, most events, most characters, milliseconds, channel, notice. */
const KEEP_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[2] .. ' ' .. ARGV[1])
local chars = redis.call('HINCRBY', KEYS[1], 'chars', ARGV[2])
while redis.call('LLEN', KEYS[2]) > tonumber(ARGV[3]) or chars > tonumber(ARGV[4]) do
  local oldest = redis.call('LPOP', KEYS[2])
  if not oldest then break end
  local size = tonumber(string.match(oldest, '^%d+')) or 0
  chars = redis.call('HINCRBY', KEYS[1], 'chars', -size)
end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
`;
/** KEYS: session, node's sign of life. ARGV: field of the holder is found by the counter, the node, milliseconds. */
const JOIN_SCRIPT = `
local sealed = redis.call('HGET', KEYS[1], 'session')
if not sealed then return false end
local holder = redis.call('HINCRBY', KEYS[1], 'holders', 1)
redis.call('HSET', KEYS[1], 'holder' .. holder, ARGV[1])
return { sealed, holder }
`;

/** What is made of the parts of the cluster. */
export interface RedisSessionsPorts {
  readonly connection: RedisConnection;
  readonly sealer: Sealer;
  readonly nodeId: string;
}

/**
 * A hash for each session (sealed state, holders), a list of sealed events, a channel of sealed notices. Ids are secrets of clients:
 * keys are made of their digests.
 */
export function createRedisSessions({ connection, sealer, nodeId }: RedisSessionsPorts): SharedSessions {
  let timer: NodeJS.Timeout | undefined;
  const keyOf = (id: string): string => connection.keyOf('session', id);
  const eventsOf = (id: string): string => connection.keyOf('session-events', id);
  const aliveKey = (node: string): string => `${NAMESPACE}alive:${node}`;
  const open = (sealed: unknown, binding: string): unknown => {
    try {
      return typeof sealed === 'string' ? sealer.open(sealed, binding) : undefined;
    } catch {
      return undefined;
    }
  };
  const noticeText = (notice: SessionNotice): string => sealer.seal({ from: nodeId, notice }, NOTICE_SECONDS, CHANNEL);
  const beat = (): void => {
    connection.use((client) => client.set(aliveKey(nodeId), '1', 'PX', ALIVE_MS)).catch(() => undefined);
  };
  /** From the first session on. */
  const live = (): void => {
    if (timer) return;
    timer = setInterval(beat, BEAT_MS).unref();
    beat();
  };

  return {
    save: async (session, ttlMs) => {
      live();
      const sealed = sealer.seal(session, MAX_TTL_SECONDS, `session ${session.id}`);
      const key = keyOf(session.id);
      await connection.use(async (client) => {
        const results = await client.multi().hset(key, 'session', sealed).hsetnx(key, 'holder0', nodeId).pexpire(key, ttlMs).exec();
        for (const [error] of results ?? []) if (error) throw error;
      });
    },
    join: async (id) => {
      live();
      const answer = await connection.use((client) => client.eval(JOIN_SCRIPT, 1, keyOf(id), nodeId));
      if (!Array.isArray(answer)) return undefined;
      const session = open(answer[0], `session ${id}`);
      const holder = Number(answer[1]);
      return isSession(session) && session.id === id && Number.isSafeInteger(holder) && holder > 0 && holder < 1_000 ? { session, holder } : undefined;
    },
    extend: async (id, ttlMs) => {
      await connection.use(async (client) => {
        await client.pexpire(keyOf(id), ttlMs);
        await client.pexpire(eventsOf(id), ttlMs);
      });
    },
    delete: async (id) => {
      await connection.use(async (client) => {
        await client.del(keyOf(id), eventsOf(id));
        await client.publish(CHANNEL, noticeText({ type: 'ended', id }));
      });
    },
    keep: async (id, event, { maxEvents, maxEventChars, ttlMs }) => {
      const sealed = sealer.seal(event, MAX_TTL_SECONDS, `event ${id}`);
      const notice = noticeText({ type: 'events', id, stream: event.stream });
      const values = [sealed, event.text?.length ?? 1, maxEvents, maxEventChars, ttlMs, CHANNEL, notice];
      await connection.use((client) => client.eval(KEEP_SCRIPT, 2, keyOf(id), eventsOf(id), ...values));
    },
    after: async (id, stream, sequence) => {
      const rows = await connection.use((client) => client.lrange(eventsOf(id), 0, -1));
      return rows
        .map((row) => open(row.slice(row.indexOf(' ') + 1), `event ${id}`))
        .filter((event): event is SharedEvent => isEvent(event) && event.stream === stream && event.sequence > sequence)
        .sort((a, b) => a.sequence - b.sequence);
    },
    isHeld: async (id, holder) =>
      await connection.use(async (client) => {
        const node = await client.hget(keyOf(id), `holder${holder}`);
        return node !== null && /^[0-9a-f]{1,64}$/.test(node) && (await client.exists(aliveKey(node))) === 1;
      }),
    tell: async (notice) => {
      await connection.use((client) => client.publish(CHANNEL, noticeText(notice)));
    },
    listen: (hear) =>
      connection.subscribe(CHANNEL, (text) => {
        const value = open(text, CHANNEL);
        if (isObject(value) && value['from'] !== nodeId && isNotice(value['notice'])) hear(value['notice']);
      }),
    close: () => clearInterval(timer),
  };
}

/** Only nodes can seal, so the shape alone is looked at: another version may have written it. */
function isSession(value: unknown): value is SharedSession {
  if (!isObject(value)) return false;
  const { id, contextId, principalId, profile, revision, capabilities, clientInfo, watched, logRank, isReady } = value;
  return (
    [id, contextId, principalId, revision].every((text) => typeof text === 'string') &&
    (profile === null || typeof profile === 'string') &&
    isObject(capabilities) &&
    isObject(clientInfo) &&
    Array.isArray(watched) &&
    watched.every((uri) => typeof uri === 'string') &&
    typeof logRank === 'number' &&
    typeof isReady === 'boolean'
  );
}

function isEvent(value: unknown): value is SharedEvent {
  return (
    isObject(value) &&
    typeof value['stream'] === 'number' &&
    typeof value['sequence'] === 'number' &&
    (value['text'] === null || typeof value['text'] === 'string')
  );
}

function isNotice(value: unknown): value is SessionNotice {
  if (!isObject(value) || typeof value['id'] !== 'string') return false;
  switch (value['type']) {
    case 'message':
      return isObject(value['message']);
    case 'state':
      return isSession(value['session']);
    case 'events':
      return typeof value['stream'] === 'number';
    default:
      return value['type'] === 'ended';
  }
}
