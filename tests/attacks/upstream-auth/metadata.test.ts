/** An upstream decides where signing in to it leads: that must not be a way into the gateway's own networks. OWASP MCP07, MCP01. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';
import type { ResolveName } from '../../../src/egress/guarded-lookup.ts';
import { type Lies, type LyingUpstream, startLyingUpstream, startVictim } from '../../helpers/lying-upstream.ts';
import { createConnector } from '../../../src/upstreams/connector.ts';
import { callEcho, type GuardedOptions, guardedUpstream } from '../../helpers/upstream-auth.ts';

let home = '';
let victim: Awaited<ReturnType<typeof startVictim>>;
let upstream: LyingUpstream;
const lies: Lies = {};
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sy-lies-'));
  victim = await startVictim();
  for (const name of Object.keys(lies) as (keyof Lies)[]) delete lies[name];
});
afterEach(async () => {
  await upstream.stop();
  await victim.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Every name of the test leads to this machine, as a name of the attacker may. */
const resolve: ResolveName = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
const auth = { grant: 'client_credentials', clientId: 'gateway', clientSecret: 'secret-of-the-gateway' } as const;

/** @param host as the operator wrote the upstream */
const call = async (host: string, own: Partial<GuardedOptions> = {}): Promise<AppError | undefined> => {
  const url = `http://${host}:${upstream.port}/mcp`;
  return await callEcho({ home, url, auth, resolve, ...own }).then(
    () => undefined,
    (failure: unknown) => failure as AppError,
  );
};

const PLACES: Readonly<Record<string, (target: string) => void>> = {
  'the challenge': (target) => {
    lies.challenge = `Bearer resource_metadata="${target}"`;
  },
  'the issuer': (target) => {
    lies.resource = { authorization_servers: [target] };
  },
  'the token endpoint': (target) => {
    lies.server = { token_endpoint: target };
  },
};
const TARGETS: readonly string[] = [
  'http://127.0.0.1:PORT/x',
  'https://127.0.0.1:PORT/x',
  'http://localhost:PORT/x',
  'https://localhost:PORT/x',
  'https://sub.localhost:PORT/x',
  'http://127.1:PORT/x',
  'https://0x7f000001:PORT/x',
  'https://2130706433:PORT/x',
  'https://0177.0.0.1:PORT/x',
  'https://[::1]:PORT/x',
  'https://[::ffff:127.0.0.1]:PORT/x',
  'https://[::ffff:7f00:1]:PORT/x',
  'https://[64:ff9b::7f00:1]:PORT/x',
  'https://0.0.0.0:PORT/x',
  'https://innocent.example:PORT/x',
  'http://innocent.example:PORT/x',
  'https://user@127.0.0.1:PORT/x',
  'https://127.0.0.1:PORT#@innocent.example/x',
  'https://10.0.0.1/x',
  'https://192.168.1.1/x',
  'https://169.254.169.254/latest/meta-data/',
  'http://169.254.169.254/latest/meta-data/',
  'https://[fd00:ec2::254]/x',
  'https://[fe80::1]/x',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/x',
  'ftp://127.0.0.1:PORT/x',
];

// @requirement G6.d
describe.each(Object.keys(PLACES))('an upstream that names %s', (place) => {
  it.each(TARGETS)('as %s reaches nothing and is told', async (target) => {
    upstream = await startLyingUpstream((port) => `http://mcp.example:${port}`, lies);
    PLACES[place]?.(target.replace('PORT', String(victim.port)));
    const failure = await call('mcp.example');
    expect(failure?.code).toBe('UPSTREAM_AUTH_INVALID');
    expect(victim.connections()).toBe(0);
    expect(upstream.tokenRequests).toEqual([]);
  });

  it('leads there (the control) when the operator wrote an upstream of this machine', async () => {
    upstream = await startLyingUpstream((port) => `http://127.0.0.1:${port}`, lies);
    PLACES[place]?.(`http://127.0.0.1:${victim.port}/x`);
    await call('127.0.0.1');
    expect(victim.connections()).toBeGreaterThan(0);
  });
});

describe('an upstream of this machine', () => {
  it('leads to no private network and no metadata service', async () => {
    upstream = await startLyingUpstream((port) => `http://127.0.0.1:${port}`, lies);
    for (const target of ['https://10.0.0.1/x', 'https://169.254.169.254/x', 'http://innocent.example/x']) {
      lies.challenge = `Bearer resource_metadata="${target}"`;
      expect((await call('127.0.0.1'))?.code).toBe('UPSTREAM_AUTH_INVALID');
    }
  });
});

describe('servers that lie', () => {
  beforeEach(async () => {
    upstream = await startLyingUpstream((port) => `http://127.0.0.1:${port}`, lies);
  });

  it('the control: an honest one is believed', async () => {
    expect(await call('127.0.0.1')).toBeUndefined();
    expect(upstream.tokenRequests).toHaveLength(1);
  });

  it.each<[string, () => void]>([
    ['describes another resource', () => (lies.resource = { resource: 'https://bank.example/mcp' })],
    ['describes a sibling of the resource', () => (lies.resource = { resource: `http://127.0.0.1:${upstream.port}/mc` })],
    ['names another issuer in its document', () => (lies.server = { issuer: 'https://accounts.example' })],
    ['spells its issuer otherwise', () => (lies.server = { issuer: `http://127.0.0.1:${upstream.port}/` })],
    [
      'redirects to its metadata',
      () => (lies.serverAnswer = (response) => void response.writeHead(302, { location: `http://127.0.0.1:${victim.port}/` }).end()),
    ],
    [
      'redirects the token request',
      () => (lies.token = (_request, response) => void response.writeHead(307, { location: `http://127.0.0.1:${victim.port}/` }).end()),
    ],
    ['sends a megabyte of metadata', () => (lies.serverAnswer = (response) => void response.writeHead(200).end('x'.repeat(1_000_000)))],
    ['sends a page', () => (lies.serverAnswer = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'))],
    ['gives a token that ends the header', () => (lies.token = { access_token: 'a\r\nx-evil: 1' })],
    ['gives a token of another kind', () => (lies.token = { token_type: 'mac' })],
    ['gives no token', () => (lies.token = { access_token: 7 })],
    ['names no token endpoint', () => (lies.server = { token_endpoint: 'nowhere' })],
  ])('one that %s gets no secret and is told', async (what, lie) => {
    lie();
    const failure = await call('127.0.0.1');
    expect(failure?.code).toBe('UPSTREAM_AUTH_INVALID');
    expect(failure?.message).not.toContain('secret-of-the-gateway');
    expect(victim.connections()).toBe(0);
    if (!/token (?:that|of)|no token$|token request/.test(what)) expect(upstream.tokenRequests).toEqual([]);
  });

  it('one that refuses every token is not asked for ever', async () => {
    lies.token = (_request, response) =>
      void response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_client","error_description":"no \\u001b[31m"}');
    const failure = await call('127.0.0.1');
    expect([failure?.code, upstream.tokenRequests.length]).toEqual(['UPSTREAM_AUTH_FAILED', 1]);
    expect(failure?.message).not.toMatch(/\p{Cc}/u);
  });

  it('one that refuses is left alone for a while, however often it is called', async () => {
    lies.token = (_request, response) => void response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}');
    const { config, ports } = guardedUpstream({ home, url: `http://127.0.0.1:${upstream.port}/mcp`, auth });
    const connector = createConnector('guarded', config, ports, 'modern');
    using scope = new Scope({ timeoutMs: 10_000 });
    for (let attempt = 0; attempt < 5; attempt += 1)
      await expect(connector.connect(scope, () => undefined)).rejects.toMatchObject({ code: 'UPSTREAM_AUTH_FAILED' });
    await connector.close();
    expect(upstream.tokenRequests).toHaveLength(1);
    // The control: one that comes anew asks anew.
    await call('127.0.0.1');
    expect(upstream.tokenRequests).toHaveLength(2);
  });

  it('one that hangs holds a call no longer than its time, and nothing after it', async () => {
    lies.serverAnswer = () => undefined;
    const startedAt = performance.now();
    expect((await call('127.0.0.1', { timeoutMs: 300 }))?.code).toBe('DEADLINE_EXCEEDED');
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('one that is not the pinned issuer gets nothing', async () => {
    lies.resource = { authorization_servers: ['https://other.example'] };
    const failure = await call('127.0.0.1', { auth: { ...auth, issuer: `http://127.0.0.1:${upstream.port}` } });
    expect(failure?.code).toBe('UPSTREAM_AUTH_INVALID');
    expect(upstream.tokenRequests).toEqual([]);
  });
});

describe('the answer to a sign-in', () => {
  const person = { auth: {}, show: (url: string) => void answer(new URL(url)) };
  let answer: (question: URL) => Promise<unknown>;
  const reply = (question: URL, own: Readonly<Record<string, string>>): Promise<unknown> => {
    const { redirect_uri: redirect = '', state = '' } = Object.fromEntries(question.searchParams);
    return fetch(`${redirect}?${new URLSearchParams({ code: 'c', state, iss: `http://127.0.0.1:${upstream.port}`, ...own }).toString()}`);
  };
  beforeEach(async () => {
    upstream = await startLyingUpstream((port) => `http://127.0.0.1:${port}`, lies);
  });

  it('the control: is taken when it is the one that was asked for', async () => {
    answer = (question) => reply(question, {});
    expect(await call('127.0.0.1', person)).toBeUndefined();
    const { code_verifier: verifier = '', resource } = Object.fromEntries(new URLSearchParams(upstream.tokenRequests[0]?.body));
    expect([verifier.length, resource]).toEqual([43, `http://127.0.0.1:${upstream.port}/mcp`]);
  });

  it.each([
    ['with the state of another sign-in', { state: 'guessed' }],
    ['from another issuer', { iss: 'https://evil.example' }],
  ])('is refused %s, and the code is not redeemed', async (_how, own) => {
    answer = (question) => reply(question, own);
    expect((await call('127.0.0.1', person))?.code).toBe('UPSTREAM_AUTH_INVALID');
    expect(upstream.tokenRequests).toEqual([]);
  });

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'http://public.example/authorize', 'vscode://x'])('is not asked for at %s', async (endpoint) => {
    lies.server = { authorization_endpoint: endpoint };
    let shown = 0;
    const failure = await call('127.0.0.1', { auth: {}, show: () => (shown += 1) });
    expect([failure?.code, shown]).toEqual(['UPSTREAM_AUTH_INVALID', 0]);
  });

  it('is not asked for without PKCE', async () => {
    lies.server = { code_challenge_methods_supported: ['plain'] };
    expect((await call('127.0.0.1', { auth: {}, show: () => undefined }))?.code).toBe('UPSTREAM_AUTH_INVALID');
  });
});
