/** @module storage/redis/model-cache: answers that several gateways share. */
import type { Redis } from 'ioredis';
import { cachedBytes, type CacheBounds, type ModelCache } from '../../contracts/model-cache.ts';
import { AppError } from '../../core/errors.ts';
import { PREFIX, WRITE_SCRIPT } from './write-script.ts';

/** Which server, and how patient. */
export interface RedisModelCacheOptions extends CacheBounds {
  /** redis:// or rediss://, with user, password and number of the database where it has them. */
  readonly url: string;
  /** Milliseconds until an unanswered command fails. */
  readonly timeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 2_000;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Loads its client and connects at the first use. A lost connection is made again by itself; meanwhile
 * operations fail, at the latest when their time is over. Times of life are kept by the server's clock.
 */
export function createRedisModelCache({ url, timeoutMs, maxEntries, maxBytes }: RedisModelCacheOptions): ModelCache {
  let connecting: Promise<Redis> | undefined;
  let isClosed = false;

  const use = async <T>(operation: (client: Redis) => Promise<T>): Promise<T> => {
    if (isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The cache is closed.' });
    try {
      return await operation(await (connecting ??= createClient(url, timeoutMs)));
    } catch (cause) {
      throw new AppError('STORAGE_UNAVAILABLE', { message: 'The Redis server of the cache did not do what it was asked.', cause });
    }
  };

  return {
    get: async (key) => (await use((client) => client.getBuffer(`${PREFIX}e:${key}`))) ?? undefined,
    set: async (entry) => {
      const { key, bytes, ttlMs, neighbour } = entry;
      const texts = [ttlMs, cachedBytes(entry), maxEntries, maxBytes, neighbour?.group ?? ''];
      await use((client) => client.eval(WRITE_SCRIPT, 1, PREFIX, key, asBuffer(bytes), ...texts, asBuffer(neighbour?.vector ?? new Uint8Array())));
    },
    neighbours: async (group, limit) =>
      await use(async (client) => {
        const keys = await client.zrevrange(`${PREFIX}g:${group}`, 0, limit - 1);
        if (keys.length === 0) return [];
        const vectors = await client.mgetBuffer(keys.map((key) => `${PREFIX}v:${key}`));
        return keys.flatMap((key, index) => {
          const vector = vectors[index];
          return vector ? [{ key, vector }] : [];
        });
      }),
    close: async () => {
      isClosed = true;
      const client = await connecting?.catch(() => undefined);
      client?.disconnect();
    },
  };
}

async function createClient(url: string, timeoutMs: number): Promise<Redis> {
  const { Redis: Client } = await import('ioredis');
  const client = new Client(url, {
    lazyConnect: true,
    // The older protocol: every server that is still in use speaks it.
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 200, LONGEST_PAUSE_MS),
    disableClientInfo: true,
  });
  // Every command tells of its own failure; without a listener the client would write to the console.
  client.on('error', () => undefined);
  return client;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
