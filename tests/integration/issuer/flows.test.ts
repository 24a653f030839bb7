/** The embedded authorization server from outside: what clients and people get, and what survives. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TaskPlace } from '../../../src/app/tasks/task.ts';
import { listGrants, revokeGrant, rotateIssuerKeys } from '../../../src/app/tasks/issuer.ts';
import {
  answerIn,
  authorize,
  authorizeUrl,
  claimsOf,
  exchange,
  type IssuerGateway,
  pkce,
  PlainBrowser,
  post,
  refresh,
  startIssuer,
} from '../../helpers/issuer.ts';

let gateway: IssuerGateway;
const said: unknown[] = [];
const place = (): TaskPlace => ({ home: gateway.home, cwd: gateway.home, env: {} });
beforeAll(async () => {
  // stdout belongs to the protocol: the library must keep its remarks to itself.
  for (const name of ['log', 'info', 'warn', 'error'] as const) vi.spyOn(console, name).mockImplementation((...words) => void said.push(words));
  gateway = await startIssuer();
});
afterAll(async () => {
  await gateway.stop();
  expect(said, 'nothing is written beside the log').toEqual([]);
});

describe('metadata', () => {
  // @requirement A3.a
  it('tells the same under both names, of the issuer alone, whatever host the request names', async () => {
    const [oauth, openid] = await Promise.all(
      ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'].map(
        async (path) => (await (await fetch(gateway.url.replace('127.0.0.1', 'localhost') + path)).json()) as Record<string, unknown>,
      ),
    );
    expect(oauth).toEqual(openid);
    expect(oauth).toMatchObject({
      issuer: gateway.url,
      authorization_endpoint: `${gateway.url}/oauth/authorize`,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
    });
    expect(oauth).not.toHaveProperty('registration_endpoint');
    expect(oauth?.['scopes_supported']).toContain('tools:read');
  });

  it('publishes public keys alone', async () => {
    const { keys } = (await (await fetch(`${gateway.url}/oauth/jwks`)).json()) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});

describe('a person', () => {
  // @requirement A3.b
  it('signs in with a key, reads who wants what, allows it, and the client gets tokens of that, for 15 minutes and 7 days', async () => {
    const { client } = await gateway.addClient({ name: 'Editor <b>' });
    const browser = new PlainBrowser(gateway.url);
    const { challenge, verifier } = pkce();
    const asked = await browser.open(authorizeUrl(gateway, { client_id: client.id, code_challenge: challenge, scope: 'tools:read tools:write' }));
    expect(asked.status).toBe(200);
    const consent = await browser.submit(asked, { credential: await gateway.addKey({ roles: ['user'] }), do: 'sign-in' });
    expect(consent.text).toContain('Editor &lt;b&gt;');
    expect(consent.text).toContain('Run tools that read');
    expect(consent.text).toContain('this computer');
    // The role `user` does not hold tools:write.
    expect(consent.text).toMatch(/also asked for <code>tools:write/);
    const done = await browser.submit(consent, { do: 'allow' });
    expect(answerIn(done)).toMatchObject({ state: 'st', iss: gateway.url });
    const { status, body } = await exchange(gateway, client.id, { ...answerIn(done), verifier });
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: 'tools:read' });
    const claims = claimsOf(body['access_token']);
    expect(claims).toMatchObject({ iss: gateway.url, aud: `${gateway.url}/mcp`, scope: 'tools:read', client_id: client.id, roles: ['user'] });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(900);
    expect(gateway.audit('consent_granted').at(-1)).toMatchObject({ client: client.id, detail: { scopes: 'tools:read' } });
    expect(gateway.audit('token_issued').at(-1)).toMatchObject({ detail: { scope: 'tools:read', jti: claims['jti'] } });
  });

  // @requirement A3.p
  it('is asked for what the client was set up for, whatever more it asks for; for a client that asks for nothing of it, not at all', async () => {
    const { client } = await gateway.addClient({ scopes: ['tools:ping'] });
    const open = async (scope: string | undefined): Promise<Awaited<ReturnType<PlainBrowser['open']>>> =>
      await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge, scope }));
    const { body } = await exchange(gateway, client.id, await authorize(gateway, client.id, { scope: 'tools:ping tools:write models:use offline_access' }));
    expect(body).toMatchObject({ scope: 'tools:ping' });
    expect(claimsOf(body['access_token'])['scope']).toBe('tools:ping');
    expect(answerIn(await open('tools:write'))).toMatchObject({ error: 'invalid_scope' });
    // Two of them are no request at all.
    expect(
      answerIn(await new PlainBrowser(gateway.url).open(`${authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge })}&scope=x`)),
    ).not.toHaveProperty('code');
  });

  it('signs in with a one-time link, once', async () => {
    const { client } = await gateway.addClient();
    const { searchParams } = new URL(gateway.app.endpoints().statusUrl);
    const open = async (): Promise<string> => {
      const browser = new PlainBrowser(gateway.url);
      const page = await browser.open(authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge }));
      return (await browser.submit(page, { credential: `${gateway.url}/?token=${searchParams.get('token')}`, do: 'sign-in' })).text;
    };
    expect(await open()).toContain('value="allow"');
    expect(await open()).toContain('This key or link is not valid here.');
  });

  it('goes on with one button where its browser has the console open, and not where it has not', async () => {
    const { client } = await gateway.addClient();
    const browser = new PlainBrowser(gateway.url);
    const { location } = await browser.request(gateway.app.endpoints().statusUrl);
    const key = /#key=([\w-]+)$/.exec(location ?? '')?.[1] ?? '';
    const url = (): string => authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge });
    const page = await browser.open(url());
    expect(page.text).toContain('Continue as key:');
    // The cookie goes to every port of this host, the key does not.
    expect(await browser.submit(page, { do: 'console' })).toMatchObject({ status: 401, text: expect.stringContaining('Open the console anew') });
    expect((await browser.submit(page, { do: 'console', key })).text).toContain('value="allow"');
    const stranger = new PlainBrowser(gateway.url);
    const refused = await stranger.submit(await stranger.open(url()), { do: 'console' });
    expect(refused).toMatchObject({ status: 401 });
    expect(refused.text).not.toContain('value="allow"');
  });

  it('is asked again by an application on this machine, with what it allowed before, and a second browser knows nothing of it', async () => {
    const { client } = await gateway.addClient();
    const browser = new PlainBrowser(gateway.url);
    await authorize(gateway, client.id, { browser });
    const again = await browser.open(authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge }));
    expect(again.text).toContain('value="allow"');
    const stranger = await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge }));
    expect(stranger.text).toContain('name="credential"');
  });

  // @requirement A3.k
  it('is not asked twice by a web application, until it takes the consent back', async () => {
    const { client } = await gateway.addClient({ redirectUris: ['https://app.example/callback'] });
    const browser = new PlainBrowser(gateway.url);
    const parameters = { redirect_uri: 'https://app.example/callback' };
    expect(await authorize(gateway, client.id, { browser, ...parameters })).toHaveProperty('code');
    const url = (): string => authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge, ...parameters });
    expect(answerIn(await browser.open(url()))).toHaveProperty('code');
    const grant = (await listGrants(place())).find(({ clientId }) => clientId === client.id);
    await revokeGrant(place(), String(grant?.id));
    expect((await browser.open(url())).text).toContain('value="allow"');
  });

  it('refuses with one click, and the client is told no more than that', async () => {
    const { client } = await gateway.addClient();
    const browser = new PlainBrowser(gateway.url);
    const page = await browser.open(authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge }));
    const consent = await browser.submit(page, { credential: gateway.adminKey, do: 'sign-in' });
    const answer = answerIn(await browser.submit(consent, { do: 'deny' }));
    expect(answer).toMatchObject({ error: 'access_denied', state: 'st', iss: gateway.url });
    expect(answer).not.toHaveProperty('code');
    const early = await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge }));
    expect(early.text).toContain('value="deny"');
  });

  it('goes on as somebody else when it asks to', async () => {
    const { client } = await gateway.addClient();
    const browser = new PlainBrowser(gateway.url);
    const page = await browser.open(authorizeUrl(gateway, { client_id: client.id, code_challenge: pkce().challenge }));
    const consent = await browser.submit(page, { credential: gateway.adminKey, do: 'sign-in' });
    const again = await browser.submit(consent, { do: 'switch' });
    expect(again.text).toContain('name="credential"');
    const key = await gateway.addKey({ roles: ['guest'] });
    expect((await browser.submit(again, { credential: key, do: 'sign-in' })).text).toContain(key.slice(6, 18));
  });

  it('offers a client that names no scope the least', async () => {
    const { client } = await gateway.addClient();
    const { verifier, ...answer } = await authorize(gateway, client.id, { scope: undefined });
    expect((await exchange(gateway, client.id, { ...answer, verifier })).body['scope']).toBe('tools:ping tools:read');
  });
});

describe('tokens', () => {
  // @requirement A3.c
  it('rotate at each refresh; scopes follow the person down', async () => {
    const { client } = await gateway.addClient();
    const key = await gateway.addKey({ roles: ['developer'] });
    const first = await exchange(gateway, client.id, await authorize(gateway, client.id, { key, scope: 'tools:ping tools:write' }));
    expect(first.body['scope']).toBe('tools:ping tools:write');
    const second = await refresh(gateway, client.id, first.body['refresh_token'], { scope: 'tools:ping' });
    expect(second.body['scope']).toBe('tools:ping');
    expect(second.body['refresh_token']).not.toBe(first.body['refresh_token']);
  });

  it('end with the key of the person', async () => {
    const { client } = await gateway.addClient();
    const key = await gateway.addKey();
    const { body } = await exchange(gateway, client.id, await authorize(gateway, client.id, { key }));
    const { revokeKey } = await import('../../../src/app/tasks/keys.ts');
    await revokeKey(place(), key.slice(6, 18));
    expect(await refresh(gateway, client.id, body['refresh_token'])).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  // @requirement A3.f
  it('sessions, consents, codes, refresh tokens, clients and keys survive a restart', async () => {
    const own = await startIssuer();
    try {
      const { client } = await own.addClient();
      const browser = new PlainBrowser(own.url);
      const answer = await authorize(own, client.id, { browser });
      const kept = await exchange(own, client.id, await authorize(own, client.id));
      await own.restart();
      expect((await exchange(own, client.id, answer)).status).toBe(200);
      expect((await refresh(own, client.id, kept.body['refresh_token'])).status).toBe(200);
      const page = await browser.open(authorizeUrl(own, { client_id: client.id, code_challenge: pkce().challenge }));
      expect(page.text).toContain('value="allow"');
    } finally {
      await own.stop();
    }
  });

  // @requirement A3.j
  it('are signed by a new key after a rotation, without a restart; both keys are published', async () => {
    const { client, secret } = await gateway.addClient({ grants: ['client_credentials'], roles: ['user'] });
    const issue = async (): Promise<unknown> =>
      (await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials', scope: 'tools:ping' }, [client.id, String(secret)])).body['access_token'];
    const kidOf = (token: unknown): unknown => (JSON.parse(Buffer.from(String(token).split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
    const before = kidOf(await issue());
    const { signing, verifying } = await rotateIssuerKeys(place());
    expect(verifying).toEqual([before]);
    await expect.poll(async () => kidOf(await issue()), { timeout: 5_000 }).toBe(signing);
    const { keys } = (await (await fetch(`${gateway.url}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
    expect(keys.map(({ kid }) => kid)).toEqual([signing, before]);
  });
});
