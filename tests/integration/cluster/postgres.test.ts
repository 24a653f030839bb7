/** L1.k: the PostgreSQL store on a real server: several nodes, a server that goes, hangs, is full or takes no writes. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Store } from '../../../src/contracts/store.ts';
import { createPostgresDatabase } from '../../../src/storage/postgres/database.ts';
import { createPostgresStore } from '../../../src/storage/postgres/store.ts';
import { freshSchema, postgresMissing, startPostgresServer, type PostgresServer } from '../../helpers/postgres-server.ts';
import { startTcpProxy, type TcpProxy } from '../../helpers/tcp-proxy.ts';
import { keyRecord } from '../../helpers/key-record.ts';
import { until } from '../../helpers/until.ts';

const RECOVERY_MS = 5_000;
let server: PostgresServer;
let proxy: TcpProxy;
let schema = '';
const open: Store[] = [];

const node = (url = server.url, timeoutMs = 1_000): Store => {
  const store = createPostgresStore({ url, schema, maxConnections: 4, timeoutMs, clock: systemClock });
  open.push(store);
  return store;
};
/** The address of the server through the wire that can be cut. */
const wired = (): string => server.url.replace(/:\d+\//, `:${proxy.port}/`);

const works = async (store: Store): Promise<boolean> =>
  await store.check().then(
    () => true,
    () => false,
  );

const reads = async (store: Store): Promise<boolean> => {
  try {
    return (await store.apiKeys.find('a')) !== undefined;
  } catch {
    return false;
  }
};

beforeAll(async () => {
  if (postgresMissing !== undefined) return;
  server = await startPostgresServer({ max_connections: '40' });
  proxy = await startTcpProxy(Number(new URL(server.url).port));
});
afterAll(async () => {
  await proxy?.close();
  await server?.remove();
});
beforeEach((context) => {
  context.skip(postgresMissing !== undefined, postgresMissing);
  schema = freshSchema();
});
afterEach(async () => {
  if (proxy) Object.assign(proxy, { mode: 'pass', delayMs: 0 });
  for (const store of open.splice(0)) await store.close();
});

// @requirement L1.k
describe('several nodes', () => {
  it('begin at once on an empty server: the schema is made once, and nobody fails', async () => {
    const nodes = Array.from({ length: 8 }, () => node());
    await Promise.all(nodes.map((store, index) => store.apiKeys.insert(keyRecord(`k${index}`))));
    expect((await node().apiKeys.list()).length).toBe(8);
  });

  it('of which one is older refuse a schema of a newer version, and leave it as it is', async () => {
    await node().check();
    const options = { url: server.url, schema, maxConnections: 2, timeoutMs: 2_000 };
    const newer = createPostgresDatabase(options);
    await newer.query('UPDATE schema_version SET version = 99', []);
    await newer.close();
    await expect(node().check()).rejects.toMatchObject({ code: 'STORAGE_SCHEMA' });
  });

  it('see a key, and its end, of another node within a second', async () => {
    const [a, b] = [node(), node()];
    await b.check();
    let last = -1;
    await until(() => last === (last = b.apiKeys.version()), 'the version stays as it is', 3_000);
    const before = b.apiKeys.version();
    await a.apiKeys.insert(keyRecord('shared'));
    expect(await until(() => b.apiKeys.version() !== before, 'the key is seen', 1_000)).toBeLessThan(1_000);
    expect(await b.apiKeys.find('shared')).toBeDefined();
    const seen = b.apiKeys.version();
    await a.apiKeys.revoke('shared', 5);
    await until(() => b.apiKeys.version() !== seen, 'its end is seen', 1_000);
    expect((await b.apiKeys.find('shared'))?.revokedAt).toBe(5);
  });

  it('M7.f cannot overspend together: exactly as many reservations as fit', async () => {
    const nodes = [node(), node(), node()];
    const claim = { account: 'gateway', unit: 'requests', limit: 25, window: 'total', amount: 1 } as const;
    const outcomes = await Promise.all(
      Array.from(
        { length: 90 },
        async (_, index) => await nodes[index % 3]?.spend.reserve({ id: `r${index}`, at: 1_000_000, leaseMs: 60_000, claims: [claim] }),
      ),
    );
    expect(outcomes.filter((refusal) => refusal === undefined).length).toBe(25);
  });
});

// @requirement L1.k
describe('a server that', () => {
  it('takes connections and answers nothing fails typed in bounded time, then at once, and is found again', async () => {
    const store = node(wired());
    await store.check();
    store.apiKeys.version();
    proxy.mode = 'hang';
    await expect(store.apiKeys.find('a')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await until(
      async () => {
        const startedAt = performance.now();
        await works(store);
        return performance.now() - startedAt < 50;
      },
      'it fails at once',
      5_000,
    );
    const version = store.apiKeys.version();
    await until(() => store.apiKeys.version() !== version, 'the version is confirmed no more', 3_000);
    proxy.mode = 'pass';
    proxy.cut();
    expect(await until(() => works(store), 'the server is found again', RECOVERY_MS)).toBeLessThan(RECOVERY_MS);
  });

  it('resets every connection fails typed, and is found again', async () => {
    const store = node(wired());
    await store.apiKeys.insert(keyRecord('a'));
    store.apiKeys.version();
    proxy.mode = 'reset';
    await expect(store.apiKeys.insert(keyRecord('b'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(
      store.spend.reserve({ id: 'r', at: 1, leaseMs: 1, claims: [{ account: 'x', unit: 'tokens', limit: 9, window: 'day', amount: 1 }] }),
    ).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    proxy.mode = 'pass';
    await until(() => works(store), 'the server is found again', RECOVERY_MS);
    expect(await store.apiKeys.find('a')).toBeDefined();
  });

  it('is slow is waited for', async () => {
    const store = node(wired());
    await store.check();
    proxy.delayMs = 60;
    await store.apiKeys.insert(keyRecord('slow'));
    expect(await store.apiKeys.find('slow')).toBeDefined();
  });

  it('stops and starts again keeps what it acknowledged', async (context) => {
    context.skip(!server.isOwn, 'the given server is not stopped');
    const store = node();
    await store.apiKeys.insert(keyRecord('kept'));
    store.apiKeys.version();
    await server.stop();
    await expect(store.apiKeys.find('kept')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(store.check()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await server.restart();
    await until(() => works(store), 'the server is found again', RECOVERY_MS);
    expect(await store.apiKeys.find('kept')).toBeDefined();
  });

  it('takes no writes says so, and reads go on', async (context) => {
    context.skip(!server.isOwn, 'the given server is not stopped');
    const store = node();
    await store.apiKeys.insert(keyRecord('a'));
    await server.restart({ default_transaction_read_only: 'on' });
    await until(() => reads(store), 'the server reads', RECOVERY_MS);
    await expect(store.apiKeys.revoke('a', 1)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('takes no writes') });
    expect((await store.apiKeys.find('a'))?.revokedAt).toBeNull();
    await server.restart();
    await until(() => works(store), 'the server is found again', RECOVERY_MS);
  });

  it('has no connection left says so, and serves when there is one', async (context) => {
    context.skip(!server.isOwn, 'the given server is not stopped');
    await server.restart({ max_connections: '4', superuser_reserved_connections: '0' });
    const hogs = createPostgresDatabase({ url: server.url, schema, maxConnections: 4, timeoutMs: 2_000 });
    const gate = Promise.withResolvers<void>();
    const hold = async (began: () => void): Promise<void> =>
      await hogs.transaction(async (run) => {
        await run('SELECT 1', []);
        began();
        await gate.promise;
      });
    const held = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    const hogging = held.map(({ resolve }) => hold(resolve));
    await Promise.all(held.map(({ promise }) => promise));
    const store = node();
    await expect(store.check()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('no more connections') });
    gate.resolve();
    await Promise.all(hogging);
    await hogs.close();
    await until(() => works(store), 'the server is found again', RECOVERY_MS);
    await server.restart({ max_connections: '40' });
  });
});

describe('the address', () => {
  it.each([
    ['another scheme', 'mysql://u:p@h/d'],
    ['no database', 'postgres://u:geheim@h'],
    ['no user', 'postgres://h/d'],
    ['TLS that falls back', 'postgres://u:geheim@h/d?sslmode=prefer'],
    ['TLS that checks nothing', 'postgres://u:geheim@h/d?sslmode=no-verify'],
    ['parameters that would be lost', 'postgres://u:geheim@h/d?options=-cfoo'],
  ])('with %s is refused, without repeating the password', (_, url) => {
    const create = (): unknown => createPostgresDatabase({ url, schema: 's', maxConnections: 1, timeoutMs: 1 });
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('geheim') }));
  });

  it('asks for TLS where it says so: a server without it is refused', async () => {
    const store = node(`${server.url}?sslmode=require`);
    await expect(store.check()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('TLS') });
  });
});
