/** TLS 1.3 and client certificates on the listener, with authorities made for this test. */
import { createHash, X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app/app.ts';
import { askGateway } from '../../../src/app/tasks/gateway.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { memoryLogger } from '../../helpers/edge.ts';
import { createForgeKey, forge } from '../../helpers/forge.ts';
import { createTestAuthority, type Issued, type TestAuthority } from '../../helpers/test-ca.ts';
import { startIssuer } from '../../helpers/token-gateway.ts';
import { recordsOf } from '../../helpers/audit-files.ts';

let authority: TestAuthority;
let foreign: TestAuthority;
let server: Issued;
let agentA: Issued;
let agentB: Issued;
let folder = '';
let app: App | undefined;
let log: string[] = [];

beforeAll(() => {
  authority = createTestAuthority('Good CA');
  foreign = createTestAuthority('Foreign CA');
  server = authority.issue('localhost', ['DNS:localhost', 'IP:127.0.0.1']);
  agentA = authority.issue('agent a', ['URI:spiffe://example.org/agent/a']);
  agentB = authority.issue('agent b', ['URI:spiffe://example.org/agent/b', 'DNS:b.example.org']);
});
afterAll(() => {
  authority.remove();
  foreign.remove();
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

async function start(
  clientCertificates: 'off' | 'optional' | 'required',
  identity: JsonObject = {},
  more: JsonObject = {},
  limits: JsonObject = {},
): Promise<{ readonly port: number; readonly key: string }> {
  folder = mkdtempSync(join(tmpdir(), 'sy-tls-'));
  log = [];
  copyFileSync(server.certFile, at('server.crt'));
  copyFileSync(server.keyFile, at('server.key'));
  copyFileSync(authority.certFile, at('ca.crt'));
  app = createApp({
    home: at('home'),
    cwd: folder,
    env: {},
    doors: ['http'],
    logger: memoryLogger(log),
    config: {
      server: {
        port: 0,
        tls: { certFile: at('server.crt'), keyFile: at('server.key'), ...(clientCertificates === 'off' ? {} : { caFile: at('ca.crt'), clientCertificates }) },
        ...more,
      },
      limits,
      identity: clientCertificates === 'off' ? identity : { certificates: CERTIFICATES, ...identity },
    },
  });
  await app.start();
  const { url } = app.endpoints();
  expect(url).toMatch(/^https:/);
  return { port: Number(new URL(url).port), key: readFileSync(at('home/admin.key'), 'utf8').trim() };
}

const CERTIFICATES = [
  { match: 'spiffe://example.org/agent/a', roles: ['user'], tenant: 'acme' },
  { match: 'spiffe://example.org/agent/*', roles: ['developer'], scopes: ['tools:read'] },
  { match: 'cn:by common name' },
];

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, unknown>>;
}

const RPC = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/list',
  params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
};

function ask(
  port: number,
  {
    client,
    headers = {},
    agent,
    body = RPC,
    method = 'POST',
  }: {
    readonly client?: Issued | undefined;
    readonly headers?: Readonly<Record<string, string>>;
    readonly agent?: Agent;
    readonly body?: unknown;
    readonly method?: string;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: '/mcp',
        ca: authority.cert,
        servername: 'localhost',
        ...(client ? { cert: client.cert, key: client.key } : {}),
        agent: agent ?? new Agent({ maxCachedSessions: 0 }),
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/list',
          ...headers,
        },
      },
      (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          received += piece;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: received === '' ? {} : (JSON.parse(received) as JsonObject), headers: response.headers }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(method === 'GET' ? undefined : text);
  });
}

/** A handshake, and what becomes of the connection when something is sent over it. */
function handshake(
  port: number,
  options: ConnectionOptions,
): Promise<{ readonly outcome: string; readonly socket: TLSSocket; readonly session: Buffer | undefined }> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, servername: 'localhost', ...options });
    let session: Buffer | undefined;
    const end = (outcome: string): void => resolve({ outcome, socket, session });
    socket.on('session', (data: Buffer) => {
      session = data;
    });
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
    socket.once('close', () => end('closed'));
    socket.once('data', (data: Buffer) => end(data.toString('latin1').slice(9, 12)));
    socket.once('secureConnect', () => socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'));
  });
}

describe('D8.j: TLS on the listener', () => {
  it('serves calls over TLS 1.3, and nobody over less or over plain HTTP', async () => {
    const { port, key } = await start('off');
    expect((await ask(port, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    const modern = await handshake(port, {});
    expect([modern.outcome, modern.socket.getProtocol()]).toEqual(['200', 'TLSv1.3']);
    modern.socket.destroy();
    const old = await handshake(port, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    expect(old.outcome).toMatch(/ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION|ECONNRESET/);
    const plain = await new Promise<string>((resolve) => {
      const socket = connectTcp({ host: '127.0.0.1', port }, () => socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'));
      let received = '';
      socket.on('data', (data) => {
        received += data.toString('latin1');
      });
      socket.on('error', () => undefined).on('close', () => resolve(received));
    });
    expect(plain).not.toContain('200 OK');
  });

  it('may listen beyond loopback without a proxy; the metadata says https', async () => {
    const { port } = await start('off', {}, { host: '0.0.0.0' });
    const { headers, status } = await ask(port);
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining(`resource_metadata="https://127.0.0.1:${port}/.well-known/oauth-protected-resource/mcp"`),
    ]);
  });

  it('takes a new certificate for new connections, and open ones go on', async () => {
    const { port, key } = await start('off');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const call = (): Promise<Answer> => ask(port, { headers: { authorization: `Bearer ${key}` }, agent });
    const shown = async (): Promise<string> => {
      const { socket } = await handshake(port, {});
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    };
    expect((await call()).status).toBe(200);
    const [socket] = Object.values(agent.freeSockets).flat();
    const next = authority.issue('localhost', ['DNS:localhost']);
    copyFileSync(next.certFile, at('server.crt'));
    copyFileSync(next.keyFile, at('server.key'));
    await app?.reload();
    expect(await shown()).toBe(new X509Certificate(next.cert).fingerprint256);
    expect([(await call()).status, Object.values(agent.freeSockets).flat()[0] === socket]).toEqual([200, true]);
    agent.destroy();
  });

  it('notices by itself, and keeps the old one when the new one is bad', async () => {
    const { port } = await start('off');
    writeFileSync(at('server.crt'), 'no certificate');
    await app?.reload();
    expect(log.some((line) => line.includes('the changed certificates were refused'))).toBe(true);
    expect((await handshake(port, {})).outcome).toBe('200');
    const next = authority.issue('localhost', ['DNS:localhost']);
    copyFileSync(next.keyFile, at('server.key'));
    copyFileSync(next.certFile, at('server.crt'));
    await expect.poll(() => log.some((line) => line.includes('certificates read again')), { timeout: 10_000 }).toBe(true);
  });

  it('is asked by the command line by its own certificate, and by no other', async () => {
    const { port, key } = await start('off');
    const ask_ = (certFile: string): Promise<unknown> =>
      askGateway({ url: `https://127.0.0.1:${port}`, key, certFile }, { path: '/mcp/v1/tools/ping', body: {} });
    expect(await ask_(at('server.crt'))).toMatchObject({ success: true });
    for (const other of [agentA, foreign, authority]) await expect(ask_(other.certFile)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  it.each([
    ['missing', (): void => rmSync(at('server.key')), 'CONFIG_UNREADABLE'],
    ['of another certificate', (): void => copyFileSync(agentA.keyFile, at('server.key')), 'CONFIG_INVALID'],
  ])('does not start with a key that is %s', async (_what, spoil, code) => {
    await start('off');
    await app?.stop();
    spoil();
    const again = createApp({
      home: at('home'),
      cwd: folder,
      env: {},
      doors: ['http'],
      isWatching: false,
      logger: memoryLogger([]),
      config: { server: { port: 0, tls: { certFile: at('server.crt'), keyFile: at('server.key') } } },
    });
    await expect(again.start()).rejects.toMatchObject({ code });
  });

  it('cuts a handshake that does not go on', async () => {
    const { port } = await start('off', {}, {}, { headersTimeoutMs: 500 });
    const socket = connectTcp({ host: '127.0.0.1', port });
    socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1]));
    const begun = performance.now();
    await new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('D8.k: client certificates', () => {
  it('required: nobody comes in without one of the authority', async () => {
    const { port, key } = await start('required');
    const headers = { authorization: `Bearer ${key}` };
    const expired = authority.issue('late', ['URI:spiffe://example.org/agent/a'], -1);
    const stranger = foreign.issue('stranger', ['URI:spiffe://example.org/agent/a']);
    for (const client of [undefined, expired, stranger]) await expect(ask(port, { client, headers })).rejects.toThrow();
    expect((await ask(port, { client: agentA, headers })).status).toBe(200);
  });

  it('A1.c: proves who calls, by the name in the certificate, with roles, tenant and scopes of the entry', async () => {
    const { port } = await start('required');
    expect((await ask(port, { client: agentA })).status).toBe(200);
    expect((await ask(port, { client: agentB })).status).toBe(200);
    const who = recordsOf(at('home'))
      .filter(({ event }) => event === 'auth_succeeded')
      .map(({ principal, method }) => [principal, method]);
    expect(who).toEqual([
      ['mtls:spiffe://example.org/agent/a', 'mtls'],
      ['mtls:spiffe://example.org/agent/b', 'mtls'],
    ]);
  });

  it('optional: keys work without one; a bad one is refused even beside a good key, and recorded', async () => {
    const { port, key } = await start('optional');
    const headers = { authorization: `Bearer ${key}` };
    expect((await ask(port, { headers })).status).toBe(200);
    expect((await ask(port)).status).toBe(401);
    const stranger = foreign.issue('stranger', ['URI:spiffe://example.org/agent/a']);
    const expired = authority.issue('late', ['URI:spiffe://example.org/agent/a'], -1);
    expect([
      (await ask(port, { client: stranger })).status,
      (await ask(port, { client: stranger, headers })).status,
      (await ask(port, { client: expired })).status,
    ]).toEqual([401, 401, 401]);
    expect(recordsOf(at('home')).filter(({ event, detail }) => event === 'auth_failed' && JSON.stringify(detail) === '{"reason":"certificate"}')).toHaveLength(
      3,
    );
    expect((await ask(port, { client: agentA })).status).toBe(200);
  });

  it.each([
    ['a common name that looks like an id', 'spiffe://example.org/agent/a', []],
    ['a name of another kind', 'x', ['DNS:spiffe.example.org', 'email:a@example.org']],
    ['two ids, of which nobody knows which is meant', 'x', ['URI:spiffe://example.org/agent/a', 'URI:spiffe://example.org/agent/b']],
    ['an id with something before it', 'x', ['URI:http://x/spiffe://example.org/agent/a']],
    ['an id of another trust domain', 'x', ['URI:spiffe://example.org.attacker.example/agent/a']],
    ['nothing', 'nobody', []],
  ])('of the authority with %s stands for nobody', async (_what, name, alternatives) => {
    const { port } = await start('required');
    expect((await ask(port, { client: authority.issue(name, alternatives) })).status).toBe(401);
    expect((await ask(port, { client: authority.issue('by common name') })).status).toBe(200);
  });

  it('A2.m: a token that is bound to a certificate serves over its connection alone', async () => {
    const issuer = await startIssuer();
    const key = createForgeKey('ES256', 'k');
    issuer.keys = [{ ...key.jwk, kid: 'k' }];
    const { port } = await start('optional', { issuers: [{ issuer: issuer.url }] });
    const x5t = createHash('sha256').update(new X509Certificate(agentA.cert).raw).digest('base64url');
    const claims = {
      iss: issuer.url,
      aud: `https://127.0.0.1:${port}/mcp`,
      sub: 'alice',
      iat: { $now: -5 },
      exp: { $now: 60 },
      scope: 'tools:read',
      cnf: { 'x5t#S256': x5t },
    };
    const keys = { RS256: key, ES256: key, EdDSA: key };
    const headers = { authorization: `Bearer ${forge({ issuer: keys, attacker: keys, claims, names: {} })}` };
    expect([
      (await ask(port, { client: agentA, headers })).status,
      (await ask(port, { client: agentB, headers })).status,
      (await ask(port, { headers })).status,
    ]).toEqual([200, 401, 401]);
    await issuer.stop();
  });

  it('A7.f: a legacy session belongs to the certificate that opened it', async () => {
    const { port } = await start('required');
    const legacy = { 'mcp-protocol-version': '2025-11-25', 'mcp-method': '' };
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
    };
    const opened = await ask(port, { client: agentA, headers: legacy, body: initialize });
    const headers = { ...legacy, 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };
    expect([
      opened.status,
      (await ask(port, { client: agentB, headers, body: ping })).status,
      (await ask(port, { client: agentA, headers, body: ping })).status,
    ]).toEqual([200, 404, 200]);
  });

  it('a session of TLS is not resumed past a change of the authority', async () => {
    const { port } = await start('required');
    const first = await handshake(port, { cert: agentA.cert, key: agentA.key });
    expect([first.outcome, first.session !== undefined]).toEqual(['200', true]);
    first.socket.destroy();
    const control = await handshake(port, { cert: agentA.cert, key: agentA.key, session: first.session });
    expect([control.outcome, control.socket.isSessionReused()]).toEqual(['200', true]);
    control.socket.destroy();
    copyFileSync(foreign.certFile, at('ca.crt'));
    await app?.reload();
    const resumed = await handshake(port, { cert: agentA.cert, key: agentA.key, session: control.session ?? first.session });
    expect(resumed.outcome).not.toBe('200');
    const other = foreign.issue('x', ['URI:spiffe://example.org/agent/a']);
    expect((await ask(port, { client: other })).status).toBe(200);
  });
});
