/** Sessions and request states in the wrong hands, on the shipped gateway. Every refusal has the run in which it works. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PromptDefinition, ToolContext, ToolDefinition, ToolResult } from '../../../src/contracts/tool.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createKey } from '../../../src/identity/api-key.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import { type Shipped, startShipped } from '../../integration/differential/servers.ts';
import { legacy, modern, openSession, raw, type RawAnswer, stream } from '../../helpers/mcp-http.ts';

const CAPABILITIES = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
const endings: string[] = [];

async function ask({ ask: question }: Pick<ToolContext, 'ask'>): Promise<string> {
  const { name } = await question({
    name: { method: 'elicitation/create', params: { message: 'Who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } } },
  });
  return `Hello ${String(isObject(name?.['content']) ? name['content']['name'] : '')}`;
}
const greeter = (name: string): ToolDefinition => ({
  name,
  description: 'Asks first.',
  isEnveloped: false,
  scopes: [],
  annotations: { readOnlyHint: true },
  input: { type: 'object', properties: { topic: { type: 'string' } } },
  handler: async (_input, context): Promise<ToolResult> => ({ content: [{ type: 'text', text: await ask(context) }] }),
});
const prompt: PromptDefinition = {
  name: 'greet',
  description: 'Asks first.',
  get: async (_input, context) => ({ messages: [{ role: 'user', content: { type: 'text', text: await ask(context) } }] }),
};
const slow: ToolDefinition = {
  name: 'slow',
  description: 'Takes its time.',
  isEnveloped: false,
  scopes: [],
  annotations: { readOnlyHint: true },
  input: { type: 'object' },
  handler: async (_input, { signal, progress }): Promise<ToolResult> => {
    await progress(1);
    await sleep(20_000, undefined, { signal }).catch(() => undefined);
    endings.push(signal.aborted ? 'cancelled' : 'done');
    return { content: [] };
  },
};

interface Bench extends Shipped {
  readonly url: string;
  readonly alice: string;
  readonly bob: string;
}

async function start(): Promise<Bench> {
  const gateway = await startShipped({ tools: [greeter('greet'), greeter('greet_too'), slow] });
  gateway.app.targets.tools.registerPrompt(prompt);
  const store = createSqliteStore({ path: `${gateway.home}/state.db`, clock: systemClock });
  const bob = (await createKey(store, systemClock, { name: 'bob', kind: 'user', roles: ['admin'] })).key;
  await store.close();
  const bench = { ...gateway, url: `http://localhost:${gateway.port}/mcp`, alice: readFileSync(gateway.app.endpoints().adminKeyFile, 'utf8').trim(), bob };
  await vi.waitFor(async () => expect((await modern(bench.url, 'tools/list', {}, { token: bob })).status).toBe(200), { timeout: 5000 });
  return bench;
}

let gateway: Bench;
beforeAll(async () => {
  gateway = await start();
});
afterAll(() => gateway?.stop());

const bare = ({ status, json, headers }: RawAnswer): unknown => {
  const { code, message, data } = isObject(json['error']) ? json['error'] : ({} as JsonObject);
  return { status, code, message, facts: { ...(data as JsonObject | undefined), correlation_id: '' }, names: Object.keys(headers).sort() };
};

describe('a session', () => {
  it('cannot be used, listened to, ended or cancelled in by another principal: it does not exist for it', async () => {
    const { url, alice, bob } = gateway;
    const session = await openSession(url, { token: alice });
    const inSession = { 'Mcp-Session-Id': session };
    const running = await stream(
      url,
      { jsonrpc: '2.0', id: 'mine', method: 'tools/call', params: { name: 'slow', _meta: { progressToken: 1 } } },
      { token: alice, headers: inSession },
    );
    await vi.waitFor(() => expect(running.messages()).toHaveLength(1));
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'mine' } };
    const attempts = (id: string): Promise<RawAnswer>[] => [
      legacy(url, 'tools/list', {}, { session: id, token: bob }),
      raw(url, cancel, { token: bob, headers: { 'Mcp-Session-Id': id } }),
      raw(url, { jsonrpc: '2.0', id: 1, result: {} }, { token: bob, headers: { 'Mcp-Session-Id': id } }),
      raw(url, undefined, { method: 'GET', token: bob, headers: { 'Mcp-Session-Id': id } }),
      raw(url, undefined, { method: 'DELETE', token: bob, headers: { 'Mcp-Session-Id': id } }),
    ];
    const [foreign, unknown] = await Promise.all([Promise.all(attempts(session)), Promise.all(attempts('0'.repeat(session.length)))]);
    expect(foreign.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(foreign.map(bare)).toEqual(unknown.map(bare));
    expect(endings).toEqual([]);
    // The control: its owner may.
    expect((await raw(url, cancel, { token: alice, headers: inSession })).status).toBe(202);
    await vi.waitFor(() => expect(endings).toEqual(['cancelled']), { timeout: 500 });
    expect((await raw(url, undefined, { method: 'DELETE', token: alice, headers: inSession })).status).toBe(200);
    expect((await legacy(url, 'tools/list', {}, { session, token: alice })).status).toBe(404);
  });

  it('has the id that the server gives it, never one that the client brings along', async () => {
    const { url, alice, bob } = gateway;
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    for (const chosen of ['chosen-by-the-client', 'f'.repeat(32), await openSession(url, { token: bob })]) {
      const answer = await legacy(url, 'initialize', params, { session: chosen, token: alice });
      expect([answer.status, answer.headers['mcp-session-id']]).toEqual([404, undefined]);
      expect((await legacy(url, 'tools/list', {}, { session: chosen, token: alice })).status).toBe(404);
    }
    const ids = await Promise.all(Array.from({ length: 50 }, () => openSession(url, { token: alice })));
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    // A handshake on top of a session does not turn it into another one.
    const [own = ''] = ids;
    expect((await legacy(url, 'initialize', params, { session: own, token: alice })).status).toBe(400);
    expect((await legacy(url, 'tools/list', {}, { session: own, token: alice })).status).toBe(200);
  });
});

describe('a request state', () => {
  const call = (bench: Bench, method: string, params: JsonObject, token = bench.alice): Promise<RawAnswer> =>
    modern(bench.url, method, { ...params, _meta: CAPABILITIES }, { token });
  const asked = async (bench: Bench, params: JsonObject = {}, method = 'tools/call', token = bench.alice): Promise<string> => {
    const { result } = (await call(bench, method, { name: 'greet', ...params }, token)).json;
    return isObject(result) ? String(result['requestState']) : '';
  };
  const answered = (requestState: string, more: JsonObject = {}): JsonObject => ({
    name: 'greet',
    inputResponses: { name: { action: 'accept', content: { name: 'Ada' } } },
    requestState,
    ...more,
  });
  const refusal = ({ json }: RawAnswer): unknown =>
    isObject(json['error']) ? [json['error']['code'], (json['error']['data'] as JsonObject)['code']] : json['result'];
  const REFUSED = [-32602, 'STATE_INVALID'];

  it('opens where it was sealed, and nowhere else', async () => {
    const { bob } = gateway;
    const state = await asked(gateway, { arguments: { topic: 'a' } });
    const same = answered(state, { arguments: { topic: 'a' } });
    expect(refusal(await call(gateway, 'tools/call', same, bob))).toEqual(REFUSED);
    expect(refusal(await call(gateway, 'tools/call', { ...same, name: 'greet_too' }))).toEqual(REFUSED);
    expect(refusal(await call(gateway, 'tools/call', { ...same, arguments: { topic: 'b' } }))).toEqual(REFUSED);
    expect(refusal(await call(gateway, 'tools/call', { ...same, arguments: {} }))).toEqual(REFUSED);
    // A prompt of the same name with the same input.
    const plain = await asked(gateway);
    expect(refusal(await call(gateway, 'prompts/get', answered(plain)))).toEqual(REFUSED);
    expect(refusal(await call(gateway, 'tools/call', answered(await asked(gateway, {}, 'prompts/get'))))).toEqual(REFUSED);
    for (const [method, sent] of [
      ['tools/call', same],
      ['tools/call', answered(plain)],
      ['prompts/get', answered(await asked(gateway, {}, 'prompts/get'))],
    ] as const) {
      expect(JSON.stringify((await call(gateway, method, sent)).json)).toContain('Hello Ada');
    }
  });

  it('of another gateway does not open', async () => {
    const other = await start();
    try {
      const foreign = await asked(other);
      expect(JSON.stringify((await call(other, 'tools/call', answered(foreign))).json)).toContain('Hello Ada');
      expect(refusal(await call(gateway, 'tools/call', answered(foreign)))).toEqual(REFUSED);
    } finally {
      await other.stop();
    }
  });

  it('does not open when any of its characters is changed, missing or added', async () => {
    const state = await asked(gateway);
    // The last character of Base64 may hold bits that mean nothing: a canonical text is demanded all the same.
    const altered = Array.from(state, (character, at) => state.slice(0, at) + (character === 'A' ? 'B' : 'A') + state.slice(at + 1));
    const cut = Array.from(state, (_character, at) => state.slice(0, at));
    const attempts = [...altered, ...cut, `${state}A`, `${state}=`, ` ${state}`, `${state}\n`, state.toLowerCase(), `${state}.${state}`].filter(
      (text) => text !== state,
    );
    expect(attempts.length).toBeGreaterThan(100);
    for (let at = 0; at < attempts.length; at += 25) {
      const answers = await Promise.all(attempts.slice(at, at + 25).map((text) => call(gateway, 'tools/call', answered(text))));
      expect(answers.map(refusal).filter((found) => JSON.stringify(found) !== JSON.stringify(REFUSED))).toEqual([]);
    }
    expect(JSON.stringify((await call(gateway, 'tools/call', answered(state))).json)).toContain('Hello Ada');
  });
});
