/**
 * L1.i, L2.b, D2.i: a Redis into which an attacker can write what it likes. What no node sealed is not believed; counters that cannot be
 * ours count as used up. Each attack has its control, in which the same thing, done by a node, has its effect.
 */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { KillEntry } from '../../../src/contracts/policy.ts';
import { deriveSealKeys } from '../../../src/identity/seal-keys.ts';
import { createSealer } from '../../../src/identity/sealer.ts';
import { createRedisConnection, type RedisConnection } from '../../../src/storage/redis/connection.ts';
import { createRedisKill } from '../../../src/storage/redis/kill.ts';
import { createRedisRates } from '../../../src/storage/redis/rates.ts';
import { createRedisSessions } from '../../../src/storage/redis/sessions.ts';
import type { SharedSession } from '../../../src/contracts/shared-sessions.ts';
import { redisPath, startRedisServer, type RedisServer } from '../../helpers/redis-server.ts';

const SECRET = 'known to the nodes, not to the attacker';
const KILL = 'switchyard:1:kill';
const sealerOf = (secret: string): ReturnType<typeof createSealer> => createSealer({ home: '', clock: systemClock, keys: deriveSealKeys([secret]) });
const entry = (id: string, name = 'ping'): KillEntry => ({ id, scope: 'tool', name, reason: 'r', at: 1 });

let server: RedisServer;
let connection: RedisConnection;
let attacker: Redis;
beforeAll(async () => {
  if (redisPath === undefined) return;
  server = await startRedisServer();
  connection = createRedisConnection({ url: server.url, timeoutMs: 2_000, secret: SECRET });
  attacker = new Redis(server.url, { protocol: 2 });
});
afterAll(async () => {
  attacker?.disconnect();
  await connection?.close();
  await server?.stop();
});
beforeEach(async (context) => {
  context.skip(redisPath === undefined, 'needs redis-server');
  await attacker.flushall();
});

describe('the kill switch', () => {
  const kill = (secret = SECRET): ReturnType<typeof createRedisKill> => createRedisKill(connection, sealerOf(secret));
  const idsIn = async (): Promise<readonly string[]> => (await kill().read()).entries.map(({ id }) => id);

  it('control: what a node adds is there, and what it lifts is lifted', async () => {
    await kill().add({ entries: [entry('aaaaaaaaaaaa')], lifted: [] });
    expect(await idsIn()).toEqual(['aaaaaaaaaaaa']);
    await kill().add({ entries: [], lifted: [{ id: 'aaaaaaaaaaaa', at: 2 }] });
    expect(await kill().read()).toEqual({ entries: [], lifted: [{ id: 'aaaaaaaaaaaa', at: 2 }] });
  });

  it.each([
    ['plain JSON', () => JSON.stringify(entry('bbbbbbbbbbbb'))],
    ['nothing', () => ''],
    ['bytes', () => '\u0000\u0001'],
    ['a seal of another secret', () => sealerOf('another secret of thirty-two letters').seal(entry('bbbbbbbbbbbb'), 60, `${KILL} bbbbbbbbbbbb`)],
    ['a seal for another purpose', () => sealerOf(SECRET).seal(entry('bbbbbbbbbbbb'), 60, 'request')],
    ['a seal that has expired', () => sealerOf(SECRET).seal(entry('bbbbbbbbbbbb'), -1, `${KILL} bbbbbbbbbbbb`)],
  ])('cannot be switched with %s', async (_, forge) => {
    await attacker.hset(KILL, 'bbbbbbbbbbbb', forge());
    expect(await idsIn()).toEqual([]);
  });

  it('cannot be lifted by a copy of another lift, nor changed by an entry under another id', async () => {
    await kill().add({ entries: [entry('aaaaaaaaaaaa'), entry('cccccccccccc', 'echo')], lifted: [{ id: 'dddddddddddd', at: 3 }] });
    await attacker.hset(KILL, 'aaaaaaaaaaaa/lifted', (await attacker.hget(KILL, 'dddddddddddd/lifted')) ?? '');
    await attacker.hset(KILL, 'aaaaaaaaaaaa', (await attacker.hget(KILL, 'cccccccccccc')) ?? '');
    const { entries, lifted } = await kill().read();
    // Taken away, as every writer can: nodes put it back from their own file, which no one else writes.
    expect(entries.map(({ id, name }) => [id, name])).toEqual([['cccccccccccc', 'echo']]);
    expect(lifted.map(({ id }) => id)).toEqual(['dddddddddddd']);
  });

  it('works again when its key is something else', async () => {
    await attacker.set(KILL, 'mine');
    await expect(kill().read()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await kill().add({ entries: [entry('aaaaaaaaaaaa')], lifted: [] });
    expect(await idsIn()).toEqual(['aaaaaaaaaaaa']);
  });
});

describe('counters', () => {
  const counter = { name: 'role key:alice', limit: 5, burst: 0 };
  const key = (): string => connection.keyOf('rate', counter.name);
  const isAdmitted = async (): Promise<boolean> => (await createRedisRates(connection).take([counter]))[0]?.retryAfterSeconds === 0;
  const spend = async (): Promise<void> => {
    for (let calls = 0; calls < 5; calls += 1) await createRedisRates(connection).take([counter]);
  };
  const second = (): string => String(Math.floor(Date.now() / 1000));

  it('control: a counter that nobody touched admits, and is used up after its calls', async () => {
    expect(await isAdmitted()).toBe(true);
    await spend();
    expect(await isAdmitted()).toBe(false);
  });

  it.each([
    ['tokens beyond all bounds', async () => await attacker.hset(key(), 't', '1e300')],
    ['tokens that are no number', async () => await attacker.hset(key(), 't', 'nan')],
    ['endless tokens', async () => await attacker.hset(key(), 't', 'inf')],
    ['a capacity of none', async () => await attacker.hset(key(), 'c', '-1e9')],
    ['a negative count', async () => await attacker.hset(key(), second(), '-1000000')],
    ['full tokens and a negative count', async () => await attacker.hset(key(), 't', '5', 'f', String(Date.now()), second(), '-1000000')],
    ['full tokens and half a call', async () => await attacker.multi().del(key()).hset(key(), 't', '5', 'c', '5', second(), '0.5').exec()],
    ['endless tokens and no calls', async () => await attacker.multi().del(key()).hset(key(), 't', 'inf', 'c', '5').exec()],
    ['half a call', async () => await attacker.hset(key(), second(), '0.5')],
    ['a count that overflows', async () => await attacker.hset(key(), second(), '9223372036854775807')],
    ['a field of another program', async () => await attacker.hset(key(), 'hello', 'world')],
    ['a second far in the future', async () => await attacker.hset(key(), '99999999999', '0')],
    ['a text', async () => await attacker.set(key(), '0')],
    ['a list', async () => await attacker.multi().del(key()).lpush(key(), '0').exec()],
  ])('with %s count as used up', async (_, poison) => {
    await spend();
    await poison();
    expect(await isAdmitted()).toBe(false);
  });

  it('that were filled early give no more than their capacity', async () => {
    await attacker.hset(key(), 't', '5', 'f', '0', 'c', '100000000');
    const outcomes: boolean[] = [];
    for (let calls = 0; calls < 8; calls += 1) outcomes.push(await isAdmitted());
    expect(outcomes.filter(Boolean).length).toBeLessThanOrEqual(5);
  });

  it('of names made to collide are different ones', async () => {
    const names = ['role key:alice', 'role key:alice\u0000', 'role', 'rate:role key:alice', '__proto__', 'constructor', '{slot}', '*', '\r\nFLUSHALL\r\n'];
    expect(new Set(names.map((name) => connection.keyOf('rate', name))).size).toBe(names.length);
    for (const name of names) expect(connection.keyOf('rate', name)).toMatch(/^switchyard:1:rate:[\w-]{27}$/);
    await spend();
    expect((await createRedisRates(connection).take([{ ...counter, name: '\r\nFLUSHALL\r\n' }]))[0]?.retryAfterSeconds).toBe(0);
    expect(await isAdmitted()).toBe(false);
  });
});

describe('sessions', () => {
  const node = (nodeId: string, secret = SECRET): ReturnType<typeof createRedisSessions> =>
    createRedisSessions({ connection, sealer: sealerOf(secret), nodeId });
  const session = (id: string, principalId: string): SharedSession => ({
    id,
    contextId: 'session:1',
    principalId,
    profile: null,
    revision: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'n', version: '1' },
    watched: [],
    logRank: 1,
    isReady: true,
  });

  it('control: what one node saved another finds', async () => {
    await node('a1').save(session('s1', 'key:alice'), 60_000);
    expect((await node('b1').join('s1'))?.session.principalId).toBe('key:alice');
  });

  it('cannot be handed over: a sealed session under the key of another is none', async () => {
    await node('a1').save(session('alices', 'key:alice'), 60_000);
    await node('a1').save(session('bobs', 'key:bob'), 60_000);
    const stolen = await attacker.hget(connection.keyOf('session', 'alices'), 'session');
    await attacker.hset(connection.keyOf('session', 'bobs'), 'session', stolen ?? '');
    expect(await node('b1').join('bobs')).toBeUndefined();
  });

  it('cannot be made up, nor their events', async () => {
    await attacker.hset(connection.keyOf('session', 's2'), 'session', JSON.stringify(session('s2', 'key:admin')));
    expect(await node('b1').join('s2')).toBeUndefined();
    await node('a1').save(session('s3', 'key:alice'), 60_000);
    await attacker.rpush(connection.keyOf('session-events', 's3'), `9 ${JSON.stringify({ stream: 1, sequence: 9, text: '{}' })}`);
    expect(await node('b1').after('s3', 1, 0)).toEqual([]);
  });

  it('hear no notice that no node sealed', async () => {
    const heard: unknown[] = [];
    await node('b1').listen((notice) => heard.push(notice));
    await attacker.publish('switchyard:1:sessions', JSON.stringify({ from: 'x', notice: { type: 'ended', id: 's' } }));
    await attacker.publish(
      'switchyard:1:sessions',
      sealerOf('another secret of thirty-two letters').seal({ from: 'x', notice: { type: 'ended', id: 's' } }, 60, 'switchyard:1:sessions'),
    );
    await node('a1').tell({ type: 'ended', id: 'real' });
    for (let looks = 0; heard.length === 0 && looks < 200; looks += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(heard).toEqual([{ type: 'ended', id: 'real' }]);
  });
});
