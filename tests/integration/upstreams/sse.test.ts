/** HTTP+SSE of 2024-11-05: the server of the official SDK that spoke it, and servers that cheat. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StreamPart } from '../../../src/contracts/call.ts';
import type { UpstreamConnection, UpstreamEvent } from '../../../src/contracts/upstream.ts';
import { Scope } from '../../../src/core/scope.ts';
import { createEgress } from '../../../src/egress/dialer.ts';
import { createSseConnector } from '../../../src/upstreams/connection/http/sse-connector.ts';
import { modern } from '../../helpers/mcp-http.ts';
import { startUpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

const scope = new Scope();
const servers: Server[] = [];
const connections: UpstreamConnection[] = [];
const events: UpstreamEvent[] = [];
/** Authorization headers, by method. */
const seen: string[] = [];

async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  port = 0,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.headers.authorization ?? ''}`);
    handle(request, response);
  });
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`, server };
}

/** A real server: each stream is a session of its own. */
function official(): (request: IncomingMessage, response: ServerResponse) => void {
  const transports = new Map<string, SSEServerTransport>();
  return (request, response) => {
    const session = new URL(request.url ?? '', 'http://x').searchParams.get('sessionId') ?? '';
    if (request.method === 'POST') {
      void transports.get(session)?.handlePostMessage(request, response);
      return;
    }
    const server = new McpServer({ name: 'old', version: '1' }, { capabilities: { logging: {} } });
    server.registerTool('hello', { description: 'Greets.' }, async (extra) => {
      await extra.sendNotification({ method: 'notifications/progress', params: { progressToken: extra._meta?.progressToken ?? 0, progress: 1 } });
      return { content: [{ type: 'text', text: 'hello' }] };
    });
    server.registerTool('ask', { description: 'Asks.' }, async () => {
      const answer = await server.server.elicitInput({ message: 'Who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } });
      return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
    });
    server.registerTool('waits', { description: 'Waits.' }, (extra) => {
      return new Promise((resolve) => {
        extra.signal.addEventListener('abort', () => {
          seen.push('aborted');
          resolve({ content: [] });
        });
      });
    });
    const transport = new SSEServerTransport('/messages', response);
    transports.set(transport.sessionId, transport);
    void server.connect(transport);
  };
}

const stream = (response: ServerResponse, endpoint: string): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`event: endpoint\ndata: ${endpoint}\n\n`);
};

async function connect(url: string, within = new Scope()): Promise<UpstreamConnection> {
  const connector = createSseConnector({ url, headers: { authorization: 'Bearer secret' }, egress: createEgress([url]), maxMessageBytes: 100_000 });
  const connection = await connector.connect(within, (event) => events.push(event));
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
  seen.length = 0;
});

// @requirement G1.l
describe('G1.l a server that speaks HTTP+SSE', () => {
  it('is connected to, listed and called, with its credential on both ways', async () => {
    const { url } = await serve(official());
    const connection = await connect(url);
    expect(connection.facts).toMatchObject({ era: 'legacy', serverInfo: { name: 'old' } });
    expect((await connection.request('tools/list', {}, scope))['tools']).toHaveLength(3);
    const parts: StreamPart[] = [];
    expect(await connection.request('tools/call', { name: 'hello' }, scope, { emit: (part) => void parts.push(part) })).toMatchObject({
      content: [{ text: 'hello' }],
    });
    expect(parts).toMatchObject([{ type: 'progress', progress: 1 }]);
    expect(new Set(seen)).toEqual(new Set(['GET Bearer secret', 'POST Bearer secret']));
  });

  it('asks the client behind the call, and hears that a call was cancelled', async () => {
    const { url } = await serve(official());
    const connection = await connect(url);
    const ask = async (): Promise<Record<string, { action: string; content: { name: string } }>> => ({ q1: { action: 'accept', content: { name: 'Ada' } } });
    expect(await connection.request('tools/call', { name: 'ask' }, scope, { ask })).toMatchObject({ content: [{ text: expect.stringContaining('Ada') }] });
    const call = new Scope();
    const waiting = connection.request('tools/call', { name: 'waits' }, call);
    setTimeout(() => call.cancel(), 100);
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await vi.waitFor(() => expect(seen).toContain('aborted'));
  });

  it('stands behind the gateway as any other, and is connected to anew when its stream breaks', async () => {
    const { url, server } = await serve(official());
    const gateway = await startUpstreamGateway({ old: { transport: 'sse', url } });
    try {
      await gateway.untilUp('old');
      const call = async (): Promise<string> => (await modern(gateway.url, 'tools/call', { name: 'old__hello', arguments: {} }, { token: gateway.key })).text;
      expect(await call()).toContain('hello');
      server.closeAllConnections();
      await until(async () => (await gateway.status('old'))?.state !== 'up', 'the break was noticed');
      expect(await call()).toContain('hello');
    } finally {
      await gateway.stop();
    }
  });

  it('fails what waits when its stream ends, typed, and says so', async () => {
    const { url, server } = await serve(official());
    const connection = await connect(url);
    const waiting = connection.request('tools/call', { name: 'waits' }, scope);
    setTimeout(() => server.closeAllConnections(), 50);
    await expect(waiting).rejects.toMatchObject({ code: 'UPSTREAM_GONE' });
    expect(events).toMatchObject([{ type: 'closed' }]);
  });
});

describe('G1.l a server over HTTP+SSE that cheats', () => {
  it('does not get the credential sent to another address; the control names its own', async () => {
    const thief = await serve((_request, response) => response.end());
    const { url } = await serve((request, response) => (request.method === 'GET' ? stream(response, thief.url) : response.end()));
    await expect(connect(url)).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' });
    expect(seen.filter((line) => line.startsWith('POST'))).toEqual([]);
    const own = await serve(official());
    await connect(own.url);
    expect(seen.filter((line) => line.startsWith('POST'))).not.toEqual([]);
  });

  it('cannot hold the opening by naming no address', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': nothing\n\n');
    });
    await expect(connect(url, new Scope({ timeoutMs: 200 }))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('cannot fill the memory with one event', async () => {
    const { url } = await serve((request, response) => {
      if (request.method !== 'GET') {
        response.writeHead(202).end();
        return;
      }
      stream(response, '/messages');
      setTimeout(() => response.write(`data: ${'x'.repeat(200_000)}\n\n`), 50);
    });
    await expect(connect(url)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('that is none is told apart: an error page, a refusal of the credential', async () => {
    const page = await serve((_request, response) => response.end('<html>'));
    await expect(connect(page.url)).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' });
    const closed = await serve((_request, response) => response.writeHead(401).end());
    await expect(connect(closed.url)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE', message: expect.stringContaining('credential') });
  });
});
