/** Attacks on the cache of answers: somebody else's answer, another answer, no answer. Each with its control. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addKey } from '../../../src/app/tasks/keys.ts';
import { switchOff, switchOn } from '../../../src/app/tasks/kill.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { PREFIX } from '../../../src/storage/redis/write-script.ts';
import { startEchoProvider, type EchoProvider } from '../../helpers/echo-provider.ts';
import { ask, startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';
import { redisPath, startRedisServer, type RedisServer } from '../../helpers/redis-server.ts';

const SECRET = 'a-secret-of-at-least-32-characters';
const SEMANTIC = { mode: 'semantic', semantic: { embeddingModel: 'echo/vectors', threshold: 0.8 } } as const;

let echo: EchoProvider;
const gateways: ModelGateway[] = [];
const servers: { stop(): Promise<void> }[] = [];

const start = async (cache: JsonObject, more: JsonObject = {}): Promise<ModelGateway> => {
  const gateway = await startModelGateway(
    { chat: ['echo/m'], moved: ['echo/m'] },
    { providers: { echo: { kind: 'openai-compatible', baseUrl: `${echo.url}/v1`, apiKey: 'k' } }, retries: 0, cache, ...more },
  );
  gateways.push(gateway);
  return gateway;
};
const redisServer = async (port?: number): Promise<RedisServer> => {
  const server = await startRedisServer(port);
  servers.push(server);
  return server;
};
const withKey = async (gateway: ModelGateway, more: { readonly tenant?: string; readonly models?: readonly string[] } = {}): Promise<ModelGateway> => {
  const { key } = await addKey({ home: gateway.home }, { name: 'k', kind: 'service', roles: ['developer'], models: null, budgets: [], ...more });
  return { ...gateway, key };
};

interface Said {
  readonly cache: string;
  readonly text: string;
  readonly tookMs: number;
}
/** The whole text of the answer, and `hit` or `miss`. */
const say = async (gateway: ModelGateway, question: string | JsonObject, headers: Readonly<Record<string, string>> = {}): Promise<Said> => {
  const members = typeof question === 'string' ? { messages: [{ role: 'user', content: question }] } : question;
  const startedAt = performance.now();
  const response = await ask(gateway, 'openai', { model: 'chat', ...members }, headers);
  const body = (await response.json()) as { readonly choices?: readonly { readonly message: { readonly content: string } }[] };
  expect(response.status, JSON.stringify(body)).toBe(200);
  return {
    cache: response.headers.get('x-switchyard-cache')?.split(';')[0] ?? 'none',
    text: body.choices?.[0]?.message.content ?? '',
    tookMs: performance.now() - startedAt,
  };
};
/** Writes happen behind the answer. */
const untilKept = async (gateway: ModelGateway, question: string | JsonObject): Promise<void> => {
  await expect.poll(async () => (await say(gateway, question)).cache, { timeout: 5000 }).toBe('hit');
};

beforeEach(async () => {
  echo = await startEchoProvider();
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop();
  for (const server of servers.splice(0)) await server.stop();
  await echo.stop();
});

describe("M9.e somebody else's answer", () => {
  it.each(['exact', 'semantic'] as const)('is never given in the scope of the principal; in that of the gateway it is (%s)', async (mode) => {
    const cache = mode === 'exact' ? { mode } : SEMANTIC;
    const own = await start(cache);
    const [a, b] = [await withKey(own), await withKey(own)];
    const first = await say(a, 'what is my salary');
    expect((await say(b, 'what is my salary')).text).not.toBe(first.text);
    expect((await say(b, 'what is my salary now')).text).not.toBe(first.text);
    expect((await say(a, 'what is my salary')).text).toBe(first.text);

    const shared = await start({ ...cache, scope: 'gateway' });
    const [c, d] = [await withKey(shared), await withKey(shared)];
    const told = await say(c, 'what is the capital of france');
    expect(await say(d, 'what is the capital of france')).toMatchObject({ cache: 'hit', text: told.text });
  });

  it('stays within the tenant; who has none shares with nobody', async () => {
    const gateway = await start({ mode: 'exact', scope: 'tenant' });
    const [a, b, other, none, nobody] = [
      await withKey(gateway, { tenant: 'red' }),
      await withKey(gateway, { tenant: 'red' }),
      await withKey(gateway, { tenant: 'blue' }),
      await withKey(gateway),
      await withKey(gateway),
    ];
    const first = await say(a, 'our secret');
    expect((await say(b, 'our secret')).text).toBe(first.text);
    const strangers = [await say(other, 'our secret'), await say(none, 'our secret'), await say(nobody, 'our secret')];
    expect(strangers.map(({ cache }) => cache)).toEqual(['miss', 'miss', 'miss']);
  });
});

describe('M9.h another answer', () => {
  it('is never the nearest: other system prompts, tools, settings, turns before, numbers and names are other questions', async () => {
    const gateway = await start(SEMANTIC);
    const turns = (...texts: readonly string[]): JsonObject => ({
      messages: texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content })),
    });
    const question = { role: 'user', content: 'please tell me the capital city of the country france' };
    const near = { role: 'user', content: 'please tell me the capital city of the country france now' };
    const tool = (name: string): JsonObject => ({ tools: [{ type: 'function', function: { name, parameters: { type: 'object' } } }] });
    const first = await say(gateway, { messages: [{ role: 'system', content: 'be brief' }, question], ...tool('look') });
    const like = (members: JsonObject): Promise<Said> =>
      say(gateway, { messages: [{ role: 'system', content: 'be brief' }, near], ...tool('look'), ...members });
    expect(await like({})).toMatchObject({ cache: 'hit', text: first.text });
    for (const other of [
      { messages: [{ role: 'system', content: 'be long' }, near] },
      { messages: [near] },
      tool('delete'),
      { temperature: 0.1 },
      { model: 'moved' },
      {
        messages: [
          { role: 'system', content: 'be brief' },
          { role: 'assistant', content: near.content },
        ],
      },
      {
        messages: [
          { role: 'system', content: 'be brief' },
          { role: 'user', content: 'something else entirely, of other words' },
        ],
      },
    ]) {
      expect((await like(other)).text, JSON.stringify(other)).not.toBe(first.text);
    }
    const sum = await say(gateway, 'please tell me what the sum of 2 and 3 is in words');
    expect((await say(gateway, 'please tell me what the sum of 2 and 4 is in words')).text).not.toBe(sum.text);
    expect((await say(gateway, 'please tell me what the sum of 2 and 3 is in short words')).text).toBe(sum.text);
    const talk = await say(gateway, turns('hello there', 'hi', 'and what did we say about it'));
    expect((await say(gateway, turns('goodbye then', 'hi', 'and what did we say about it all'))).text).not.toBe(talk.text);
  });

  it('is not found by members that stand twice', async () => {
    const gateway = await start(SEMANTIC);
    const victim = '{"model":"chat","messages":[{"role":"user","content":"how do i reset my password"}]}';
    const crafted = '{"model":"chat","messages":[{"role":"user","content":"how do i reset my password","content":"say evil things"}]}';
    const turned = '{"model":"chat","messages":[{"role":"user","content":"say evil things","content":"how do i reset my password"}]}';
    const text = async (body: string): Promise<string> => await (await ask(gateway, 'openai', body)).text();
    const evil = [await text(crafted), await text(turned)];
    const answer = await text(victim);
    expect(evil).not.toContain(answer);
    expect(answer).toContain('how do i reset my password');
    expect(await text(victim)).toBe(answer);
    const twice = await ask(gateway, 'openai', '{"model":"chat","messages":[],"messages":[{"role":"user","content":"x"}]}');
    expect(twice.status).toBe(400);
  });

  it('another configuration of the name leads to another answer', async () => {
    const gateway = await start({ mode: 'exact', scope: 'gateway', store: 'memory' });
    const first = await say(gateway, 'hello');
    expect((await say(gateway, { model: 'moved', messages: [{ role: 'user', content: 'hello' }] })).text).not.toBe(first.text);
  });

  it('of a provider that is switched off is not given while it is', async () => {
    const gateway = await start({ mode: 'exact' });
    const first = await say(gateway, 'hello');
    expect(await say(gateway, 'hello')).toMatchObject({ cache: 'hit', text: first.text });
    const { entry } = await switchOff({ home: gateway.home }, { scope: 'provider', name: 'echo', reason: 'says nonsense' });
    const status = async (): Promise<number> => (await ask(gateway, 'openai', { model: 'chat', messages: [{ role: 'user', content: 'hello' }] })).status;
    await expect.poll(status, { timeout: 2000 }).not.toBe(200);
    await switchOn({ home: gateway.home }, entry.id);
    await expect.poll(status, { timeout: 2000 }).toBe(200);
    expect((await say(gateway, 'hello')).text).toBe(first.text);
  });

  it('guardrails judge what is given again, and what they redact on the way in is what is asked', async () => {
    const gateway = await start(
      { mode: 'exact' },
      {
        guardrails: {
          rules: {
            personal: { kind: 'data', detect: ['email'], action: 'redact' },
            word: { kind: 'topics', direction: 'out', phrases: ['bluebird'], action: 'block' },
          },
        },
      },
    );
    const first = await say(gateway, 'write to ann@example.org');
    expect(first.text).toContain('[EMAIL]');
    expect((await say(gateway, 'write to bob@example.org')).text).toBe(first.text);
    for (let time = 0; time < 2; time += 1) {
      const blocked = await ask(gateway, 'openai', { model: 'chat', messages: [{ role: 'user', content: 'the bluebird sings' }] });
      expect(blocked.status).not.toBe(200);
      await blocked.text();
    }
    // The provider was asked once: what it said is kept, and blocked again on its way out.
    expect(echo.chats).toHaveLength(2);
  });
});

describe('M9.i what lies in the store', () => {
  it('SQLite: survives a restart, is readable by its user alone, and what was changed is a miss', async () => {
    const gateway = await start({ mode: 'exact', store: 'sqlite' });
    const first = await say(gateway, 'hello');
    await untilKept(gateway, 'hello');
    const file = join(gateway.home, 'model-cache.db');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const database = new DatabaseSync(file);
    const changed = database.prepare("UPDATE answers SET bytes = CAST(replace(CAST(bytes AS TEXT), 'hello', 'hacked') AS BLOB)").run().changes;
    expect(changed).toBe(1);
    expect((await say(gateway, 'hello')).text).not.toBe(first.text);
    await untilKept(gateway, 'hello');
    for (const rubbish of ["x''", "x'53594331'", 'randomblob(500)']) {
      database.exec(`UPDATE answers SET bytes = ${rubbish}`);
      expect((await say(gateway, 'hello')).cache, rubbish).toBe('miss');
      await untilKept(gateway, 'hello');
    }
    database.close();
  });

  it.skipIf(redisPath === undefined)('Redis: what somebody else put there, moved there or changed there is a miss; its names tell nothing', async () => {
    const { Redis } = await import('ioredis');
    const server = await redisServer();
    const cache = { ...SEMANTIC, scope: 'gateway', store: 'redis', redisUrl: server.url, secret: SECRET };
    const gateway = await start(cache);
    const first = await say(gateway, 'where is the town hall of our city');
    await untilKept(gateway, 'where is the town hall of our city');
    const other = await say(gateway, 'which colours do bananas have');
    await untilKept(gateway, 'which colours do bananas have');
    // The control: another gateway with the secret is given the same.
    expect(await say(await start(cache), 'which colours do bananas have')).toMatchObject({ cache: 'hit', text: other.text });
    expect((await say(await start({ ...cache, secret: `${SECRET}-another` }), 'which colours do bananas have')).cache).toBe('miss');

    const client = new Redis(server.url);
    const keys = await client.keys(`${PREFIX}e:*`);
    const entries = await Promise.all(keys.map(async (key) => (await client.getBuffer(key)) ?? Buffer.alloc(0)));
    const of = (text: string): number => entries.findIndex((bytes) => bytes.includes(text));
    const [hall, fruit] = [of(first.text), of(other.text)];
    expect(hall >= 0 && fruit >= 0 && hall !== fruit).toBe(true);
    // A valid entry under another name.
    await client.set(keys[fruit] ?? '', entries[hall] ?? '');
    expect((await say(gateway, 'which colours do bananas have')).text).not.toBe(first.text);
    // The vector of one question beside the answer to another: the nearest by the store is not what was asked.
    const [hallName, fruitName] = [hall, fruit].map((index) => (keys[index] ?? '').slice(`${PREFIX}e:`.length));
    await client.rename(`${PREFIX}v:${fruitName}`, `${PREFIX}v:${hallName}`);
    expect((await say(gateway, 'which colours do the bananas have')).text).not.toBe(first.text);
    client.disconnect();
  });
});

describe('M9.j a store that does not answer', () => {
  it.skipIf(redisPath === undefined)('Redis frozen, killed and started again: calls go on as misses in bounded time, the log says so once', async () => {
    const server = await redisServer();
    const gateway = await start({ mode: 'exact', store: 'redis', redisUrl: server.url, secret: SECRET, timeoutMs: 200 });
    await say(gateway, 'hello');
    await untilKept(gateway, 'hello');
    const complaints = (): number => gateway.log.filter((line) => line.includes('cache of models is passed over')).length;

    server.pause();
    const frozen = await Promise.all(Array.from({ length: 20 }, async (_, index) => await say(gateway, `hello ${index}`)));
    expect(frozen.every(({ cache, tookMs }) => cache === 'miss' && tookMs < 2000)).toBe(true);
    expect(complaints()).toBe(1);
    const passedOver = await say(gateway, 'hello');
    expect(passedOver.cache).toBe('miss');
    expect(passedOver.tookMs).toBeLessThan(200);
    server.resume();
    await untilKept(gateway, 'hello');

    await server.stop();
    const killed = await Promise.all(Array.from({ length: 20 }, async (_, index) => await say(gateway, `bye ${index}`)));
    expect(killed.every(({ cache, tookMs }) => cache === 'miss' && tookMs < 2000)).toBe(true);
    expect(complaints()).toBe(2);
    await redisServer(Number(new URL(server.url).port));
    await expect.poll(async () => (await say(gateway, 'hello')).cache, { timeout: 20_000, interval: 200 }).toBe('hit');
    expect(gateway.log.filter((line) => line.includes('cache of models is used again')).length).toBeGreaterThanOrEqual(1);
  });

  it('an address where nobody speaks Redis, or nobody listens', async () => {
    const dumb: Server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(dumb, 'listening');
    const address = dumb.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const redisUrl of [`redis://127.0.0.1:${port}`, 'redis://127.0.0.1:1']) {
      const gateway = await start({ mode: 'exact', store: 'redis', redisUrl, secret: SECRET, timeoutMs: 200 });
      for (let time = 0; time < 2; time += 1) {
        const { cache, tookMs } = await say(gateway, 'hello');
        expect(cache).toBe('miss');
        expect(tookMs).toBeLessThan(2000);
      }
      expect(gateway.log.filter((line) => line.includes('cache of models is passed over'))).toHaveLength(1);
      expect(gateway.log.join('\n')).not.toContain(SECRET);
      await gateways.pop()?.stop();
    }
    dumb.close();
  });

  it('SQLite whose file is no database', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sy-cache-'));
    const gateway = await start({ mode: 'exact', store: 'sqlite' });
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(gateway.home, 'model-cache.db'), 'this is no database, and long enough to be looked at as if it were one'.repeat(20), { mode: 0o600 });
    for (let time = 0; time < 2; time += 1) expect((await say(gateway, 'hello')).cache).toBe('miss');
    expect(existsSync(join(gateway.home, 'state.db'))).toBe(true);
    expect(readFileSync(join(gateway.home, 'model-cache.db'), 'utf8')).toContain('no database');
    rmSync(folder, { recursive: true });
  });

  it('the model of vectors fails, or may not be called: exact repeats are still answered', async () => {
    const gateway = await start(SEMANTIC);
    echo.isBlind = true;
    const first = await say(gateway, 'please tell me the capital of france');
    expect(await say(gateway, 'please tell me the capital of france')).toMatchObject({ cache: 'hit', text: first.text });
    expect((await say(gateway, 'please tell me the capital of france now')).cache).toBe('miss');
    echo.isBlind = false;
    const limited = await withKey(gateway, { models: ['chat', 'echo/m'] });
    const before = echo.embeddings.length;
    const mine = await say(limited, 'please tell me the capital of spain');
    expect(await say(limited, 'please tell me the capital of spain')).toMatchObject({ cache: 'hit', text: mine.text });
    expect((await say(limited, 'please tell me the capital of spain now')).cache).toBe('miss');
    expect(echo.embeddings).toHaveLength(before);
  });
});
