/** What every implementation of the ModelCache port promises. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cachedBytes, type CacheBounds, type CacheWrite, type ModelCache } from '../../src/contracts/model-cache.ts';
import { createMemoryModelCache } from '../../src/storage/memory/model-cache.ts';
import { createRedisModelCache } from '../../src/storage/redis/model-cache.ts';
import { createSqliteModelCache } from '../../src/storage/sqlite/model-cache.ts';
import { redisPath, startRedisServer, type RedisServer } from '../helpers/redis-server.ts';

const ROOMY: CacheBounds = { maxEntries: 1000, maxBytes: 1_000_000 };
const TTL_MS = 60_000;

interface Fixture {
  readonly create: (bounds: CacheBounds, folder: string) => Promise<ModelCache>;
  /** Lets time go by. */
  readonly pass: (ms: number) => Promise<void>;
}

let now = 0;
const clock = { now: () => now };
const passInjected = async (ms: number): Promise<void> => {
  now += ms;
};
let redis: RedisServer | undefined;
let databases = 0;

const FIXTURES: Readonly<Record<string, Fixture>> = {
  memory: { create: async (bounds) => createMemoryModelCache(bounds, clock), pass: passInjected },
  sqlite: { create: async (bounds, folder) => createSqliteModelCache({ path: join(folder, 'cache.db'), clock, ...bounds }), pass: passInjected },
  redis: {
    create: async (bounds) => {
      databases += 1;
      return createRedisModelCache({ url: `${redis?.url}/${databases % 64}`, timeoutMs: 5000, ...bounds });
    },
    pass: async (ms) => await new Promise((resolve) => setTimeout(resolve, ms)),
  },
};

const bytes = (text: string): Uint8Array => Buffer.from(text);
const entry = (key: string, more: Partial<CacheWrite> = {}): CacheWrite => ({ key, bytes: bytes(`answer ${key}`), ttlMs: TTL_MS, ...more });
const near = (key: string, group: string): CacheWrite => entry(key, { neighbour: { group, vector: bytes(`vector ${key}`) } });

describe.each(Object.entries(FIXTURES))('M9.f model cache: %s', (name, { create, pass }) => {
  const isMissing = name === 'redis' && redisPath === undefined;
  let folder = '';
  let cache: ModelCache;
  const open: ModelCache[] = [];
  const make = async (bounds: CacheBounds): Promise<ModelCache> => {
    const made = await create(bounds, folder);
    open.push(made);
    return made;
  };
  const textOf = async (key: string, from: ModelCache = cache): Promise<string | undefined> => {
    const found = await from.get(key);
    return found && Buffer.from(found).toString();
  };
  const keysIn = async (group: string, limit = 100): Promise<readonly string[]> => (await cache.neighbours(group, limit)).map(({ key }) => key);

  beforeAll(async () => {
    if (name === 'redis' && !isMissing) redis = await startRedisServer(undefined, ['--databases', '64']);
  });
  afterAll(async () => {
    if (name === 'redis') await redis?.stop();
  });
  beforeEach(async (context) => {
    context.skip(isMissing, 'redis-server is not installed');
    now = Date.UTC(2026, 10, 21);
    folder = mkdtempSync(join(tmpdir(), 'model-cache-'));
    cache = await make(ROOMY);
  });
  afterEach(async () => {
    for (const made of open.splice(0)) await made.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives back what was put in, byte for byte, and nothing for other keys', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    await cache.set(entry('a', { bytes: all }));
    expect(Uint8Array.from((await cache.get('a')) ?? [])).toEqual(all);
    expect(await cache.get('b')).toBeUndefined();
  });

  it('replaces what is there', async () => {
    await cache.set(near('a', 'old'));
    await cache.set(entry('a', { bytes: bytes('second') }));
    expect(await textOf('a')).toBe('second');
    expect(await keysIn('old')).toEqual([]);
  });

  it('forgets an entry when its time is over, as a neighbour too', async () => {
    await cache.set({ ...near('a', 'g'), ttlMs: 150 });
    await cache.set(near('b', 'g'));
    expect(await textOf('a')).toBe('answer a');
    await pass(200);
    expect(await cache.get('a')).toBeUndefined();
    expect(await keysIn('g')).toEqual(['b']);
  });

  it('lists the neighbours of one group, the newest first, with their vectors', async () => {
    for (const key of ['a', 'b', 'c']) await cache.set(near(key, 'g'));
    await cache.set(near('d', 'other'));
    await cache.set(entry('e'));
    const found = await cache.neighbours('g', 2);
    expect(found.map(({ key, vector }) => [key, Buffer.from(vector).toString()])).toEqual([
      ['c', 'vector c'],
      ['b', 'vector b'],
    ]);
    expect(await keysIn('nobody')).toEqual([]);
  });

  it('holds no more entries than allowed: the oldest go first', async () => {
    const small = await make({ maxEntries: 3, maxBytes: 1_000_000 });
    if (name === 'sqlite') await cache.close();
    for (const key of ['a', 'b', 'c', 'd', 'e']) await small.set(near(key, 'g'));
    expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (key) => await textOf(key, small)))).toEqual([
      undefined,
      undefined,
      'answer c',
      'answer d',
      'answer e',
    ]);
    expect((await small.neighbours('g', 10)).map(({ key }) => key)).toEqual(['e', 'd', 'c']);
  });

  it('holds no more bytes than allowed; one write makes room by pushing out as many as it needs', async () => {
    const sized = (key: string, size: number): CacheWrite => {
      const empty = entry(key, { bytes: bytes('') });
      return { ...empty, bytes: new Uint8Array(size - cachedBytes(empty)) };
    };
    const small = await make({ maxEntries: 100, maxBytes: 1000 });
    for (const key of ['a', 'b', 'c', 'd']) await small.set(sized(key, 250));
    expect(await Promise.all(['a', 'd'].map(async (key) => (await small.get(key)) !== undefined))).toEqual([true, true]);
    await small.set(sized('e', 600));
    expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (key) => (await small.get(key)) !== undefined))).toEqual([false, false, false, true, true]);
    await small.set(sized('f', 1001));
    expect(await small.get('f')).toBeUndefined();
    await small.set(sized('g', 1000));
    expect(await small.get('g')).toBeDefined();
  });

  it('counts what went by time as room', async () => {
    const small = await make({ maxEntries: 2, maxBytes: 1_000_000 });
    await small.set(entry('a'));
    await small.set(entry('b', { ttlMs: 100 }));
    await pass(150);
    await small.set(entry('c'));
    // In memory the oldest is looked at first: it may push out `a` although `b` is over, never hold more than two.
    expect(await textOf('c', small)).toBe('answer c');
    expect(await small.get('b')).toBeUndefined();
  });

  it('refuses everything once it is closed', async () => {
    await cache.set(entry('a'));
    await cache.close();
    for (const operation of [() => cache.get('a'), () => cache.set(entry('b')), () => cache.neighbours('g', 1)]) {
      await expect((async () => await operation())()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    }
  });

  it('keeps many writes that come at once', async () => {
    await Promise.all(Array.from({ length: 200 }, async (_, index) => await cache.set(near(`k${index}`, 'g'))));
    expect(new Set(await keysIn('g', 1000)).size).toBe(200);
    expect(await textOf('k77')).toBe('answer k77');
  });

  // Only one of them is a file: the others have no such test, instead of a skipped one.
  const itOfFile = name === 'sqlite' ? it : (): undefined => undefined;
  itOfFile('is a file of its own that only its user may read', async () => {
    await cache.set(entry('a'));
    expect(statSync(join(folder, 'cache.db')).mode & 0o777).toBe(0o600);
    const other = await make(ROOMY);
    expect(await textOf('a', other)).toBe('answer a');
  });
});
