import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app/app.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { memoryLogger } from '../../helpers/edge.ts';
import { startFaultProvider, type FaultProvider } from '../../helpers/fault-provider.ts';

const folder = mkdtempSync(join(tmpdir(), 'sy-reload-'));
const file = join(folder, 'switchyard.json');
let provider: FaultProvider;
let app: App;

const write = (aliases: JsonObject, more: JsonObject = {}): void => {
  const oa = { kind: 'openai-compatible', baseUrl: `${provider.url}/v1`, apiKey: 'k' };
  writeFileSync(file, JSON.stringify({ server: { port: 0 }, models: { wellKnownProviders: false, providers: { oa }, aliases, ...more } }));
};
const ask = async (model: string): Promise<number> => {
  const key = readFileSync(join(folder, 'home', 'admin.key'), 'utf8').trim();
  const response = await fetch(`${app.endpoints().url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [] }),
  });
  await response.text();
  return response.status;
};

beforeAll(async () => {
  provider = await startFaultProvider();
  write({ old: ['oa/ok'] });
  app = createApp({ home: join(folder, 'home'), configFile: file, cwd: folder, env: {}, doors: ['http'], logger: memoryLogger([]) });
  await app.start();
});
afterAll(async () => {
  await app.stop();
  await provider.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('a changed configuration of models is in force at once, loaded or not, and a bad one is not', async () => {
  write({ before: ['oa/ok'] });
  expect(await app.reload()).toBe(true);
  expect([await ask('old'), await ask('before')]).toEqual([404, 200]);
  write({ after: ['oa/ok'] });
  expect(await app.reload()).toBe(true);
  expect([await ask('before'), await ask('after')]).toEqual([404, 200]);
  write({ broken: ['nobody/ok', 5] as never });
  expect(await app.reload()).toBe(false);
  expect(await ask('after')).toBe(200);
});

it('the orchestrator goes by the names and prices in force', async () => {
  const tool = async (name: string, body: JsonObject): Promise<string> => {
    const key = readFileSync(join(folder, 'home', 'admin.key'), 'utf8').trim();
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    return await (await fetch(`${app.endpoints().url}/mcp/v1/tools/${name}`, { method: 'POST', headers, body: JSON.stringify(body) })).text();
  };
  const told = async (): Promise<string> =>
    `${await tool('orchestrator_route', { task: 'x' })} ${await tool('orchestrator_execute', { model: 'nosuch', prompt: 'x' })}`;
  write({ 'gemini-flash': ['oa/ok'], first: ['oa/ok'] }, { prices: { 'oa/ok': { input: 3, output: 4 } } });
  expect(await app.reload()).toBe(true);
  expect(await told()).toMatch(/"cost_per_1m_input":3,[\s\S]*Known: first, gemini-flash\./);
  write({ 'gemini-flash': ['oa/ok'], second: ['oa/ok'] }, { prices: { 'oa/ok': { input: 5, output: 6 } } });
  expect(await app.reload()).toBe(true);
  expect(await told()).toMatch(/"cost_per_1m_input":5,[\s\S]*Known: gemini-flash, second\./);
});

// @requirement M4.b
it('M4.b: what was passed over before a change of the configuration still is', async () => {
  write({ flaky: ['oa/down', 'oa/ok'] });
  expect(await app.reload()).toBe(true);
  const asked = (): number => provider.requests.filter(({ model }) => model === 'down').length;
  for (let time = 0; time < 3; time += 1) expect(await ask('flaky')).toBe(200);
  const before = asked();
  write({ flaky: ['oa/down', 'oa/ok'], more: ['oa/ok'] });
  expect(await app.reload()).toBe(true);
  expect([await ask('flaky'), await ask('more'), asked()]).toEqual([200, 200, before]);
});

// @requirement M10.j
it('M10.j: a guardrail is in force at the next call, and gone when it is taken out; one that is wrong changes nothing', async () => {
  const guarded = (pattern: string): JsonObject => ({ guardrails: { rules: { names: { kind: 'pattern', pattern, action: 'block' } } } });
  const say = async (content: string): Promise<number> => {
    const key = readFileSync(join(folder, 'home', 'admin.key'), 'utf8').trim();
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ model: 'oa/ok', messages: [{ role: 'user', content }] });
    const response = await fetch(`${app.endpoints().url}/v1/chat/completions`, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  };
  expect(await say('EMP1234')).toBe(200);
  write({}, guarded('EMP\\d{4}'));
  expect(await app.reload()).toBe(true);
  expect([await say('EMP1234'), await say('EMP')]).toEqual([400, 200]);
  write({}, guarded('(EMP)+'));
  expect(await app.reload()).toBe(false);
  expect([await say('EMP1234'), await say('EMPEMP')]).toEqual([400, 200]);
  write({});
  expect(await app.reload()).toBe(true);
  expect(await say('EMP1234')).toBe(200);
});

// @requirement M9.a
it('M9.a: answers that are kept outlive a change of the configuration, unless it leads the name elsewhere', async () => {
  const cache = { mode: 'exact' };
  const asked = (model: string): number => provider.requests.filter((request) => request.model === model).length;
  for (const [aliases, more, kept] of [
    [{ kept: ['oa/ok@kept'] }, { cache }, 1],
    [{ kept: ['oa/ok@kept'], another: ['oa/ok'] }, { cache: { ...cache, ttlSeconds: 60 } }, 1],
    [{ kept: ['oa/ok@elsewhere'] }, { cache }, 1],
    [{ kept: ['oa/ok@kept'] }, { cache: { mode: 'off' } }, 3],
    [{ kept: ['oa/ok@kept'] }, { cache }, 4],
  ] as const) {
    write(aliases, more);
    expect(await app.reload()).toBe(true);
    for (let time = 0; time < 2; time += 1) expect(await ask('kept')).toBe(200);
    expect(asked('ok@kept')).toBe(kept);
  }
  expect(asked('ok@elsewhere')).toBe(1);
});
