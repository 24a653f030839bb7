import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import {
  auditOf,
  dataOf,
  type Ending,
  makeHome,
  type Program,
  projectOf,
  removeHome,
  startGateway,
  startProgram,
  startStdio,
  verifyHome,
  waitForOutput,
} from '../../helpers/gateway.ts';
import { modernBody, modernHeaders } from '../../helpers/mcp-http.ts';

const script = join(import.meta.dirname, 'slow-gateway.ts');
const programs: Program[] = [];
const homes: string[] = [];
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.end('SIGKILL')));
  for (const home of homes.splice(0)) removeHome(home);
});

interface Slow extends Program {
  readonly url: string;
  readonly key: string;
  readonly home: string;
}

async function start(drainSeconds: number): Promise<Slow> {
  const home = makeHome();
  homes.push(home);
  const program = startProgram(script, { args: [String(drainSeconds)], env: { SWITCHYARD_HOME: home }, cwd: projectOf(home) });
  programs.push(program);
  const url = await waitForOutput(program, () => /"url":"([^"]+)"/.exec(program.stdout())?.[1]);
  return { ...program, url, home, key: readFileSync(join(home, 'admin.key'), 'utf8').trim() };
}

interface Reply {
  readonly status: number;
  readonly json: JsonObject;
  readonly afterMs: number;
}

async function call({ url, key }: Slow, name: string, args: JsonObject): Promise<Reply> {
  const startedAt = performance.now();
  const params = { name, arguments: args };
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    body: JSON.stringify(modernBody('tools/call', params)),
    headers: {
      ...modernHeaders('tools/call', params),
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
    },
  });
  return { status: response.status, json: (await response.json()) as JsonObject, afterMs: performance.now() - startedAt };
}

const begins = (gateway: Slow, name: string): Promise<true> => waitForOutput(gateway, () => (gateway.stderr().includes(`${name} begins`) ? true : undefined));
const isStopping = (gateway: Slow): Promise<true> => waitForOutput(gateway, () => (gateway.stderr().includes('"step":"stop intake"') ? true : undefined));
/** Of a JSON-RPC error, or of the plain one with which the listener refuses. */
function codeOf(json: JsonObject | undefined): unknown {
  const error = json?.['error'];
  if (!isObject(error)) return undefined;
  return isObject(error['data']) ? error['data']['code'] : error['code'];
}
const UP = ['configuration', 'storage and audit', 'policy and identity', 'targets', 'runtimes', 'doors', 'ready'];
const DOWN = ['stop intake', 'drain', 'cancel', 'stop runtimes', 'close targets', 'flush audit and metrics', 'release'];
const ENDED: Ending = { code: 0, signal: null };

describe('a stop while calls run', () => {
  it('D9.a: running calls drain, later ones are refused, the exit code is 0', async () => {
    const gateway = await start(30);
    const running = call(gateway, 'slow', { ms: 1200 });
    running.catch(() => undefined);
    await begins(gateway, 'slow');
    gateway.child.kill('SIGTERM');
    await isStopping(gateway);
    const late = await call(gateway, 'slow', { ms: 1 });
    expect({ status: late.status, code: codeOf(late.json) }).toEqual({ status: 503, code: 'SHUTTING_DOWN' });
    const ready = await fetch(`${gateway.url}/health/ready`);
    expect(ready.status).toBe(503);
    const report = (await ready.json()) as { phase: string; stop: { name: string; state: string }[] };
    expect(report.phase).toBe('stopping');
    expect(report.stop.map(({ name, state }) => `${name}: ${state}`)).toEqual(DOWN.map((name, index) => `${name}: ${['done', 'running'][index] ?? 'waiting'}`));
    expect(dataOf((await running).json)).toEqual({ ms: 1200 });
    const answeredAt = performance.now();
    expect(await gateway.ended).toEqual(ENDED);
    expect(performance.now() - answeredAt).toBeLessThan(3000);
    expect((await auditOf(gateway.home)).at(-1)).toMatchObject({ event: 'gateway_stopped' });
    expect(await verifyHome(gateway.home)).toMatchObject({ ok: true, unprotected: 0, findings: [] });
  });

  it('D9.a: so it is with attached stdio clients, and one that goes on calling cannot hold the stop', async () => {
    const gateway = await start(30);
    const client = startStdio(gateway.home);
    programs.push(client);
    await client.initialize();
    const running = client.request('tools/call', { name: 'slow', arguments: { ms: 3000 } });
    await begins(gateway, 'slow');
    gateway.child.kill('SIGTERM');
    await isStopping(gateway);
    const next = { name: 'slow', arguments: { ms: 300 } };
    const late: unknown[] = [];
    for (let answer = await client.request('tools/call', next); answer; answer = await client.request('tools/call', next)) late.push(codeOf(answer) ?? answer);
    expect(await gateway.ended).toEqual(ENDED);
    expect(late.length).toBeGreaterThan(1);
    expect(new Set(late)).toEqual(new Set(['SHUTTING_DOWN']));
    expect(dataOf(await running)).toEqual({ ms: 3000 });
    expect(await client.ended).toEqual({ code: 69, signal: null });
  });

  it.each(['slow', 'stubborn'])('D9.b: a %s call that does not drain is cancelled with the typed error', async (name) => {
    const gateway = await start(1);
    const running = call(gateway, name, { ms: 20_000 });
    await begins(gateway, name);
    const stoppedAt = performance.now();
    gateway.child.kill('SIGTERM');
    const { json, status } = await running;
    expect({ status, code: codeOf(json) }).toEqual({ status: 503, code: 'SHUTTING_DOWN' });
    expect(performance.now() - stoppedAt).toBeGreaterThan(900);
    if (name === 'slow') {
      expect(await gateway.ended).toEqual(ENDED);
      expect(performance.now() - stoppedAt).toBeLessThan(5000);
    } else {
      await waitForOutput(gateway, () => (gateway.stderr().includes('"step":"release","state":"done"') ? true : undefined));
    }
    const records = await auditOf(gateway.home);
    expect(records.find(({ target, phase }) => target === `tool:${name}` && phase === 'outcome')).toMatchObject({ outcome: 'SHUTTING_DOWN' });
    expect(records.at(-1)).toMatchObject({ event: 'gateway_stopped' });
    expect(await verifyHome(gateway.home)).toMatchObject({ ok: true, unprotected: 0, findings: [] });
  });

  it('a second signal ends it at once', async () => {
    const gateway = await start(30);
    const running = call(gateway, 'slow', { ms: 20_000 }).catch(() => 'cut');
    await begins(gateway, 'slow');
    gateway.child.kill('SIGTERM');
    await isStopping(gateway);
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toEqual({ code: 130, signal: null });
    expect(await running).toBe('cut');
    expect(await verifyHome(gateway.home)).toMatchObject({ ok: true, findings: [] });
  });
});

describe('an idle gateway', () => {
  it('D9.c D9.d: goes up and down in seven steps each, seen in the log, and flushes', async () => {
    const gateway = await start(30);
    const ready = (await (await fetch(`${gateway.url}/health/ready`)).json()) as { phase: string; start: { name: string; state: string }[] };
    expect(ready.phase).toBe('ready');
    expect(ready.start.map(({ name, state }) => `${name}: ${state}`)).toEqual(UP.map((name) => `${name}: done`));
    expect(await gateway.end('SIGTERM')).toEqual(ENDED);
    const steps = gateway
      .stderr()
      .split('\n')
      .flatMap((line) => (line.includes('"message":"step"') ? [JSON.parse(line) as { step: string; state: string }] : []));
    expect(steps.map(({ step, state }) => `${step}: ${state}`)).toEqual([...UP, ...DOWN].map((name) => `${name}: done`));
    expect(await verifyHome(gateway.home)).toMatchObject({ ok: true, unprotected: 0 });
  });

  it('D9.a: the program itself stops at once', async () => {
    const times: number[] = [];
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) {
      const gateway = await startGateway();
      programs.push(gateway);
      homes.push(gateway.home);
      const keepAlive = await fetch(`${gateway.url}/health`);
      await keepAlive.text();
      const startedAt = performance.now();
      expect(await gateway.end(signal)).toEqual(ENDED);
      times.push(Math.round(performance.now() - startedAt));
      expect((await auditOf(gateway.home)).at(-1)).toMatchObject({ event: 'gateway_stopped' });
    }
    console.log(`idle stop: ${times.join(', ')} ms`);
    expect(Math.min(...times)).toBeLessThan(2000);
  });
});
