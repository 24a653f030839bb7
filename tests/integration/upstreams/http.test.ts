/** Servers at a URL: the official server of both eras, sessions that are lost, answers that break off. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../../src/egress/dialer.ts';
import { Scope } from '../../../src/core/scope.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { createHttpConnector } from '../../../src/upstreams/connection/http/http-connector.ts';
import type { UpstreamConnection, UpstreamEvent } from '../../../src/contracts/upstream.ts';
import { until } from '../../helpers/until.ts';
import { referenceServer } from '../differential/fixture.ts';

const scope = new Scope();
const servers: Server[] = [];
const connections: UpstreamConnection[] = [];
const events: UpstreamEvent[] = [];

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>): Promise<string> {
  const server = createServer((request, response) => void handle(request, response));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

async function connect(url: string, hint?: 'modern' | 'legacy', headers: Readonly<Record<string, string>> = {}): Promise<UpstreamConnection> {
  const connector = createHttpConnector({ url, headers, egress: createEgress([url]), maxMessageBytes: 1_000_000 }, hint);
  const connection = await connector.connect(scope, (event) => events.push(event));
  connections.push(connection);
  return connection;
}

afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  events.length = 0;
});

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  let text = '';
  for await (const piece of request) text += String(piece);
  const value: unknown = text === '' ? {} : JSON.parse(text);
  return isObject(value) ? value : {};
}

const json = (response: ServerResponse, value: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};

const INITIALIZED = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'hand', version: '1' } };

/** A legacy server with sessions, which a test can make forget. */
function sessionServer(tools: (body: JsonObject, response: ServerResponse, request: IncomingMessage) => void): {
  readonly sessions: Set<string>;
  handle: Parameters<typeof serve>[0];
} {
  const sessions = new Set<string>();
  let last = 0;
  return {
    sessions,
    async handle(request, response) {
      const session = request.headers['mcp-session-id'];
      if (request.method === 'DELETE') sessions.delete(String(session));
      if (request.method !== 'POST') return void response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
      const body = await bodyOf(request);
      if (body['method'] === 'initialize') {
        const id = `session-${(last += 1)}`;
        sessions.add(id);
        return json(response, { jsonrpc: '2.0', id: body['id'], result: INITIALIZED }, { 'mcp-session-id': id });
      }
      if (!sessions.has(String(session))) return void response.writeHead(session === undefined ? 400 : 404).end();
      if (body['id'] === undefined) return void response.writeHead(202).end();
      return tools(body, response, request);
    },
  };
}

describe('the official server', () => {
  it.each(['modern', 'legacy'] as const)('is spoken to in the %s era', async (era) => {
    const handler = createMcpHandler(() => referenceServer());
    const url = await serve(async (request, response) => {
      const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
      const body = request.method === 'POST' ? Readable.toWeb(request) : undefined;
      const answer = await handler.fetch(
        new Request(`http://localhost${request.url}`, { method: request.method, headers, body, duplex: 'half' } as RequestInit),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (answer.body) for await (const piece of answer.body) response.write(piece);
      response.end();
    });
    const connection = await connect(url, era);
    expect(connection.facts).toMatchObject({ era, serverInfo: { name: 'reference' } });
    const parts: unknown[] = [];
    const result = await connection.request('tools/call', { name: 'steps', arguments: {} }, scope, { emit: (part) => void parts.push(part) });
    expect(result).toEqual({ content: [{ type: 'text', text: 'three steps' }] });
    expect(parts).toHaveLength(3);
    expect(await connection.request('tools/call', { name: 'add', arguments: { a: 1, b: 2 } }, scope)).toMatchObject({ structuredContent: { sum: 3 } });
    await expect(connection.request('resources/read', { uri: 'test://nothing' }, scope)).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' });
    expect(connection.strays).toBe(0);
  });
});

describe('a session', () => {
  it('is named in every request, and deleted in the end', async () => {
    const seen: (string | undefined)[] = [];
    const { sessions, handle } = sessionServer((body, response, request) => {
      seen.push(request.headers['mcp-protocol-version'] as string | undefined);
      json(response, { jsonrpc: '2.0', id: body['id'], result: { tools: [] } });
    });
    const connection = await connect(await serve(handle));
    expect(connection.facts.era).toBe('legacy');
    await connection.request('tools/list', {}, scope);
    expect(seen).toEqual(['2025-11-25']);
    expect(sessions.size).toBe(1);
    await connection.close();
    expect(sessions.size).toBe(0);
  });

  it('that the server has forgotten ends the connection, and says that nothing was sent twice', async () => {
    const { sessions, handle } = sessionServer((body, response) => json(response, { jsonrpc: '2.0', id: body['id'], result: {} }));
    const connection = await connect(await serve(handle));
    sessions.clear();
    await expect(connection.request('tools/list', {}, scope)).rejects.toMatchObject({ code: 'UPSTREAM_GONE', data: { isUnsent: true } });
    expect(events).toContainEqual({ type: 'closed', reason: 'The server does not know the session any more.', isForgotten: true });
  });

  it('that the server forgets while it works may still bring what it had begun with; the rest is not sent again', async () => {
    const working: (() => void)[] = [];
    const { sessions, handle } = sessionServer((body, response) => {
      working.push(() => json(response, { jsonrpc: '2.0', id: body['id'], result: { content: [] } }));
    });
    const connection = await connect(await serve(handle));
    const call = (name: string): Promise<unknown> => connection.request('tools/call', { name }, scope).catch((failure: unknown) => failure);
    const transfers = [call('transfer'), call('transfer')];
    await until(() => working.length === 2, 'both have begun');
    sessions.clear();
    // What the server has refused was certainly not begun; so are two at once.
    for (const failure of await Promise.all([call('late'), call('late')])) expect(failure).toMatchObject({ code: 'UPSTREAM_GONE', data: { isUnsent: true } });
    working[0]?.();
    expect(await transfers[0]).toEqual({ content: [] });
    await connection.close();
    expect(await transfers[1]).toMatchObject({ code: 'UPSTREAM_GONE', data: undefined });
  });
});

describe('the stream for what belongs to no request', () => {
  it('is not asked for again at once, whatever the server says and however often it ends it', async () => {
    let count = 0;
    const { handle } = sessionServer((body, response) => json(response, { jsonrpc: '2.0', id: body['id'], result: {} }));
    await connect(
      await serve(async (request, response) => {
        if (request.method !== 'GET') return await handle(request, response);
        count += 1;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end('retry: 0\n\n');
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(5);
  });
});

describe('an answer', () => {
  const stream = (response: ServerResponse, text: string): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(text);
  };

  it('that never comes on its stream is an error, not a wait', async () => {
    const { handle } = sessionServer((_body, response) => stream(response, ': nothing\n\n'));
    const connection = await connect(await serve(handle));
    await expect(connection.request('tools/list', {}, scope)).rejects.toMatchObject({ code: 'UPSTREAM_GONE' });
  });

  it('is fetched with Last-Event-ID where the server ended the stream before it', async () => {
    let waiting: unknown;
    const inner = sessionServer((body, response) => {
      waiting = body['id'];
      stream(response, 'id: e1\nretry: 10\ndata: \n\n');
    });
    const url = await serve(async (request, response) => {
      if (request.method !== 'GET' || request.headers['last-event-id'] !== 'e1') return await inner.handle(request, response);
      return stream(response, `data: ${JSON.stringify({ jsonrpc: '2.0', id: waiting, result: { tools: ['late'] } })}\n\n`);
    });
    const connection = await connect(url);
    expect(await connection.request('tools/list', {}, scope)).toEqual({ tools: ['late'] });
  });

  it('to another request on the stream of this one is dropped', async () => {
    const { handle } = sessionServer((body, response) => {
      const answer = (id: unknown, result: JsonObject): string => `data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`;
      stream(response, answer(Number(body['id']) + 1, { stolen: true }) + answer(body['id'], { mine: true }) + answer(body['id'], { again: true }));
    });
    const connection = await connect(await serve(handle));
    const both = await Promise.all([connection.request('tools/list', {}, scope), connection.request('tools/list', {}, scope)]);
    expect(both).toEqual([{ mine: true }, { mine: true }]);
    expect(connection.strays).toBe(4);
  });

  it.each([
    [401, 'UPSTREAM_UNREACHABLE'],
    [503, 'UPSTREAM_UNREACHABLE'],
    [418, 'UPSTREAM_INVALID'],
  ])('of HTTP %i is %s', async (status, code) => {
    const { handle } = sessionServer((_body, response) => void response.writeHead(status).end('no'));
    const connection = await connect(await serve(handle));
    await expect(connection.request('tools/list', {}, scope)).rejects.toMatchObject({ code });
  });

  it('larger than the limit is refused', async () => {
    const { handle } = sessionServer((body, response) => json(response, { jsonrpc: '2.0', id: body['id'], result: { text: 'x'.repeat(1_100_000) } }));
    const connection = await connect(await serve(handle));
    await expect(connection.request('tools/list', {}, scope)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });
});

it('cancelling a call in the modern era ends its stream, in the legacy era it is told', async () => {
  const told: unknown[] = [];
  const ended: string[] = [];
  const url = await serve(async (request, response) => {
    const body = await bodyOf(request);
    const modern = request.headers['mcp-protocol-version'] === '2026-07-28';
    if (body['method'] === 'server/discover')
      return json(response, { jsonrpc: '2.0', id: body['id'], result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} } });
    if (body['method'] === 'initialize') return json(response, { jsonrpc: '2.0', id: body['id'], result: { ...INITIALIZED, capabilities: {} } });
    if (body['method'] === 'notifications/cancelled') told.push((body['params'] as JsonObject)['requestId']);
    if (body['id'] === undefined) return void response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': waiting\n\n');
    response.on('close', () => ended.push(modern ? 'modern' : 'legacy'));
    return undefined;
  });
  for (const era of ['modern', 'legacy'] as const) {
    const connection = await connect(url, era);
    using call = new Scope();
    const waiting = connection.request('tools/call', { name: 'x' }, call);
    setTimeout(() => call.cancel(), 100);
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(ended).toEqual(['modern', 'legacy']);
  expect(told).toHaveLength(1);
});
