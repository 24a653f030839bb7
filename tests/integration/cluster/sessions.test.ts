/** D2.i: a session of a legacy revision that began on one node goes on at another, and what cannot go on says so. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addKey } from '../../../src/app/tasks/keys.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { type ClusterNode, gates, startNode } from '../../helpers/cluster-nodes.ts';
import { until } from '../../helpers/until.ts';
import { legacy, modern, openSession, raw, stream, type OpenStream } from '../../helpers/mcp-http.ts';
import { startTcpProxy } from '../../helpers/tcp-proxy.ts';
import { type ClusterServers, serversMissing, startClusterServers } from '../../helpers/cluster-servers.ts';

let servers: ClusterServers;
let config: JsonObject;
let a: ClusterNode;
let b: ClusterNode;
let alice = '';
let bob = '';
const streams: OpenStream[] = [];

const at = ({ url }: ClusterNode): string => `${url}/mcp`;
const ping = { name: 'ping', arguments: {} };
const call = (name: string, id: number): JsonObject => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {}, _meta: { progressToken: id } },
});
const errorCode = (json: JsonObject): unknown => (isObject(json['error']) && isObject(json['error']['data']) ? json['error']['data']['code'] : undefined);
const openStream = async (node: ClusterNode, session: string, body: JsonObject | undefined, headers: Record<string, string> = {}): Promise<OpenStream> => {
  const opened = await stream(at(node), body, { token: alice, method: body ? 'POST' : 'GET', headers: { 'Mcp-Session-Id': session, ...headers } });
  streams.push(opened);
  return opened;
};
const open = (node: ClusterNode): Promise<string> => openSession(at(node), { token: alice, capabilities: { elicitation: {} } });

beforeAll(async () => {
  if (serversMissing !== undefined) return;
  servers = await startClusterServers();
  config = {
    ...servers.config,
    limits: { roles: { admin: 100_000, user: 100_000 }, sourcePerMinute: 100_000 },
  };
  [a, b] = await Promise.all([startNode(config), startNode(config)]);
  const place = { home: a.home, configFile: a.configFile, env: {} };
  alice = (await addKey(place, { name: 'alice', kind: 'user', roles: ['user'] })).key;
  bob = (await addKey(place, { name: 'bob', kind: 'user', roles: ['user'] })).key;
});
afterAll(async () => {
  await Promise.all([a?.stop(), b?.stop()]);
  await servers?.stop();
});
beforeEach((context) => {
  context.skip(serversMissing !== undefined, serversMissing);
});
afterEach(() => {
  for (const each of streams.splice(0)) each.cut();
  for (const release of gates.release.splice(0)) release();
  servers?.mend();
});

describe('D2.i a session on two nodes', () => {
  it('is known on the other node, with what it negotiated', async () => {
    const session = await open(a);
    const { status, json } = await legacy(at(b), 'tools/call', ping, { token: alice, session });
    expect(status).toBe(200);
    expect(json['error']).toBeUndefined();
  });

  it('is not known where nothing is shared: the control', async () => {
    const alone = await startNode({ ...config, cluster: {} });
    const { status, json } = await legacy(at(alone), 'tools/call', ping, { token: alice, session: await open(a) });
    await alone.stop();
    expect([status, errorCode(json)]).toEqual([404, 'SESSION_UNKNOWN']);
  });

  it('is nobody else’s there either', async () => {
    const session = await open(a);
    const stolen = await legacy(at(b), 'tools/call', ping, { token: bob, session });
    expect(stolen.status).toBe(404);
    expect(errorCode(stolen.json)).toBe('SESSION_UNKNOWN');
    expect((await legacy(at(b), 'tools/call', ping, { token: alice, session })).status).toBe(200);
  });

  it('ends everywhere when its client ends it on one node', async () => {
    const session = await open(a);
    await legacy(at(b), 'tools/call', ping, { token: alice, session });
    expect((await raw(at(b), undefined, { method: 'DELETE', token: alice, headers: { 'Mcp-Session-Id': session } })).status).toBe(200);
    await until(
      async () => (await legacy(at(a), 'tools/call', ping, { token: alice, session })).status === 404,
      'the session has ended on the first node',
      1_000,
    );
    expect((await legacy(at(b), 'tools/call', ping, { token: alice, session })).status).toBe(404);
  });

  it('takes the answer to a question on the other node', async () => {
    const session = await open(a);
    const asking = await openStream(a, session, call('greet', 7));
    await until(() => asking.messages().some(({ method }) => method === 'elicitation/create'), 'the question is there', 2_000);
    const question = asking.messages().find(({ method }) => method === 'elicitation/create');
    const answer = { jsonrpc: '2.0', id: question?.['id'], result: { action: 'accept', content: { name: 'Ada' } } };
    expect((await raw(at(b), answer, { token: alice, headers: { 'Mcp-Session-Id': session } })).status).toBe(202);
    await until(() => JSON.stringify(asking.messages()).includes('Hello Ada'), 'the answer has arrived', 2_000);
  });

  it('cancels on one node what runs on the other', async () => {
    const session = await open(a);
    const running = await openStream(a, session, call('gated', 8));
    await until(() => running.messages().length > 0, 'the call runs', 2_000);
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 8 } };
    await raw(at(b), cancelled, { token: alice, headers: { 'Mcp-Session-Id': session } });
    await running.ended;
    expect(JSON.stringify(running.messages())).not.toContain('"done":true');
  });

  it('gives the rest of a broken stream on the other node, once and in order', async () => {
    const session = await open(a);
    const first = await openStream(a, session, call('gated', 9));
    await until(() => first.messages().length > 0, 'the call runs', 2_000);
    const lastId = first.events().findLast(({ id }) => id !== undefined)?.id ?? '';
    first.cut();
    const rest = await openStream(b, session, undefined, { 'Last-Event-ID': lastId });
    expect(rest.status).toBe(200);
    for (const release of gates.release.splice(0)) release();
    await until(() => rest.messages().length > 0, 'the rest is there', 3_000);
    await rest.ended;
    expect(rest.messages().map(({ id }) => id)).toEqual([9]);
    expect(JSON.stringify(rest.messages())).toContain('"done":true');
  });

  it('says so when the node that worked on a stream is gone', async () => {
    const own = await startTcpProxy(Number(new URL(servers.redis.url).port));
    const c = await startNode({ ...config, cluster: { ...(config['cluster'] as JsonObject), redis: { url: `redis://127.0.0.1:${own.port}` } } });
    const session = await open(c);
    const first = await openStream(c, session, call('gated', 10));
    await until(() => first.messages().length > 0, 'the call runs', 2_000);
    const lastId = first.events().findLast(({ id }) => id !== undefined)?.id ?? '';
    // From its beginning, so that what the node left behind is there before the node is gone.
    const rest = await openStream(b, session, undefined, { 'Last-Event-ID': lastId.replace(/-\d+$/, '-0') });
    await until(() => rest.messages().length > 0, 'the beginning is there again', 2_000);
    // As after its end: nothing is said any more, its signs of life run out.
    own.mode = 'reset';
    await rest.ended;
    const last = rest.messages().at(-1) ?? {};
    expect([last['id'], errorCode(last)]).toEqual([10, 'SESSION_UNKNOWN']);
    await c.stop();
    await own.close();
  }, 20_000);

  it('goes on at its own node while Redis is gone; elsewhere nobody says that it does not exist', async () => {
    const session = await open(a);
    servers.toRedis.mode = 'reset';
    expect((await legacy(at(a), 'tools/call', ping, { token: alice, session })).status).toBe(200);
    const elsewhere = await legacy(at(b), 'tools/call', ping, { token: alice, session });
    expect([elsewhere.status, errorCode(elsewhere.json)]).toEqual([503, 'STORAGE_UNAVAILABLE']);
    servers.toRedis.mode = 'pass';
    await until(async () => (await legacy(at(b), 'tools/call', ping, { token: alice, session })).status === 200, 'the session is found again', 5_000);
  });
});

describe('D2.i a console link', () => {
  const redeemAt = async (node: ClusterNode, path: string): Promise<string> => {
    const response = await fetch(`${node.url}${path}`, { redirect: 'manual' });
    return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  };
  const isSignedIn = async (node: ClusterNode, cookie: string): Promise<boolean> => (await fetch(`${node.url}/`, { headers: { cookie } })).status === 200;

  it('made on one node opens another, once on all of them, and its session is known everywhere', async () => {
    const { pathname, search } = new URL(a.app.endpoints().statusUrl);
    const [first, second] = [await redeemAt(b, `${pathname}${search}`), await redeemAt(a, `${pathname}${search}`)];
    expect(first).toMatch(/^switchyard_session=.{100,}/);
    expect(second).toBe('switchyard_session=');
    expect(await isSignedIn(a, first)).toBe(true);
    expect(await isSignedIn(a, `${first.slice(0, -2)}xx`)).toBe(false);
  });
});

describe('requestState', () => {
  it('D2.i: what one node asked for is answered at another', async () => {
    const params = { name: 'greet', arguments: {}, _meta: { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } } };
    const first = await modern(at(a), 'tools/call', params, { token: alice });
    const result = isObject(first.json['result']) ? first.json['result'] : {};
    expect(result['resultType']).toBe('input_required');
    const inputResponses = { name: { action: 'accept', content: { name: 'Grace' } } };
    const second = await modern(at(b), 'tools/call', { ...params, inputResponses, requestState: result['requestState'] }, { token: alice });
    expect(JSON.stringify(second.json)).toContain('Hello Grace');
    const stolen = await modern(at(b), 'tools/call', { ...params, inputResponses, requestState: result['requestState'] }, { token: bob });
    expect(errorCode(stolen.json)).toBe('STATE_INVALID');
  });
});
