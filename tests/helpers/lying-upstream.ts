/** An MCP server and an authorization server in one, which say whatever a test wants; and a victim that counts who comes. */
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { JsonObject } from '../../src/core/json.ts';

/** What the servers say, by path; a function answers by itself. */
export interface Lies {
  /** The challenge; default: names the metadata below. */
  challenge?: string;
  resource?: JsonObject;
  server?: JsonObject;
  /** Of the token endpoint. */
  token?: JsonObject | ((request: IncomingMessage, response: ServerResponse, form: URLSearchParams) => void);
  /** Of the metadata of the authorization server. */
  serverAnswer?: (response: ServerResponse) => void;
}

export interface LyingUpstream {
  /** As it is reached by its port on loopback. */
  readonly port: number;
  /** Requests by path. */
  readonly paths: string[];
  /** Token requests: their bodies and heads. */
  readonly tokenRequests: { readonly path: string; readonly body: string; readonly headers: IncomingMessage['headers'] }[];
  /** Heads of what reached the MCP server. */
  readonly heads: IncomingMessage['headers'][];
  stop(): Promise<void>;
}

const listen = async (server: Server | TcpServer): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/** @param origin as the client knows it @param lies read at each request */
export async function startLyingUpstream(origin: (port: number) => string, lies: Lies): Promise<LyingUpstream> {
  const paths: string[] = [];
  const tokenRequests: LyingUpstream['tokenRequests'] = [];
  const heads: LyingUpstream['heads'] = [];
  let own = '';
  const json = (response: ServerResponse, status: number, body: JsonObject, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', own);
    paths.push(pathname);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString();
    if (pathname === '/mcp') {
      const { id = null, method = '' } = body === '' ? {} : (JSON.parse(body) as { readonly id?: number; readonly method?: string });
      heads.push(request.headers);
      const { authorization } = request.headers;
      if (authorization === undefined) {
        json(response, 401, {}, { 'www-authenticate': lies.challenge ?? `Bearer resource_metadata="${own}/prm"` });
      } else {
        const result = answerTo(method, authorization);
        json(response, 200, { jsonrpc: '2.0', id, result: { resultType: 'complete', ...result } });
      }
    } else if (pathname === '/prm') {
      json(response, 200, { resource: `${own}/mcp`, authorization_servers: [own], ...lies.resource });
    } else if (pathname === '/.well-known/oauth-authorization-server') {
      if (lies.serverAnswer) return lies.serverAnswer(response);
      json(response, 200, {
        issuer: own,
        authorization_endpoint: `${own}/authorize`,
        token_endpoint: `${own}/token`,
        registration_endpoint: `${own}/register`,
        code_challenge_methods_supported: ['S256'],
        ...lies.server,
      });
    } else if (pathname === '/register') json(response, 201, { client_id: 'registered' });
    else if (pathname === '/token' || pathname === '/idp') {
      tokenRequests.push({ path: pathname, body, headers: request.headers });
      if (typeof lies.token === 'function') lies.token(request, response, new URLSearchParams(body));
      else json(response, 200, { access_token: 'good', token_type: 'Bearer', expires_in: 3600, ...lies.token });
    } else json(response, 404, {});
  });
  const port = await listen(server);
  own = origin(port);
  return {
    port,
    paths,
    tokenRequests,
    heads,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answerTo(method: string, authorization: string): JsonObject {
  switch (method) {
    case 'server/discover':
      return { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo: { name: 'liar', version: '1' } };
    case 'tools/list':
      return { ttlMs: 0, cacheScope: 'private', tools: [{ name: 'whoami', description: 'Tells which token came.', inputSchema: { type: 'object' } }] };
    default:
      return { content: [{ type: 'text', text: authorization }] };
  }
}

/** Counts connections, whatever they speak. */
export async function startVictim(): Promise<{ readonly port: number; readonly connections: () => number; stop(): Promise<void> }> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
  });
  const port = await listen(server);
  return {
    port,
    connections: () => count,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
