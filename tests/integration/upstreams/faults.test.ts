/** Servers that misbehave, each behind a real gateway and beside a good one. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ERRORS } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { bad, startUpstreamGateway, type UpstreamGateway, type UpstreamGatewayOptions } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';
import { connect, type CallResult, type Speaker } from '../mcp/clients.ts';

const folder = mkdtempSync(join(tmpdir(), 'sy-bad-'));
let fileCount = 0;
const newFile = (): string => join(folder, `notes-${(fileCount += 1)}.txt`);
const linesOf = (file: string): string[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

let gateway: UpstreamGateway | undefined;
let speaker: Speaker | undefined;

async function start(upstreams: Readonly<Record<string, JsonObject>>, options?: UpstreamGatewayOptions): Promise<UpstreamGateway> {
  const patient = Object.fromEntries(Object.entries(upstreams).map(([name, upstream]) => [name, { timeoutMs: 2000, pins: 'off', ...upstream }]));
  gateway = await startUpstreamGateway(patient, options);
  speaker = await connect('v1', { url: gateway.url, token: gateway.key });
  return gateway;
}

async function call(name: string, input: Record<string, unknown> = {}, options = {}): Promise<CallResult> {
  return (await speaker?.call(name, input, options)) as CallResult;
}

const isUp = async (name: string): Promise<boolean> => (await gateway?.status(name))?.state === 'up';
const up = (name: string): Promise<number> => until(() => isUp(name), `${name} is up`);
const down = (name: string): Promise<number> => until(async () => (await gateway?.status(name))?.state === 'down', `${name} is down`);

afterEach(async () => {
  await speaker?.close();
  await gateway?.stop();
  gateway = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a server that does not come up', () => {
  // @requirement G1.c
  it('and hangs in its opening delays neither the start nor the others', async () => {
    const startedAt = performance.now();
    await start({ waiting: { ...bad('hang', newFile()), timeoutMs: 120_000 }, hung: bad('hang', newFile()), good: bad('ok') });
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    await up('good');
    expect((await call('good__echo', { words: 'hi' })).text).toContain('hi');
    await down('hung');
    expect((await gateway?.status('hung'))?.detail).toMatch(/^UPSTREAM_SILENT: /);
  });

  it('and ends at once is reported with its code', async () => {
    await start({ dead: bad('dies'), absent: { transport: 'stdio', command: '/nowhere/at-all' } });
    await down('dead');
    expect((await gateway?.status('dead'))?.detail).toBe('UPSTREAM_UNREACHABLE: The server ended with code 3.');
    await down('absent');
    expect((await gateway?.status('absent'))?.detail).toBe('UPSTREAM_UNREACHABLE: The program cannot be started (ENOENT).');
  });

  it('at the first start of the gateway is tried again, less and less often, until it does: nobody could call what was never listed', async () => {
    const [file, ready] = [newFile(), newFile()];
    await start({ late: bad('later', file, ready), hung: bad('ok') });
    await down('late');
    await until(() => linesOf(file).length >= 3, 'it was tried again unasked');
    expect(gateway?.log.filter((line) => line.includes('cannot be reached'))).toHaveLength(1);
    writeFileSync(ready, '');
    await until(async () => (await speaker?.toolNames())?.includes('late__echo') === true, 'listed');
    expect((await call('late__echo', { words: 'at last' })).text).toContain('at last');
    // The control: what works is not tried again.
    expect(linesOf(file).filter((line) => line.startsWith('list'))).toHaveLength(1);
  });

  it('because it lists 10 000 tools is refused as a whole', async () => {
    await start({ many: bad('many'), good: bad('ok') });
    await down('many');
    expect((await gateway?.status('many'))?.detail).toMatch(/^UPSTREAM_INVALID: .*at most 2000 tools/);
    await up('good');
    expect((await speaker?.toolNames())?.some((name) => name.startsWith('many__'))).toBe(false);
  });

  it('because it floods its output is given up; a banner is borne', async () => {
    await start({ flood: bad('flood'), banner: bad('banner') });
    await up('banner');
    await down('flood');
    expect((await gateway?.status('flood'))?.detail).toMatch(/^UPSTREAM_INVALID: .*floods/);
    expect((await call('banner__echo', { words: 'x' })).isError).toBe(false);
  });
});

it('a server that says it has resources and prompts, and does not know how to list them, has none', async () => {
  await start({ bad: bad('boastful') });
  await up('bad');
  expect((await call('bad__echo', { words: 'hi' })).text).toContain('hi');
});

describe('agreement on a revision', () => {
  // @requirement G1.b
  it.each(['ok', 'brittle', 'mute'])('is found with a legacy server that is %s when asked for what it does not know', async (mode) => {
    await start({ it: { ...bad(mode), timeoutMs: 10_000 } });
    await up('it');
    expect((await gateway?.status('it'))?.detail).toBe('bad 1, 2025-06-18, 19 tools');
  });
});

describe('answers', () => {
  it('that come twice, with wrong ids or too late reach nobody', async () => {
    await start({ it: bad('ok') });
    await up('it');
    expect((await call('it__twice')).text).toBe('first');
    expect((await call('it__echo', { words: 'next' })).text).toBe('{"words":"next"}');
    const wrong = await call('it__wrong');
    expect(wrong).toMatchObject({ isError: true, text: expect.stringContaining('sent nothing for 2000 ms') });
    const gone = new AbortController();
    const waiting = call('it__late', {}, { signal: gone.signal });
    setTimeout(() => gone.abort(), 200);
    await expect(waiting).rejects.toThrow();
    // @requirement G1.f
    const ids = JSON.parse((await call('it__cancelled')).text) as number[];
    expect(ids).toHaveLength(2);
    expect((await call('it__echo', { words: 'still' })).text).toContain('still');
  });

  it('that are errors, or no results, are told as what they are', async () => {
    await start({ it: bad('ok') });
    await up('it');
    expect(await call('it__refuse')).toMatchObject({ isError: true, text: expect.stringContaining('not today') });
    expect(await call('it__nonsense')).toMatchObject({ isError: true, text: expect.stringContaining('no tool result') });
  });

  it('of 200 MB are refused, and not kept in memory', async () => {
    await start({ it: { ...bad('ok'), timeoutMs: 30_000 } }, { config: { limits: { maxResponseBytes: 4_000_000, roles: { admin: 1_000_000 } } } });
    await up('it');
    const before = process.memoryUsage();
    const peak = { rss: 0, external: 0 };
    const watching = setInterval(() => {
      const { rss, external } = process.memoryUsage();
      peak.rss = Math.max(peak.rss, rss);
      peak.external = Math.max(peak.external, external);
    }, 2);
    const { isError, text } = await call('it__huge');
    expect({ isError, text }).toMatchObject({ isError: true, text: expect.stringContaining('more than 4000000 bytes') });
    // Sent after it on the same pipe: answered when the last of the 200 MB has been read.
    expect((await call('it__echo', { words: 'after' })).text).toContain('after');
    clearInterval(watching);
    expect(peak.rss - before.rss).toBeLessThan(120 * 1_048_576);
    // Buffers that wait for collection count: where each piece is left to the collector, they are 60 MiB.
    expect(peak.external - before.external).toBeLessThan(30 * 1_048_576);
  }, 40_000);

  // @requirement G1.j
  it('may take longer than the time of a call while progress comes', async () => {
    await start({ it: { ...bad('ok'), timeoutMs: 700 } });
    await up('it');
    expect((await call('it__slow_progress', {}, { onProgress: () => undefined })).text).toBe('done');
    // The control: without progress the same time is too long.
    expect((await call('it__never')).text).toContain('sent nothing for 700 ms');
    expect((await call('it__never')).text).toContain(ERRORS.UPSTREAM_SILENT.fix);
  });
});

it('a server that ends while what it listed is being approved is started anew at the next call', async () => {
  const file = newFile();
  await start({ it: { ...bad('brief', file), pins: 'trust-first-use' } });
  await until(async () => (await speaker?.toolNames())?.includes('it__echo') === true, 'listed');
  const answers = [await call('it__echo', { words: 'one' }), await call('it__echo', { words: 'two' })];
  expect(answers.map(({ text }) => text)).toEqual([expect.stringContaining('one'), expect.stringContaining('two')]);
});

describe('a server that is silent in three calls', () => {
  it('is started anew, and not sent again what it had begun with', async () => {
    const file = newFile();
    await start({ it: { ...bad('ok', file), timeoutMs: 1500 } });
    await up('it');
    const silent = Promise.all([call('it__never'), call('it__never'), call('it__never')]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const begun = call('it__deaf');
    await until(() => linesOf(file).includes('call deaf'), 'it has begun');
    expect((await silent).every(({ text }) => text.includes('UPSTREAM_SILENT'))).toBe(true);
    expect(await begun).toMatchObject({ isError: true, text: expect.stringContaining('UPSTREAM_GONE') });
    // The control: the next call has a new process.
    expect((await call('it__echo', { words: 'new' })).text).toContain('new');
    expect(linesOf(file).filter((line) => line.startsWith('start'))).toHaveLength(2);
    expect(linesOf(file).filter((line) => line === 'call deaf')).toHaveLength(1);
  });

  it('and tells of progress in the call of another client is left alone', async () => {
    const file = newFile();
    await start({ it: { ...bad('ok', file), timeoutMs: 700 } });
    await up('it');
    const working = call('it__slow_progress', {}, { onProgress: () => undefined });
    await Promise.all([call('it__never'), call('it__never'), call('it__never')]);
    expect((await working).text).toBe('done');
    expect(linesOf(file).filter((line) => line.startsWith('start'))).toHaveLength(1);
  });
});

describe('a server that crashes', () => {
  // @requirement G1.d
  it('in a call ends that call, and the next one has a new process', async () => {
    await start({ it: bad('ok') });
    await up('it');
    const { text: first } = await call('it__pid');
    expect(await call('it__crash')).toMatchObject({ isError: true, text: expect.stringContaining('ended with code 7') });
    const { text: second } = await call('it__pid');
    expect(Number(second)).not.toBe(Number(first));
  });

  it('for those who write to it, by closing its input, ends the call that finds out; the next one has a new process', async () => {
    await start({ bad: bad('ok') });
    await up('bad');
    const before = (await call('bad__pid')).text;
    await call('bad__deafen');
    // What is under way in the moment of closing is lost without a sign.
    await until(async () => /^UPSTREAM_GONE.*closed its input/.test((await call('bad__echo', { words: 'anybody?' })).text), 'the end was noticed');
    await until(async () => (await call('bad__pid').catch(() => ({ text: before }))).text !== before, 'a new process answers');
  });

  it('again and again is started less and less often', async () => {
    const file = newFile();
    await start({ it: bad('dying', file) });
    await up('it').catch(() => undefined);
    const end = performance.now() + 3000;
    let refused = '';
    while (performance.now() < end) {
      const { text, isError } = await call('it__echo', { words: 'x' });
      if (isError && text.includes('times in a row')) refused = text;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(refused).toMatch(/tried again in \d+ ms/);
    expect(linesOf(file).filter((line) => line.startsWith('start')).length).toBeLessThan(9);
  }, 20_000);

  it('and tells of changes without end is asked for its list once in a while', async () => {
    const file = newFile();
    await start({ it: bad('loop', file), good: bad('ok') });
    await up('it');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(linesOf(file).filter((line) => line.startsWith('list')).length).toBeLessThan(5);
    expect((await call('good__echo', { words: 'x' })).isError).toBe(false);
  });
});

describe('a process', () => {
  // @requirement G1.g
  it('gets a scrubbed environment, and what the configuration names', async () => {
    const env = {
      SWITCHYARD_LOG__LEVEL: 'warn',
      OPENAI_API_KEY: 'sk-secret',
      GITHUB_TOKEN: 'ghp_secret',
      LC_ALL: 'C.UTF-8',
      LANG: 'C',
      NAMED: 'from-the-gateway',
    };
    await start({ it: { ...bad('ok'), env: { MY_TOKEN: '${NAMED}' } } }, { env });
    await up('it');
    const seen = JSON.parse((await call('it__env')).text) as Record<string, string>;
    expect(Object.keys(seen).filter((name) => /SWITCHYARD|OPENAI|GITHUB|NAMED/.test(name))).toEqual([]);
    // The control: what it needs is there.
    expect(seen).toMatchObject({ LC_ALL: 'C.UTF-8', LANG: 'C' });
    expect(seen['PATH']).toBe(process.env['PATH']);
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  // @requirement G1.e
  it('that ignores the end of its input and SIGTERM is killed with its group', async () => {
    const file = newFile();
    await start({ it: bad('stubborn', file) });
    await up('it');
    const pids = linesOf(file).flatMap((line) => (/^(?:start|child) /.test(line) ? [Number(line.split(' ')[1])] : []));
    expect(pids.filter(isAlive)).toHaveLength(2);
    await gateway?.stop();
    gateway = undefined;
    await until(() => !pids.some(isAlive), 'both are gone');
    expect(linesOf(file)).toContain('sigterm');
  }, 20_000);
});

describe('the catalogue', () => {
  // @requirement G2.a
  it('names everything within 64 characters, and refuses a name that is taken', async () => {
    await start({ it: bad('collide') });
    await until(async () => (await gateway?.status('it'))?.state === 'degraded', 'it is there');
    const names = (await speaker?.toolNames())?.filter((name) => name.startsWith('it__')) ?? [];
    expect(names.every((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name))).toBe(true);
    expect(names).toContain('it__a_dotted_name');
    expect(names.filter((name) => name.startsWith('it__long_'))).toHaveLength(1);
    expect(await gateway?.status('it')).toMatchObject({ state: 'degraded', detail: '1 names are taken by others, such as it__a_dotted_name' });
  });

  // @requirement G1.h
  it('is remembered: a later gateway lists it without starting the server', async () => {
    const file = newFile();
    const home = join(mkdtempSync(join(tmpdir(), 'sy-home-')), 'home');
    await start({ it: bad('ok', file) }, { home });
    await until(async () => (await speaker?.toolNames())?.includes('it__echo') === true, 'listed');
    await speaker?.close();
    await gateway?.stop();
    expect(linesOf(file).filter((line) => line.startsWith('start'))).toHaveLength(1);
    await start({ it: bad('ok', file) }, { home });
    expect(await speaker?.toolNames()).toContain('it__echo');
    expect(linesOf(file).filter((line) => line.startsWith('start'))).toHaveLength(1);
    expect((await call('it__echo', { words: 'now' })).text).toContain('now');
    expect(linesOf(file).filter((line) => line.startsWith('start'))).toHaveLength(2);
  });

  it('that is remembered, but not approved (any more), is asked for again: nobody could call what is not shown', async () => {
    const file = newFile();
    const home = join(mkdtempSync(join(tmpdir(), 'sy-home-')), 'home');
    const upstreams = { it: { ...bad('ok', file), pins: 'trust-first-use' } };
    const isListed = async (): Promise<boolean> => (await speaker?.toolNames())?.includes('it__echo') === true;
    await start(upstreams, { home });
    await until(isListed, 'listed');
    await speaker?.close();
    await gateway?.stop();
    // As after `doctor`, which connects and approves nothing.
    rmSync(join(home, 'switchyard.lock'));
    await start(upstreams, { home });
    await until(isListed, 'listed at its first use');
    await speaker?.close();
    await gateway?.stop();
    // The control: what is approved needs no process.
    await start(upstreams, { home });
    expect(await isListed()).toBe(true);
    expect(linesOf(file).filter((line) => line.startsWith('start'))).toHaveLength(2);
    // While the gateway runs, and nobody has called it yet.
    writeFileSync(join(home, 'switchyard.lock'), JSON.stringify({ version: 1, upstreams: {} }));
    await until(() => linesOf(file).filter((line) => line.startsWith('start')).length === 3, 'it is asked for its list');
    await until(isListed, 'listed as at its first use');
  }, 30_000);

  // @requirement G2.b
  it('follows allow, deny, rename, describe and defaults of the configuration', async () => {
    const tools = { allow: ['e*', 'pid'], deny: ['env'], rename: { pid: 'process' }, describe: { echo: 'Says it again.' }, defaults: { echo: { unit: 'm' } } };
    await start({ it: { ...bad('ok'), prefix: 'my', tools } });
    await up('it');
    expect((await speaker?.toolNames())?.filter((name) => name.startsWith('my__'))).toEqual(['my__echo', 'my__process']);
    expect((await call('my__echo', { words: 'x' })).text).toBe('{"unit":"m","words":"x"}');
    expect((await call('my__echo', { words: 'x', unit: 'ft' })).text).toBe('{"unit":"ft","words":"x"}');
    expect(Number((await call('my__process')).text)).toBeGreaterThan(0);
    expect(await call('my__echo', {})).toMatchObject({ isError: true, text: expect.stringContaining('words') });
  });
});

describe('the road', () => {
  // @requirement G2.e
  it('stops an upstream by its name in the configuration, whatever prefix its names have', async () => {
    await start({ it: { ...bad('ok'), prefix: 'other' }, good: bad('ok') });
    await up('it');
    await up('good');
    const entry = { id: '0123456789ab', scope: 'upstream', name: 'it', reason: 'testing', at: Date.now() };
    writeFileSync(join(gateway?.home ?? '', 'kill-switch.json'), JSON.stringify({ version: 1, entries: [entry] }), { mode: 0o600 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await call('other__echo', { words: 'x' }).catch((error: unknown) => String(error))).toContain('Switched off: upstream it: testing');
    // The control: another upstream goes on.
    expect((await call('good__echo', { words: 'x' })).isError).toBe(false);
  });

  it('shows and serves a tool to nobody without the scope tools:execute', async () => {
    const policy = { roles: { reader: { scopes: ['tools:read'] } } };
    const { app } = await start({ it: bad('ok') }, { config: { policy, identity: { localRoles: ['reader'] } } });
    await up('it');
    const admission = await app.runner.admit({ door: 'cli', source: 'stdio', credential: { kind: 'local' } });
    const { terminal } = await app.runner.run({ admission, target: { kind: 'tool', name: 'it__echo' }, input: { words: 'x' }, trace: { correlationId: 'a' } });
    expect(terminal).toMatchObject({ type: 'error', error: { code: 'SCOPE_MISSING' } });
    // The control: the key of the admin may.
    expect((await call('it__echo', { words: 'x' })).isError).toBe(false);
  });

  it('records an intent for a tool that calls itself read-only', async () => {
    await start({ it: bad('ok') });
    await up('it');
    await call('it__echo', { words: 'x' });
    const phases = gateway
      ?.records()
      .filter(({ target }) => JSON.stringify(target)?.includes('it__echo'))
      .map(({ phase }) => phase);
    expect(phases).toEqual(['intent', 'outcome']);
  });
});
