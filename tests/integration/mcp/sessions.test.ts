import { afterEach, describe, expect, it, vi } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { fixturePrompts } from '../../conformance/fixture/prompts.ts';
import { fixtureResources } from '../../conformance/fixture/resources.ts';
import { fixtureTools } from '../../conformance/fixture/tools.ts';
import { ALICE, BOB, type Gateway, type GatewayOptions, principalOf, startGateway } from '../../helpers/mcp-gateway.ts';
import { legacy, openSession, raw, stream, errorOf } from '../../helpers/mcp-http.ts';
import { endings, slowTool } from './tools.ts';

const hooks = { toggleTool: () => undefined, togglePrompt: () => undefined };
const CAPABILITIES = { elicitation: {}, sampling: {} };

let gateway: Gateway;
async function start(door: GatewayOptions['door'] = {}): Promise<string> {
  endings.length = 0;
  gateway = await startGateway({ tools: [...fixtureTools(hooks), slowTool()], prompts: fixturePrompts, resources: fixtureResources, door });
  return gateway.url;
}
afterEach(() => gateway.stop());

const rpc = (method: string, params: JsonObject = {}, id: string | number = 1): JsonObject => ({ jsonrpc: '2.0', id, method, params });
const inSession = (session: string): { headers: Record<string, string> } => ({ headers: { 'Mcp-Session-Id': session } });

describe('a handshake', () => {
  it.each(['2025-03-26', '2025-06-18', '2025-11-25'])('D2.b agrees on %s', async (version) => {
    const { json, headers } = await legacy(await start(), 'initialize', {
      protocolVersion: version,
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    });
    expect(json['result']).toMatchObject({ protocolVersion: version, serverInfo: { name: 'switchyard' }, capabilities: { tools: { listChanged: true } } });
    expect(headers['mcp-session-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(['2024-11-05', '2026-07-28', 'tomorrow'])('offers the latest legacy revision for %s', async (version) => {
    const { json } = await legacy(await start(), 'initialize', { protocolVersion: version, capabilities: {}, clientInfo: { name: 'raw', version: '1' } });
    expect(json['result']).toMatchObject({ protocolVersion: '2025-11-25' });
  });

  it('needs its params, and can be had once in a session', async () => {
    const url = await start();
    expect(errorOf(await legacy(url, 'initialize', { protocolVersion: '2025-11-25' }))['code']).toBe(-32602);
    const session = await openSession(url);
    expect(
      (await legacy(url, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } }, { session })).status,
    ).toBe(400);
  });
});

describe('a session', () => {
  it('D2.f is unknown to another principal, exactly as one that never was', async () => {
    const url = await start();
    const session = await openSession(url);
    const call = (id: string, token: string) => legacy(url, 'tools/list', {}, { session: id, token });
    expect((await call(session, ALICE)).status).toBe(200);
    const foreign = await call(session, BOB);
    const unknown = await call('0'.repeat(32), BOB);
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    const bare = ({ error }: JsonObject): unknown => ({
      ...(error as JsonObject),
      data: { ...((error as JsonObject)['data'] as JsonObject), correlation_id: '' },
    });
    expect(bare(foreign.json)).toEqual(bare(unknown.json));
    expect((await raw(url, undefined, { method: 'DELETE', token: BOB, ...inSession(session) })).status).toBe(404);
    expect((await raw(url, undefined, { method: 'GET', token: BOB, ...inSession(session) })).status).toBe(404);
    expect((await call(session, ALICE)).status).toBe(200);
  });

  it('D2.g ends with DELETE, and its calls with it', async () => {
    const url = await start();
    const session = await openSession(url);
    const running = legacy(url, 'tools/call', { name: 'slow', arguments: { ms: 20_000 } }, { session });
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(1));
    expect((await raw(url, undefined, { method: 'DELETE', ...inSession(session) })).status).toBe(200);
    await running;
    expect(endings).toEqual(['cancelled']);
    expect((await legacy(url, 'tools/list', {}, { session })).status).toBe(404);
  });

  it('D2.d ends when nobody uses it for its time', async () => {
    const url = await start({ sessions: { ttlMs: 300 } });
    const [idle, used] = [await openSession(url), await openSession(url)];
    const open = await stream(url, undefined, { method: 'GET', ...inSession(used) });
    await vi.waitFor(async () => expect((await legacy(url, 'tools/list', {}, { session: idle })).status).toBe(404), { timeout: 5000, interval: 1200 });
    expect((await legacy(url, 'tools/list', {}, { session: used })).status).toBe(200);
    open.cut();
  });

  it('D2.e gives way to newer ones of the same principal first, least recently used first, and its streams close', async () => {
    const url = await start({ sessions: { max: 10, maxPerPrincipal: 2 } });
    const foreign = await openSession(url, { token: BOB });
    const [first, second] = [await openSession(url), await openSession(url)];
    const open = await stream(url, undefined, { method: 'GET', ...inSession(second) });
    await legacy(url, 'tools/list', {}, { session: first });
    const third = await openSession(url);
    await open.ended;
    const statuses = await Promise.all([first, second, third].map(async (session) => (await legacy(url, 'tools/list', {}, { session })).status));
    expect(statuses).toEqual([200, 404, 200]);
    expect((await legacy(url, 'tools/list', {}, { session: foreign, token: BOB })).status).toBe(200);
  });

  it('is refused when no room is left and every session is waiting for something', async () => {
    const url = await start({ sessions: { max: 2, maxPerPrincipal: 2 } });
    for (const token of [ALICE, BOB]) {
      const session = await openSession(url, { token });
      await stream(url, undefined, { method: 'GET', token, ...inSession(session) });
    }
    gateway.tokens.set('third', principalOf('third'));
    await expect(openSession(url, { token: 'third' })).rejects.toThrow('503');
  });

  it('checks the revision in the header', async () => {
    const url = await start();
    const session = await openSession(url);
    const { status, json } = await legacy(url, 'tools/list', {}, { session, headers: { 'MCP-Protocol-Version': '1999-01-01' } });
    expect([status, errorOf({ json })['code']]).toEqual([400, -32022]);
  });

  it('has no methods of the modern era, and the modern era none of its own', async () => {
    const url = await start();
    const session = await openSession(url);
    for (const method of ['server/discover', 'subscriptions/listen', 'no/such']) {
      const { status, json } = await legacy(url, method, {}, { session });
      expect([status, errorOf({ json })['code']]).toEqual([200, -32601]);
    }
  });
});

describe('without a session', () => {
  it('D2.h a legacy client is served, but nothing is remembered and nobody is asked', async () => {
    const url = await start();
    expect((await legacy(url, 'ping')).json).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect((await legacy(url, 'tools/call', { name: 'test_simple_text' })).json['result']).toEqual({
      content: [{ type: 'text', text: 'This is a simple text response for testing.' }],
    });
    expect((await legacy(url, 'tools/call', { name: 'test_elicitation', arguments: { message: 'x' } })).json['result']).toMatchObject({ isError: true });
    expect(errorOf(await legacy(url, 'resources/subscribe', { uri: 'test://watched-resource' }))['code']).toBe(-32600);
    expect((await raw(url, { jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(202);
    expect((await raw(url, undefined, { method: 'GET' })).status).toBe(405);
    expect((await raw(url, undefined, { method: 'DELETE' })).status).toBe(405);
  });

  it('a disconnect cancels the call', async () => {
    const url = await start();
    const controller = new AbortController();
    const call = fetch(url, {
      method: 'POST',
      signal: controller.signal,
      body: JSON.stringify(rpc('tools/call', { name: 'slow', arguments: { ms: 20_000 } })),
      headers: { Authorization: `Bearer ${ALICE}`, 'Content-Type': 'application/json' },
    });
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(1));
    controller.abort();
    await expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(endings).toEqual(['cancelled']), { interval: 5, timeout: 100 });
  });
});

describe('K2.j questions over the open stream', () => {
  it('reach the client, and its answer reaches the call', async () => {
    const url = await start();
    const session = await openSession(url, { capabilities: CAPABILITIES });
    const open = await stream(url, rpc('tools/call', { name: 'test_sampling', arguments: { prompt: 'Hi' } }), inSession(session));
    await vi.waitFor(() => expect(open.messages()).toHaveLength(1));
    const [question] = open.messages();
    expect(question).toMatchObject({ method: 'sampling/createMessage' });
    const answer = { jsonrpc: '2.0', id: question?.['id'], result: { role: 'assistant', content: { type: 'text', text: 'Hello' }, model: 'm' } };
    expect((await raw(url, answer, inSession(session))).status).toBe(202);
    await open.ended;
    expect(open.messages().at(-1)).toMatchObject({ id: 1, result: { content: [{ text: 'LLM response: Hello' }] } });
  });

  it('cannot be answered from another session or by another principal', async () => {
    const url = await start();
    const session = await openSession(url, { capabilities: CAPABILITIES });
    const other = await openSession(url, { capabilities: CAPABILITIES });
    const open = await stream(url, rpc('tools/call', { name: 'test_sampling', arguments: { prompt: 'Hi' } }), inSession(session));
    await vi.waitFor(() => expect(open.messages()).toHaveLength(1));
    const answer = { jsonrpc: '2.0', id: open.messages()[0]?.['id'], result: { role: 'assistant', content: { type: 'text', text: 'forged' }, model: 'm' } };
    await raw(url, answer, inSession(other));
    expect((await raw(url, answer, { token: BOB, ...inSession(session) })).status).toBe(404);
    expect(open.messages()).toHaveLength(1);
    open.cut();
  });

  it("that the client refuses fail the tool with the client's words", async () => {
    const url = await start();
    const session = await openSession(url, { capabilities: CAPABILITIES });
    const open = await stream(url, rpc('tools/call', { name: 'test_sampling', arguments: { prompt: 'Hi' } }), inSession(session));
    await vi.waitFor(() => expect(open.messages()).toHaveLength(1));
    await raw(url, { jsonrpc: '2.0', id: open.messages()[0]?.['id'], error: { code: -1, message: 'User rejected sampling request' } }, inSession(session));
    await open.ended;
    expect(JSON.stringify(open.messages().at(-1))).toContain('User rejected sampling request');
  });

  it('are not put to a client that did not declare the capability', async () => {
    const url = await start();
    const session = await openSession(url);
    const { json } = await legacy(url, 'tools/call', { name: 'test_sampling', arguments: { prompt: 'Hi' } }, { session });
    expect(json['result']).toMatchObject({ isError: true });
  });

  it('are withdrawn when the call is cancelled', async () => {
    const url = await start();
    const session = await openSession(url, { capabilities: CAPABILITIES });
    const open = await stream(url, rpc('tools/call', { name: 'test_sampling', arguments: { prompt: 'Hi' } }, 'ask-1'), inSession(session));
    await vi.waitFor(() => expect(open.messages()).toHaveLength(1));
    await raw(url, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'ask-1' } }, inSession(session));
    await open.ended;
    expect(open.messages()).toHaveLength(1);
    expect(gateway.pipeline.activeCalls).toBe(0);
  });
});

describe('streams that break', () => {
  it('go on over GET with the last event id, without loss and without repetition', async () => {
    const url = await start();
    const session = await openSession(url);
    const open = await stream(url, rpc('tools/call', { name: 'test_tool_with_logging' }), inSession(session));
    await vi.waitFor(() => expect(open.messages().length).toBeGreaterThan(0), { interval: 5 });
    const [primer] = open.events();
    expect(primer).toMatchObject({ id: expect.any(String), retry: 1000, data: '' });
    const seen = open.messages();
    const lastId = open.events().at(-1)?.id ?? '';
    open.cut();
    const rest = await stream(url, undefined, { method: 'GET', headers: { 'Mcp-Session-Id': session, 'Last-Event-ID': lastId } });
    await rest.ended;
    const data = [...seen, ...rest.messages()].flatMap((message) => (isObject(message['params']) ? [message['params']['data']] : []));
    expect(data).toEqual(['Tool execution started', 'Tool processing data', 'Tool execution completed']);
    expect(rest.messages().at(-1)).toMatchObject({ id: 1, result: {} });
  });

  it('can be asked for their end even when it was said while nobody listened', async () => {
    const url = await start();
    const session = await openSession(url);
    const open = await stream(url, rpc('tools/call', { name: 'test_reconnection' }), inSession(session));
    await vi.waitFor(() => expect(open.events().length).toBeGreaterThan(1), { interval: 5 });
    const lastId = open.events().at(-1)?.id ?? '';
    open.cut();
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(0), { timeout: 2000 });
    const rest = await stream(url, undefined, { method: 'GET', headers: { 'Mcp-Session-Id': session, 'Last-Event-ID': lastId } });
    await rest.ended;
    expect(rest.messages()).toMatchObject([{ id: 1, result: { content: [{ text: 'Reconnection test completed successfully.' }] } }]);
  });

  it('are unknown by ids that were never given', async () => {
    const url = await start();
    const session = await openSession(url);
    for (const id of ['nonsense', '99-1', '-1']) {
      expect((await raw(url, undefined, { method: 'GET', headers: { 'Mcp-Session-Id': session, 'Last-Event-ID': id } })).status).toBe(400);
    }
  });

  it('are closed after a while with the time to come back, and the client polls for the rest (2025-11-25)', async () => {
    const url = await start({ pollAfterMs: 500, retryMs: 50, keepAliveMs: 100 });
    const session = await openSession(url);
    const open = await stream(url, rpc('tools/call', { name: 'slow', arguments: { ms: 4000 } }, 9), inSession(session));
    await open.ended;
    expect(open.messages()).toEqual([]);
    expect(open.events().at(-1)).toMatchObject({ retry: 50 });
    expect(gateway.pipeline.activeCalls).toBe(1);
    const lastId = open.events().findLast(({ id }) => id !== undefined)?.id ?? '';
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(0), { timeout: 6000 });
    const rest = await stream(url, undefined, { method: 'GET', headers: { 'Mcp-Session-Id': session, 'Last-Event-ID': lastId } });
    await rest.ended;
    expect(rest.messages()).toMatchObject([{ id: 9, result: {} }]);
  });
});

describe('the standalone stream', () => {
  it('K2.d K2.m tells of changes once the client is initialized, and of resources it watches', async () => {
    const url = await start();
    const session = await openSession(url);
    const open = await stream(url, undefined, { method: 'GET', ...inSession(session) });
    await legacy(url, 'resources/subscribe', { uri: 'test://watched-resource' }, { session });
    gateway.catalog.resourceUpdated('test://static-text');
    gateway.catalog.resourceUpdated('test://watched-resource');
    gateway.catalog.unregisterTool('test_simple_text');
    await vi.waitFor(() =>
      expect(open.messages().map(({ method }) => method)).toEqual(['notifications/resources/updated', 'notifications/tools/list_changed']),
    );
    await legacy(url, 'resources/unsubscribe', { uri: 'test://watched-resource' }, { session });
    gateway.catalog.resourceUpdated('test://watched-resource');
    gateway.catalog.unregisterPrompt('test_simple_prompt');
    await vi.waitFor(() => expect(open.messages()).toHaveLength(3));
    open.cut();
  });

  it('is taken over by a newer one', async () => {
    const url = await start();
    const session = await openSession(url);
    const first = await stream(url, undefined, { method: 'GET', ...inSession(session) });
    const second = await stream(url, undefined, { method: 'GET', ...inSession(session) });
    await first.ended;
    gateway.catalog.unregisterTool('test_simple_text');
    await vi.waitFor(() => expect(second.messages()).toHaveLength(1));
    second.cut();
  });

  it('does not exist for resources the catalogue does not have', async () => {
    const url = await start();
    const session = await openSession(url);
    expect(errorOf(await legacy(url, 'resources/subscribe', { uri: 'test://nowhere' }, { session }))['code']).toBe(-32002);
  });
});

describe('notifications of the client', () => {
  it('K2.g set the level of logs', async () => {
    const url = await start();
    const session = await openSession(url);
    const logs = async (): Promise<number> =>
      (await legacy(url, 'tools/call', { name: 'test_logging_tool' }, { session })).events.filter(({ data }) => data.includes('notifications/message')).length;
    expect(await logs()).toBe(3);
    await legacy(url, 'logging/setLevel', { level: 'error' }, { session });
    expect(await logs()).toBe(1);
    expect(errorOf(await legacy(url, 'logging/setLevel', { level: 'loud' }, { session }))['code']).toBe(-32602);
  });

  it('K2.i cancel a request, which then has no answer', async () => {
    const url = await start();
    const session = await openSession(url);
    const call = legacy(url, 'tools/call', { name: 'slow', arguments: { ms: 20_000 } }, { session, id: 'c1' });
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(1));
    await raw(url, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c1' } }, inSession(session));
    const { json, events } = await call;
    expect(json).toEqual({});
    expect(events.filter(({ data }) => data !== '')).toEqual([]);
    expect(endings).toEqual(['cancelled']);
  });
});

describe('batches', () => {
  const batch = [
    rpc('ping', {}, 1),
    rpc('tools/call', { name: 'test_simple_text' }, 2),
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { nonsense: true },
    rpc('no/such', {}, 'x'),
  ];

  it('are answered together in 2025-03-26', async () => {
    const { status, text } = await raw(await start(), batch);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject([
      { id: 1, result: {} },
      { id: 2, result: {} },
      { id: null, error: { code: -32600 } },
      { id: 'x', error: { code: -32601 } },
    ]);
  });

  it('are together no larger than one answer may be', async () => {
    const url = await start({ maxResponseBytes: 4000 });
    const calls = Array.from({ length: 100 }, (_, id) => rpc('tools/call', { name: 'test_simple_text' }, id));
    const { status, text } = await raw(url, calls);
    const answers = JSON.parse(text) as JsonObject[];
    expect([status, answers.map(({ id }) => id)]).toEqual([200, calls.map(({ id }) => id)]);
    const whole = answers.filter(({ result }) => result !== undefined);
    expect(whole.length).toBeGreaterThan(10);
    expect(JSON.stringify(whole).length).toBeLessThan(4100);
    const refused = answers.filter(({ error }) => error !== undefined);
    expect(new Set(refused.map(({ error }) => (isObject(error) && isObject(error['data']) ? error['data']['code'] : error)))).toEqual(
      new Set(['RESPONSE_TOO_LARGE']),
    );
    expect(whole.length + refused.length).toBe(100);
  });

  it('have no answer when they ask nothing', async () => {
    expect((await raw(await start(), [{ jsonrpc: '2.0', method: 'notifications/initialized' }])).status).toBe(202);
  });

  it.each([
    ['another revision', batch, { 'MCP-Protocol-Version': '2025-06-18' }],
    ['nothing', [], {}],
    ['a handshake', [rpc('initialize')], {}],
    ['too many', Array.from({ length: 101 }, (_, id) => rpc('ping', {}, id)), {}],
  ])('are refused with %s', async (_name, body, headers) => {
    const { status, json } = await raw(await start(), body, { headers: headers as Record<string, string> });
    expect([status, errorOf({ json })['code']]).toEqual([400, -32600]);
  });
});
