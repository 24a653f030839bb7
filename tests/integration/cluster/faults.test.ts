/** L1.j, L1.k: what a gateway does while one of its servers is full, slow or gone: typed, in sight, found again; nothing lost. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../src/audit/verify.ts';
import { type ClusterNode, startNode } from '../../helpers/cluster-nodes.ts';
import { until } from '../../helpers/until.ts';
import { type ClusterServers, serversMissing, startClusterServers } from '../../helpers/cluster-servers.ts';

let servers: ClusterServers;
let node: ClusterNode;

const health = async (): Promise<string> => JSON.stringify((await node.call('health_check', node.adminKey)).body);
const isHealthy = async (): Promise<boolean> => (await health()).includes('"healthy"');

beforeAll(async () => {
  if (serversMissing !== undefined) return;
  servers = await startClusterServers();
  node = await startNode({
    ...servers.config,
    limits: { roles: { admin: 1_000_000 }, sourcePerMinute: 1_000_000 },
  });
});
afterAll(async () => {
  await node?.stop();
  await servers?.stop();
});
beforeEach(async (context) => {
  context.skip(serversMissing !== undefined, serversMissing);
  servers.mend();
  await until(isHealthy, 'Redis is healthy', 6_000);
});

describe('a Redis that', () => {
  it('is full is told apart, and counts again when there is room', async () => {
    const operator = new Redis(servers.redis.url, { protocol: 2 });
    await operator.config('SET', 'maxmemory', '1');
    expect((await node.call('ping', node.adminKey)).code).toBe('ok');
    expect(await health()).toContain('it is full');
    await operator.config('SET', 'maxmemory', '0');
    operator.disconnect();
    expect(await until(isHealthy, 'Redis is healthy again', 5_000)).toBeLessThan(5_000);
  });

  it('is slow is waited for up to its time, and then no more', async () => {
    servers.toRedis.delayMs = 100;
    expect((await node.call('ping', node.adminKey)).code).toBe('ok');
    expect(await isHealthy()).toBe(true);
    servers.toRedis.delayMs = 600;
    const startedAt = performance.now();
    for (let calls = 0; calls < 20; calls += 1) expect((await node.call('ping', node.adminKey)).code).toBe('ok');
    // The first waits 250 ms; the others do not wait for a server that was late.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await health()).toContain('degraded');
  });

  it('hangs holds no memory', async () => {
    servers.toRedis.mode = 'hang';
    for (let calls = 0; calls < 100; calls += 1) await node.call('ping', node.adminKey);
    const before = process.memoryUsage().heapUsed;
    for (let calls = 0; calls < 300; calls += 1) await node.call('ping', node.adminKey);
    // Noise of the collector; a queue of what was asked would be several times as much.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(48 * 1024 * 1024);
  });
});

describe('a PostgreSQL that', () => {
  it.each(['reset', 'hang'] as const)('does %s: keys are refused typed, not believed; found again within five seconds; no record is lost', async (mode) => {
    expect((await node.call('ping', node.adminKey)).code).toBe('ok');
    servers.toPostgres.mode = mode;
    if (mode === 'hang') servers.toPostgres.cut();
    await until(async () => (await node.call('ping', node.adminKey)).code === 'STORAGE_UNAVAILABLE', 'no key can be checked', 4_000);
    const refused = await node.call('ping', node.adminKey);
    expect([refused.status, refused.code]).toEqual([503, 'STORAGE_UNAVAILABLE']);
    expect(JSON.stringify(refused.body)).not.toMatch(/127\.0\.0\.1|postgres:\/\/|ECONN|\n\s+at /);
    servers.toPostgres.mode = 'pass';
    servers.toPostgres.cut();
    expect(await until(async () => (await node.call('ping', node.adminKey)).code === 'ok', 'keys are checked again', 5_000)).toBeLessThan(5_000);
    expect(await verifyHome()).toBe(true);
  });
});

async function verifyHome(): Promise<boolean> {
  const { auditFolders } = await import('../../../src/app/tasks/audit-trail.ts');
  const { homePaths } = await import('../../../src/config/home.ts');
  const { DEFAULT_CONFIG } = await import('../../../src/config/defaults.ts');
  return (await verifyAudit(auditFolders(DEFAULT_CONFIG, homePaths(node.home)))).ok;
}
