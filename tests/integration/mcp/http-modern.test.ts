import { request as send } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ToolDefinition } from '../../../src/contracts/tool.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { fixturePrompts } from '../../conformance/fixture/prompts.ts';
import { fixtureResources } from '../../conformance/fixture/resources.ts';
import { fixtureTools } from '../../conformance/fixture/tools.ts';
import { ALICE, BOB, startGateway, type Gateway } from '../../helpers/mcp-gateway.ts';
import { modern, modernBody, modernHeaders, raw, stream, errorOf } from '../../helpers/mcp-http.ts';
import { endings, slowTool } from './tools.ts';

const hooks = { toggleTool: () => undefined, togglePrompt: () => undefined };
let gateway: Gateway;
let url: string;
beforeAll(async () => {
  gateway = await startGateway({
    tools: [
      ...fixtureTools(hooks),
      slowTool(),
      { ...slowTool(), name: 'late', input: { type: 'object' }, handler: () => new Promise(() => undefined), metadata: { timeoutSeconds: 0.1 } },
    ],
    prompts: fixturePrompts,
    resources: fixtureResources,
    door: { maxBodyBytes: 100_000, receiveTimeoutMs: 1500, maxSubscriptionsPerPrincipal: 2, keepAliveMs: 1000 },
  });
  ({ url } = gateway);
});
afterAll(() => gateway.stop());

const dataOf = (json: JsonObject): JsonObject => errorOf({ json })['data'] as JsonObject;

describe('who may come in', () => {
  it('K4.f answers 401 with a challenge when there is no credential', async () => {
    const { status, headers, json } = await modern(url, 'tools/list', {}, { token: null });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="switchyard"');
    expect(errorOf({ json })).toMatchObject({ code: 40100, data: { code: 'AUTHENTICATION_REQUIRED' } });
  });

  it('answers 401 with invalid_token for a wrong one, before it reads the body', async () => {
    const { status, headers } = await raw(url, 'not json', { token: 'nobody' });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('error="invalid_token"');
  });
});

describe('K4.a K4.b what is not a request', () => {
  it.each([
    ['not JSON', '{"jsonrpc":', 400, -32700],
    ['no body', '', 400, -32700],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400, -32700],
    ['a nesting of 50 000 levels', `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, 400, -32700],
    ['a number', '1', 400, -32600],
    ['null', 'null', 400, -32600],
    ['another JSON-RPC', '{"jsonrpc":"1.0","id":1,"method":"tools/list"}', 400, -32600],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"tools/list"}', 400, -32600],
    ['a fractional id', '{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}', 400, -32600],
    ['params by position', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}', 400, -32600],
    ['a batch', '[]', 400, -32600],
    ['a response', '{"jsonrpc":"2.0","id":1,"result":{}}', 400, -32600],
  ])('refuses %s', async (_name, body, status, code) => {
    const answer = await raw(url, body, { headers: { 'MCP-Protocol-Version': '2026-07-28' } });
    expect([answer.status, errorOf(answer)['code']]).toEqual([status, code]);
  });

  it('refuses other media types, compressed bodies and clients that accept neither kind of answer', async () => {
    expect((await raw(url, '{}', { headers: { 'Content-Type': 'text/plain' } })).status).toBe(415);
    expect((await raw(url, '{}', { headers: { 'Content-Encoding': 'gzip' } })).status).toBe(415);
    expect((await raw(url, '{}', { headers: { Accept: 'image/png' } })).status).toBe(406);
  });

  it('answers 405 with Allow for other HTTP methods', async () => {
    for (const method of ['PUT', 'PATCH']) expect((await raw(url, undefined, { method })).status).toBe(405);
    const { status, headers } = await raw(url, undefined, { method: 'GET' });
    expect([status, headers.allow]).toEqual([405, 'POST']);
  });

  it('takes a member called __proto__ as any other', async () => {
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"polluted":true},"name":"test_simple_text","_meta":{"__proto__":{"x":1},"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}';
    const { status } = await raw(url, body, { headers: modernHeaders('tools/call', { name: 'test_simple_text' }) });
    expect(status).toBe(200);
    expect(({} as JsonObject)['polluted']).toBeUndefined();
  });
});

describe('bodies', () => {
  it('refuses a declared length above the limit at once', async () => {
    const { status, json } = await raw(url, Buffer.alloc(200_000, 0x20));
    expect([status, dataOf(json)['code']]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it('stops reading a chunked body at the limit', async () => {
    const { status, sent } = await new Promise<{ status: number; sent: number }>((resolve, reject) => {
      const request = send(url, { method: 'POST', agent: false, headers: { Authorization: `Bearer ${ALICE}`, 'Content-Type': 'application/json' } });
      let bytes = 0;
      const timer = setInterval(() => {
        bytes += 20_000;
        request.write(Buffer.alloc(20_000, 0x20));
      }, 5);
      request.on('response', (response) => {
        clearInterval(timer);
        resolve({ status: response.statusCode ?? 0, sent: bytes });
        response.resume();
        request.destroy();
      });
      request.on('error', reject);
    });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(1_000_000);
  });

  it('answers 408 to a body that does not come', async () => {
    const text = await new Promise<string>((resolve) => {
      const socket = connect(gateway.port, '127.0.0.1', () =>
        socket.write(
          `POST /mcp HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization: Bearer ${ALICE}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`,
        ),
      );
      let received = '';
      socket.on('data', (piece) => {
        received += piece.toString();
      });
      socket.on('close', () => resolve(received));
    });
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('REQUEST_TIMEOUT');
  });

  it('reads a body that comes byte by byte', async () => {
    const body = Buffer.from(JSON.stringify(modernBody('server/discover')));
    const status = await new Promise<number>((resolve, reject) => {
      const request = send(url, {
        method: 'POST',
        agent: false,
        headers: { Authorization: `Bearer ${ALICE}`, 'Content-Type': 'application/json', ...modernHeaders('server/discover') },
      });
      request.on('response', (response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
      });
      request.on('error', reject);
      for (const byte of body) request.write(Buffer.from([byte]));
      request.end();
    });
    expect(status).toBe(200);
  });
});

describe('headers', () => {
  const call = { name: 'test_simple_text' };
  it.each([
    ['no version', { ...modernHeaders('tools/call', call), 'MCP-Protocol-Version': '' }],
    ['another version', { ...modernHeaders('tools/call', call), 'MCP-Protocol-Version': '2025-11-25' }],
    ['another method', { ...modernHeaders('tools/call', call), 'Mcp-Method': 'tools/list' }],
    ['another name', { ...modernHeaders('tools/call', call), 'Mcp-Name': 'other' }],
    ['a broken sentinel', { ...modernHeaders('tools/call', call), 'Mcp-Name': '=?base64?###?=' }],
  ])('refuses %s', async (_name, headers) => {
    const { status, json } = await raw(url, modernBody('tools/call', call), { headers });
    expect([status, errorOf({ json })['code']]).toEqual([400, -32020]);
  });

  it('decodes a name in its Base64 form', async () => {
    const headers = { ...modernHeaders('tools/call', call), 'Mcp-Name': `=?base64?${Buffer.from('test_simple_text').toString('base64')}?=` };
    expect((await raw(url, modernBody('tools/call', call), { headers })).status).toBe(200);
  });

  it('K4.e names the revisions it serves', async () => {
    const version = { 'io.modelcontextprotocol/protocolVersion': '2027-01-01' };
    const { status, json } = await modern(url, 'server/discover', { _meta: version }, { headers: { 'MCP-Protocol-Version': '2027-01-01' } });
    expect(status).toBe(400);
    expect(errorOf({ json })).toMatchObject({ code: -32022, data: { supported: ['2026-07-28'], requested: '2027-01-01' } });
  });

  it('D7.a D7.b returns the correlation id and the trace that the client sent, in a header or in _meta', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { headers } = await modern(url, 'server/discover', {}, { headers: { 'X-Correlation-ID': 'mine-1', traceparent } });
    expect(headers).toMatchObject({ 'x-correlation-id': 'mine-1', traceparent });
    expect((await modern(url, 'server/discover', { _meta: { traceparent } })).headers).toMatchObject({
      'x-correlation-id': '0af7651916cd43dd8448eb211c80319c',
      traceparent,
    });
    const minted = await modern(url, 'server/discover', {}, { headers: { 'X-Correlation-ID': 'spaces are not allowed' } });
    expect(minted.headers['x-correlation-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('D2.a tells the state of the rate limit, and opens no session', async () => {
    const { headers } = await modern(url, 'tools/list');
    expect(headers).toMatchObject({ ratelimit: '"user";r=299;t=1', 'ratelimit-policy': '"user";q=300;w=60' });
    expect(headers['mcp-session-id']).toBeUndefined();
  });
});

describe('lists', () => {
  it('K2.n come in pages with opaque cursors', async () => {
    const many: ToolDefinition[] = Array.from({ length: 1000 }, (_, index) => ({
      name: `tool_${String(index).padStart(4, '0')}`,
      description: 'One of many.',
      handler: () => ({}),
    }));
    const crowded = await startGateway({ tools: many });
    const names: string[] = [];
    let pages = 0;
    let cursor: unknown;
    do {
      const { json } = await modern(crowded.url, 'tools/list', cursor === undefined ? {} : { cursor });
      const { tools, nextCursor } = json['result'] as { readonly tools: readonly { readonly name: string }[]; readonly nextCursor?: string };
      names.push(...tools.map(({ name }) => name));
      cursor = nextCursor;
      pages += 1;
    } while (cursor !== undefined);
    expect(pages).toBe(10);
    expect(names).toEqual(many.map(({ name }) => name));
    await crowded.stop();
  });

  it.each(['', 'nonsense', Buffer.from('prompts\nx').toString('base64url'), 7, null])('refuse the cursor %j', async (cursor) => {
    const { status, json } = await modern(url, 'tools/list', { cursor });
    expect([status, errorOf({ json })['code']]).toEqual([200, -32602]);
  });
});

describe('what does not exist', () => {
  it('K4.c K4.d is an error by its kind: method, tool, resource, prompt', async () => {
    const codes = async (method: string, params: JsonObject = {}): Promise<unknown[]> => {
      const { status, json } = await modern(url, method, params);
      return [status, errorOf({ json })['code']];
    };
    expect(await codes('no/such')).toEqual([404, -32601]);
    expect(await codes('tools/call', { name: 'nope' })).toEqual([200, -32602]);
    expect(await codes('resources/read', { uri: 'test://nope' })).toEqual([200, -32602]);
    expect(await codes('prompts/get', { name: 'nope' })).toEqual([200, -32602]);
    expect(await codes('completion/complete', { ref: { type: 'ref/prompt', name: 'nope' }, argument: { name: 'a', value: '' } })).toEqual([200, -32602]);
    for (const params of [{}, { name: 7 }, { name: 'test_simple_text', arguments: [] }]) expect(await codes('tools/call', params)).toEqual([200, -32602]);
  });

  it('K4.g is not the failure of a tool, which a model can read', async () => {
    const failed = await modern(url, 'tools/call', { name: 'test_error_handling' });
    const late = await modern(url, 'tools/call', { name: 'late' });
    const wrong = await modern(url, 'tools/call', { name: 'test_header_param', arguments: { region: null } });
    for (const { status, json } of [failed, late, wrong]) {
      expect(status).toBe(200);
      expect(json['result']).toMatchObject({ isError: true, content: [{ type: 'text' }] });
    }
    expect(JSON.stringify(late.json)).toContain('DEADLINE_EXCEEDED');
    expect(JSON.stringify(wrong.json)).toContain('INPUT_INVALID');
  });
});

describe('a client that goes away', () => {
  const call = { name: 'slow', arguments: { ms: 20_000 } };
  it('K2.i cancels its call within 100 ms', async () => {
    endings.length = 0;
    const request = send(url, {
      method: 'POST',
      agent: false,
      headers: { Authorization: `Bearer ${ALICE}`, 'Content-Type': 'application/json', ...modernHeaders('tools/call', call) },
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify(modernBody('tools/call', call)));
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(1));
    const since = performance.now();
    request.destroy();
    await vi.waitFor(() => expect(endings).toEqual(['cancelled']), { interval: 5 });
    expect(performance.now() - since).toBeLessThan(100);
  });

  it('cancels a call that has begun to stream', async () => {
    endings.length = 0;
    const open = await stream(url, modernBody('tools/call', call), { headers: modernHeaders('tools/call', call) });
    expect(open.headers['content-type']).toBe('text/event-stream');
    open.cut();
    await vi.waitFor(() => expect(endings).toEqual(['cancelled']), { interval: 5, timeout: 500 });
  });
});

describe('streams', () => {
  it('K2.h open only when something is said ahead of the answer', async () => {
    const call = { name: 'test_tool_with_progress' };
    expect((await modern(url, 'tools/call', call)).headers['content-type']).toBe('application/json');
    const { headers, events } = await modern(url, 'tools/call', { ...call, _meta: { progressToken: 't' } });
    expect(headers['content-type']).toBe('text/event-stream');
    expect(events.map(({ data }) => (JSON.parse(data) as JsonObject)['method'] ?? 'answer')).toEqual([...Array(3).fill('notifications/progress'), 'answer']);
  });

  it('are not forced on a client that reads JSON alone', async () => {
    const { headers, json } = await modern(
      url,
      'tools/call',
      { name: 'test_tool_with_progress', _meta: { progressToken: 't' } },
      { headers: { Accept: 'application/json' } },
    );
    expect(headers['content-type']).toBe('application/json');
    expect(json['result']).toBeDefined();
  });

  it('carry the answer to a client that reads nothing else', async () => {
    const { headers, json } = await modern(url, 'tools/call', { name: 'test_simple_text' }, { headers: { Accept: 'text/event-stream' } });
    expect(headers['content-type']).toBe('text/event-stream');
    expect(json['result']).toBeDefined();
  });

  it('carry logs of the wanted level and above', async () => {
    const { events } = await modern(url, 'tools/call', { name: 'test_logging_tool', _meta: { 'io.modelcontextprotocol/logLevel': 'warning' } });
    expect(
      events.map(({ data }) => JSON.parse(data) as JsonObject).flatMap((message) => (isObject(message['params']) ? [message['params']['level']] : [])),
    ).toEqual(['warning', 'error']);
  });

  it('are kept alive by comments', async () => {
    // The clock ticks once a second: a stream after one to two, a comment one to two later.
    const call = { name: 'slow', arguments: { ms: 5500 } };
    const open = await stream(url, modernBody('tools/call', call), { headers: modernHeaders('tools/call', call) });
    await open.ended;
    expect(open.text()).toContain(': keep-alive');
    expect(open.messages()).toHaveLength(1);
  }, 20_000);
});

describe('K2.o subscriptions', () => {
  const listen = (notifications: JsonObject, token = ALICE) =>
    stream(url, modernBody('subscriptions/listen', { notifications }, 'sub-1'), { token, headers: modernHeaders('subscriptions/listen') });

  it('acknowledge first what they grant, then tell only of that', async () => {
    const open = await listen({ toolsListChanged: true, resourceSubscriptions: ['test://watched-resource', 'test://nowhere'] });
    await vi.waitFor(() => expect(open.messages()).toHaveLength(1));
    expect(open.messages()[0]).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: {
        _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub-1' },
        notifications: { toolsListChanged: true, resourceSubscriptions: ['test://watched-resource'] },
      },
    });
    gateway.catalog.registerPrompt({ name: 'new_prompt', get: () => ({ messages: [] }) });
    gateway.catalog.resourceUpdated('test://static-text');
    gateway.catalog.resourceUpdated('test://watched-resource');
    gateway.catalog.resourceUpdated('test://watched-resource');
    await vi.waitFor(() => expect(open.messages()).toHaveLength(2));
    expect(open.messages()[1]).toMatchObject({
      method: 'notifications/resources/updated',
      params: { uri: 'test://watched-resource', _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub-1' } },
    });
    open.cut();
  });

  it('are bounded for each principal, and free their place when the client leaves', async () => {
    const first = await listen({ toolsListChanged: true }, BOB);
    const second = await listen({ toolsListChanged: true }, BOB);
    const third = await listen({ toolsListChanged: true }, BOB);
    expect(third.status).toBe(503);
    expect((await listen({ toolsListChanged: true })).status).toBe(200);
    first.cut();
    await vi.waitFor(async () => expect((await listen({ toolsListChanged: true }, BOB)).status).toBe(200));
    second.cut();
  });

  it('refuse a filter that is none', async () => {
    for (const notifications of [undefined, [], { toolsListChanged: 'yes' }, { resourceSubscriptions: [1] }]) {
      const { json } = await modern(url, 'subscriptions/listen', notifications === undefined ? {} : { notifications: notifications as JsonObject });
      expect(errorOf({ json })['code']).toBe(-32602);
    }
  });

  it('end with a result when the door closes', async () => {
    const closing = await startGateway({ tools: fixtureTools(hooks) });
    const open = await stream(closing.url, modernBody('subscriptions/listen', { notifications: { toolsListChanged: true } }, 7), {
      headers: modernHeaders('subscriptions/listen'),
    });
    await closing.stop();
    await open.ended;
    expect(open.messages().at(-1)).toMatchObject({ id: 7, result: { resultType: 'complete', _meta: { 'io.modelcontextprotocol/subscriptionId': 7 } } });
  });
});
