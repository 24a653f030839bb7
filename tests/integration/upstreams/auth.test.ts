import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOf, readCredentials } from '../../../src/upstreams/auth/credential.ts';
import { logIn, logOut } from '../../../src/upstreams/auth/login.ts';
import { Scope } from '../../../src/core/scope.ts';
import { root } from '../../../tools/paths.ts';
import { browse, type OAuthUpstream, type OAuthUpstreamOptions, startOAuthUpstream } from '../../helpers/oauth-upstream.ts';
import { callEcho, type GuardedOptions, guardedUpstream } from '../../helpers/upstream-auth.ts';

let home = '';
let upstream: OAuthUpstream;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sy-auth-'));
});
afterEach(async () => {
  await upstream.stop();
  rmSync(home, { recursive: true, force: true });
});

const start = async (options: OAuthUpstreamOptions = {}): Promise<void> => {
  upstream = await startOAuthUpstream(options);
};
const options = (own: Partial<GuardedOptions> = {}): GuardedOptions => ({ home, url: upstream.url, ...own });
const signIn = async (own: Partial<GuardedOptions> = {}): ReturnType<typeof logIn> => {
  const { config, ports } = guardedUpstream(options({ show: (url) => void browse(url), ...own }));
  using scope = new Scope({ timeoutMs: 20_000 });
  return await logIn('guarded', config, ports, scope);
};
const kept = () => {
  const { credentials } = guardedUpstream(options());
  const { issuer, issuers } = readCredentials(credentials, keyOf('guarded'), upstream.url);
  return issuer === null ? undefined : issuers[issuer];
};
const hour = 3_600_000;

describe('a person signs in', () => {
  it('A6.b discovers, registers, asks the person, and keeps what later processes use without one', async () => {
    await start();
    await expect(callEcho(options())).rejects.toMatchObject({ code: 'UPSTREAM_LOGIN_REQUIRED', fix: 'Run `switchyard upstreams login guarded`.' });
    expect(await signIn()).toMatchObject({ issuer: upstream.issuer, scopes: expect.arrayContaining(['mcp:read']) as unknown, isRenewed: true, tools: 1 });
    expect(await callEcho(options())).toEqual([{ content: [{ type: 'text', text: '{"index":0}' }] }]);
    expect(upstream.grants).toEqual(['authorization_code']);
    const token = kept()?.tokens?.access ?? '';
    expect(upstream.requests.at(-1)?.authorization).toBe(`Bearer ${token}`);
  });

  it('A6.i keeps nothing of it in clear, in files that are the user’s alone', async () => {
    await start();
    await signIn();
    const { access = '', refresh = '' } = kept()?.tokens ?? {};
    expect(access.length * refresh.length).toBeGreaterThan(100);
    for (const name of ['secrets/credentials.json', 'keys/secrets.key']) {
      const path = join(home, name);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const text = readFileSync(path, 'utf8');
      for (const secret of [access, refresh]) expect(text).not.toContain(secret);
    }
  });

  it('A6.n gives another server under the same name nothing', async () => {
    await start();
    await signIn();
    const first = upstream;
    upstream = await startOAuthUpstream();
    try {
      await expect(callEcho(options())).rejects.toMatchObject({ code: 'UPSTREAM_LOGIN_REQUIRED' });
      expect(upstream.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
    } finally {
      await first.stop();
    }
  });

  it('forgets everything at a logout', async () => {
    await start();
    await signIn();
    expect(await logOut('guarded', guardedUpstream(options()).credentials)).toBe(true);
    expect(kept()).toBeUndefined();
    await expect(callEcho(options())).rejects.toMatchObject({ code: 'UPSTREAM_LOGIN_REQUIRED' });
  });

  it('A6.b registers once, and anew where the address that it registered cannot be had any more', async () => {
    await start();
    await signIn();
    await signIn();
    expect(upstream.registrations).toHaveLength(1);
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(Number(new URL(upstream.registrations[0] ?? '').port), '127.0.0.1', resolve));
    await signIn();
    taken.close();
    expect(new Set(upstream.registrations).size).toBe(2);
    await callEcho(options());
  });

  it('gives up when nobody answers', async () => {
    await start();
    const { config, ports } = guardedUpstream(options({ show: () => undefined }));
    using scope = new Scope({ timeoutMs: 300 });
    await expect(logIn('guarded', config, ports, scope)).rejects.toMatchObject({ code: 'UPSTREAM_LOGIN_REQUIRED' });
  });

  it('A6.o says that more was wanted, goes on with what it has, and asks for it at the next sign-in', async () => {
    await start();
    await signIn();
    upstream.callScope = 'mcp:write';
    await expect(callEcho(options())).rejects.toMatchObject({ code: 'UPSTREAM_LOGIN_REQUIRED', message: expect.stringContaining('mcp:write') as unknown });
    upstream.callScope = undefined;
    await callEcho(options());
    expect((await signIn()).scopes).toEqual(expect.arrayContaining(['mcp:read', 'mcp:write']));
    upstream.callScope = 'mcp:write';
    await callEcho(options());
  });

  it('A6.o refuses what the operator does not allow, and what is asked for again and again', async () => {
    await start();
    const auth = { scopes: ['mcp:read'] };
    await signIn({ auth });
    upstream.callScope = 'mcp:write';
    await expect(callEcho(options({ auth }))).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH_FAILED',
      message: expect.stringContaining('does not allow') as unknown,
    });
    upstream.callScope = 'mcp:read mcp:read-never-granted';
    const before = upstream.requests.length;
    await expect(callEcho(options({ auth }))).rejects.toMatchObject({ code: 'UPSTREAM_AUTH_FAILED' });
    expect(upstream.requests.length - before).toBeLessThan(5);
  });
});

describe('a token that ends', () => {
  it('A6.g is renewed before its end, with the next refresh token each time', async () => {
    await start();
    await signIn();
    const tokens = [kept()?.tokens];
    for (const aheadMs of [1, 2, 3].map((hours) => hours * hour - 30_000)) {
      await callEcho(options({ aheadMs: () => aheadMs }), 5);
      tokens.push(kept()?.tokens);
    }
    expect(upstream.grants).toEqual(['authorization_code', 'refresh_token', 'refresh_token', 'refresh_token']);
    expect(new Set(tokens.map((one) => one?.access)).size).toBe(4);
    expect(new Set(tokens.map((one) => one?.refresh)).size).toBe(4);
  });

  it('A6.g is renewed once by two processes that need it at the same time', async () => {
    await start();
    await signIn();
    const processes = Array.from({ length: 2 }, () =>
      spawn(process.execPath, [join(root, 'tests/integration/upstreams/guarded-caller.ts'), home, upstream.url, String(hour - 30_000)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const lines = processes.map(async ({ stdout }) => {
      const heard: string[] = [];
      for await (const piece of stdout) heard.push(String(piece));
      return heard.join('');
    });
    await Promise.all(processes.map(({ stdout }) => new Promise((resolve) => stdout.once('data', resolve))));
    for (const { stdin } of processes) stdin.end('go\n');
    expect(await Promise.all(lines)).toEqual(['ready\ndone 8\n', 'ready\ndone 8\n']);
    expect(upstream.grants.filter((grant) => grant === 'refresh_token')).toHaveLength(1);
  });

  it('A6.l is replaced when the server refuses it before its time', async () => {
    await start();
    await signIn();
    const old = kept()?.tokens?.access ?? '';
    await (await upstream.provider.AccessToken.find(old))?.destroy();
    await callEcho(options());
    expect(kept()?.tokens?.access).not.toBe(old);
    expect(upstream.grants).toEqual(['authorization_code', 'refresh_token']);
  });

  it('A6.l ends in a sign-in when the grant was revoked, and says so without asking the server each time', async () => {
    await start();
    await signIn();
    const { access = '', refresh = '' } = kept()?.tokens ?? {};
    await (await upstream.provider.AccessToken.find(access))?.destroy();
    await (await upstream.provider.RefreshToken.find(refresh))?.destroy();
    await expect(callEcho(options())).rejects.toMatchObject({ code: 'UPSTREAM_LOGIN_REQUIRED' });
    expect(kept()?.tokens).toBeUndefined();
    expect(kept()?.client).toBeDefined();
  });

  it('A6.l is used while it is good though nobody can renew it; afterwards the error says who is down', async () => {
    await start();
    await signIn();
    await upstream.stopIssuer();
    expect(await callEcho(options({ aheadMs: () => hour - 30_000 }))).toHaveLength(1);
    await expect(callEcho(options({ aheadMs: () => hour + 1 }))).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH_UNAVAILABLE',
      message: expect.stringContaining(new URL(upstream.issuer).host) as unknown,
    });
  });
});

describe('without a person', () => {
  const client = { client_id: 'gateway', client_secret: 's'.repeat(40), grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
  const auth = { grant: 'client_credentials', clientId: 'gateway', clientSecret: 's'.repeat(40) } as const;

  it('A6.c gets a token as the client itself, and another before it ends', async () => {
    await start({ clients: [client] });
    expect(await callEcho(options({ auth }), 5)).toHaveLength(5);
    await callEcho(options({ auth, aheadMs: () => hour - 30_000 }), 5);
    await callEcho(options({ auth }));
    expect(upstream.grants).toEqual(['client_credentials', 'client_credentials']);
  });

  it('A6.c gets one with a key instead of a secret', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const own = {
      client_id: 'keyed',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'private_key_jwt',
    };
    await start({ clients: [{ ...own, jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'mine', alg: 'ES256', use: 'sig' }] } }] });
    const clientKey = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await callEcho(options({ auth: { grant: 'client_credentials', clientId: 'keyed', clientKey, clientKeyId: 'mine' } }));
    expect(upstream.grants).toEqual(['client_credentials']);
    const { privateKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const wrong = other.export({ format: 'pem', type: 'pkcs8' }).toString();
    const fresh = { ...options({ auth: { grant: 'client_credentials', clientId: 'keyed', clientKey: wrong } }), home: `${home}/other` };
    await expect(callEcho(fresh)).rejects.toMatchObject({ code: 'UPSTREAM_AUTH_FAILED' });
  });

  it('A6.l tells a wrong secret, and what is missing', async () => {
    await start({ clients: [client] });
    await expect(callEcho(options({ auth: { ...auth, clientSecret: 'x'.repeat(40) } }))).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH_FAILED',
      message: expect.stringContaining('invalid_client') as unknown,
    });
    await expect(callEcho(options({ auth: { ...auth, clientId: null } }))).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH_FAILED',
      fix: expect.stringContaining('clientId') as unknown,
    });
  });

  it('A6.f binds tokens to a key where that is required', async () => {
    await start({ clients: [client] });
    await callEcho(options({ auth: { ...auth, dpop: 'required' } }));
    expect(upstream.requests.at(-1)?.authorization).toMatch(/^DPoP /);
    expect(upstream.requests.at(-1)?.headers['dpop']).toMatch(/^eyJ/);
  });

  it('A6.a takes a header of the configuration as it is, and looks for nothing else', async () => {
    await start({ clients: [client] });
    await expect(callEcho(options({ auth, headers: { Authorization: 'Bearer mine' } }))).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    expect(upstream.requests.map(({ authorization }) => authorization)).toEqual(upstream.requests.map(() => 'Bearer mine'));
    expect(upstream.grants).toEqual([]);
  });
});
