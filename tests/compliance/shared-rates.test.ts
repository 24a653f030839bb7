/** What every implementation of the SharedRates port promises. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedRates } from '../../src/contracts/shared-rates.ts';
import { createPostgresDatabase } from '../../src/storage/postgres/database.ts';
import { createPostgresRates } from '../../src/storage/postgres/rates.ts';
import { createRedisConnection } from '../../src/storage/redis/connection.ts';
import { createRedisRates } from '../../src/storage/redis/rates.ts';
import { freshSchema, postgresMissing, startPostgresServer, type PostgresServer } from '../helpers/postgres-server.ts';
import { redisPath, startRedisServer, type RedisServer } from '../helpers/redis-server.ts';

interface Fixture {
  readonly missing: string | undefined;
  open(): Promise<void>;
  /** One more node. */
  node(): { readonly rates: SharedRates; close(): Promise<void> };
  close(): Promise<void>;
}

const SECRET = 'a secret of at least thirty-two characters';

function redisFixture(): Fixture {
  let server: RedisServer | undefined;
  return {
    missing: redisPath === undefined ? 'needs redis-server' : undefined,
    open: async () => {
      server = await startRedisServer();
    },
    node: () => {
      const connection = createRedisConnection({ url: server?.url ?? '', timeoutMs: 2_000, secret: SECRET });
      return { rates: createRedisRates(connection), close: () => connection.close() };
    },
    close: async () => await server?.stop(),
  };
}

function postgresFixture(): Fixture {
  let server: PostgresServer | undefined;
  const schema = freshSchema();
  return {
    missing: postgresMissing,
    open: async () => {
      server = await startPostgresServer();
    },
    node: () => {
      const database = createPostgresDatabase({ url: server?.url ?? '', schema, maxConnections: 4, timeoutMs: 5_000 });
      return { rates: createPostgresRates(database, SECRET), close: () => database.close() };
    },
    close: async () => await server?.remove(),
  };
}

describe.each([
  ['redis', redisFixture()],
  ['postgres', postgresFixture()],
] as const)('L1.i shared rates: %s', (_, fixture) => {
  const nodes: ReturnType<Fixture['node']>[] = [];
  let serial = 0;
  let name = '';
  beforeAll(async () => {
    if (fixture.missing !== undefined) return;
    await fixture.open();
    nodes.push(fixture.node(), fixture.node(), fixture.node());
  });
  afterAll(async () => {
    for (const { close } of nodes.splice(0)) await close();
    await fixture.close();
  });
  beforeEach((context) => {
    context.skip(fixture.missing !== undefined, fixture.missing);
    name = `counter ${(serial += 1)}`;
  });
  const rates = (index = 0): SharedRates => {
    const node = nodes[index % nodes.length];
    if (!node) throw new Error('no node');
    return node.rates;
  };

  it('counts the calls of all nodes together: exactly limit + burst at once', async () => {
    const counts = await Promise.all(Array.from({ length: 60 }, (_unused, index) => rates(index).take([{ name, limit: 20, burst: 5 }])));
    expect(counts.filter(([count]) => count?.retryAfterSeconds === 0).length).toBe(25);
    const [refused] = await rates().take([{ name, limit: 20, burst: 5 }]);
    expect(refused?.retryAfterSeconds).toBeGreaterThan(0);
    expect(refused?.retryAfterSeconds).toBeLessThanOrEqual(61);
    expect(refused?.remaining).toBe(0);
  });

  it('counts a call in all of its counters or in none', async () => {
    const tight = { name: `${name} tight`, limit: 2, burst: 0 };
    const wide = { name, limit: 100, burst: 0 };
    await rates().take([wide, tight]);
    await rates(1).take([wide, tight]);
    const refused = await rates(2).take([wide, tight]);
    expect(refused.map(({ retryAfterSeconds }) => retryAfterSeconds > 0)).toEqual([false, true]);
    expect((await rates().take([wide]))[0]?.remaining).toBe(97);
  });

  it('says what is left, never more than the limit', async () => {
    expect((await rates().take([{ name, limit: 10, burst: 5 }]))[0]).toMatchObject({ remaining: 10, retryAfterSeconds: 0 });
    for (let calls = 0; calls < 9; calls += 1) await rates(calls).take([{ name, limit: 10, burst: 5 }]);
    const [count] = await rates().take([{ name, limit: 10, burst: 5 }]);
    expect(count?.remaining).toBe(4);
    expect(count?.resetSeconds).toBeGreaterThan(55);
  });

  it('keeps what was spent when the limit changes', async () => {
    for (let calls = 0; calls < 10; calls += 1) await rates().take([{ name, limit: 10, burst: 0 }]);
    expect((await rates().take([{ name, limit: 10, burst: 0 }]))[0]?.retryAfterSeconds).toBeGreaterThan(0);
    expect((await rates().take([{ name, limit: 15, burst: 0 }]))[0]).toMatchObject({ retryAfterSeconds: 0, remaining: 4 });
    expect((await rates().take([{ name, limit: 5, burst: 0 }]))[0]?.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('lets a fast pace come back: one more call fits when its token is there', async () => {
    // 6000 a minute: a token each 10 ms.
    const quick = { name, limit: 6_000, burst: 0 };
    for (let calls = 0; calls < 20; calls += 1) expect((await rates().take([quick]))[0]?.retryAfterSeconds).toBe(0);
  });

  it('takes any text for a name, and keeps names apart', async () => {
    const names = ['a', 'a ', 'a\n', 'a\u0000', '*', '{a}', 'a:b', "'); DROP TABLE rate_counters; --", 'ä'.repeat(3_000)].map((text) => `${name} ${text}`);
    for (const text of names) expect((await rates().take([{ name: text, limit: 1, burst: 0 }]))[0]?.retryAfterSeconds).toBe(0);
    for (const text of names) expect((await rates().take([{ name: text, limit: 1, burst: 0 }]))[0]?.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('bears the largest limits', async () => {
    const [count] = await rates().take([{ name, limit: 10_000_000, burst: 10_000_000 }]);
    expect(count).toMatchObject({ retryAfterSeconds: 0, remaining: 10_000_000 });
  });

  it('knows how many nodes are there', async () => {
    expect(await rates().attend('a')).toBe(1);
    expect(await rates(1).attend('b')).toBe(2);
    expect(await rates(1).attend('b')).toBe(2);
  });
});
