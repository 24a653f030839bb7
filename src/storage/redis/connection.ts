/** @module storage/redis/connection: one Redis or Valkey server that the nodes of an installation share. */
import { createHmac } from 'node:crypto';
import type { Redis } from 'ioredis';
import { AppError } from '../../core/errors.ts';

/** Which server, and how patient. */
export interface RedisOptions {
  /** redis:// or rediss://, with user, password and number of the database where it has them. */
  readonly url: string;
  /** Milliseconds until an unanswered command has failed. */
  readonly timeoutMs: number;
  /** Hides what names are made of: whoever reads the server learns no principal. */
  readonly secret: string;
}

/** The server. */
export interface RedisConnection {
  /** @throws AppError STORAGE_UNAVAILABLE, at the latest when the time is over */
  use<T>(operation: (client: Redis) => Promise<T>): Promise<T>;
  /** A key that no text can be made to collide with: fixed letters and a digest. */
  keyOf(kind: string, name: string): string;
  /** Hears what is published on the channel, and `undefined` whenever something may have been missed. Lost connections are made again. */
  subscribe(channel: string, hear: (text: string | undefined) => void): Promise<void>;
  /** Gives up what is under way and connects anew: a server that hangs holds no memory here. */
  reconnect(): void;
  close(): Promise<void>;
}

/** All keys of an installation; the number changes when what stands there is read differently. */
export const NAMESPACE = 'switchyard:1:';

const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_PAUSE_MS = 1_000;

/** Loads its client and connects at the first use. */
export function createRedisConnection({ url, timeoutMs, secret }: RedisOptions): RedisConnection {
  let commands: Promise<Redis> | undefined;
  let listener: Promise<Redis> | undefined;
  let isClosed = false;

  const create = async (commandTimeout: number | undefined): Promise<Redis> => {
    const { Redis: Client } = await import('ioredis');
    const client = new Client(url, {
      // The older protocol: every server that is still in use speaks it.
      protocol: 2,
      connectTimeout: CONNECT_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 100, LONGEST_PAUSE_MS),
      disableClientInfo: true,
      ...(commandTimeout === undefined ? { autoResubscribe: true } : { commandTimeout }),
    });
    // Every command tells of its own failure; without a listener the client would write to the console.
    client.on('error', () => undefined);
    return client;
  };

  return {
    use: async (operation) => {
      if (isClosed) throw new AppError('STORAGE_UNAVAILABLE', { message: 'The connection to Redis is closed.' });
      try {
        return await operation(await (commands ??= create(timeoutMs)));
      } catch (cause) {
        throw AppError.is(cause) ? cause : toRedisError(cause);
      }
    },
    keyOf: (kind, name) => `${NAMESPACE}${kind}:${createHmac('sha256', secret).update(`${kind}\n${name}`).digest('base64url').slice(0, 27)}`,
    subscribe: async (channel, hear) => {
      const client = await (listener ??= create(undefined));
      client.on('message', (from: string, text: string) => {
        if (from === channel) hear(text);
      });
      client.on('ready', () => hear(undefined));
      await client.subscribe(channel).catch(() => undefined);
    },
    reconnect: () => {
      void commands?.then((client) => client.disconnect(true)).catch(() => undefined);
    },
    close: async () => {
      isClosed = true;
      for (const client of await Promise.all([commands, listener])) client?.disconnect();
    },
  };
}

function toRedisError(cause: unknown): AppError {
  const text = cause instanceof Error ? cause.message : '';
  const why = /^OOM/.test(text)
    ? 'it is full'
    : /^READONLY/.test(text)
      ? 'it is a replica'
      : /^(?:NOAUTH|WRONGPASS|NOPERM)/.test(text)
        ? 'it refuses the password or the right'
        : /timed? ?out/i.test(text)
          ? 'it does not answer in time'
          : 'it cannot be reached, or refuses';
  return new AppError('STORAGE_UNAVAILABLE', {
    message: `The shared Redis server cannot be used: ${why}.`,
    fix: 'Check cluster.redis.url and the server; the gateway takes it up again by itself.',
    cause,
  });
}
