/** Attacks through clients: floods of registrations, descriptions at hostile addresses, replayed assertions and proofs. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listClients, revokeClient, revokeGrant } from '../../../src/app/tasks/issuer.ts';
import { authorize, authorizeUrl, claimsOf, exchange, type IssuerGateway, pkce, PlainBrowser, post, refresh, startIssuer } from '../../helpers/issuer.ts';
import { createSelfSigned } from '../../helpers/self-signed.ts';

/** Opens the sign-in page of a client id; the text of the page. */
const pageOf = async (gateway: IssuerGateway, clientId: string, redirectUri = gateway.callback): Promise<string> =>
  (await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: clientId, redirect_uri: redirectUri, code_challenge: pkce().challenge }))).text;

describe('services', () => {
  let gateway: IssuerGateway;
  beforeAll(async () => {
    gateway = await startIssuer();
  });
  afterAll(async () => {
    await gateway.stop();
  });
  const place = (): { readonly home: string; readonly cwd: string; readonly env: Record<string, string> } => ({
    home: gateway.home,
    cwd: gateway.home,
    env: {},
  });
  const ask = async (id: string, secret: string | null, form: Readonly<Record<string, string>> = {}): ReturnType<typeof post> =>
    await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials', ...form }, [id, String(secret)]);

  // @requirement A3.d
  // @requirement A4.b
  // @requirement A4.c
  it('get what they were made for and their roles hold, with tenant and claims of their own', async () => {
    const { client, secret } = await gateway.addClient({
      grants: ['client_credentials'],
      scopes: ['tools:ping', 'tools:execute', 'admin:full'],
      roles: ['user'],
      tenant: 'acme',
      claims: { team: 'blue' },
    });
    const { status, body } = await ask(client.id, secret, { scope: 'tools:ping tools:execute' });
    expect(status).toBe(200);
    // The role `user` holds no tools:execute.
    expect(body).toMatchObject({ scope: 'tools:ping', expires_in: 900 });
    expect(body).not.toHaveProperty('refresh_token');
    expect(claimsOf(body['access_token'])).toMatchObject({ sub: client.id, client_id: client.id, tenant: 'acme', team: 'blue', roles: ['user'] });
    expect(await ask(client.id, secret, { scope: 'tools:read' })).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    expect(await ask(client.id, secret, { scope: 'tools:ping', resource: 'https://other.example' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    });
    expect((await ask(client.id, 'wrong')).status).toBe(401);
  });

  // @requirement A4.a
  it('are listed and revoked; what they held is gone at once', async () => {
    const { client, secret } = await gateway.addClient({ grants: ['client_credentials'], roles: ['user'], name: 'to be revoked' });
    expect((await listClients(place())).map(({ id }) => id)).toContain(client.id);
    expect((await ask(client.id, secret)).status).toBe(200);
    await revokeClient(place(), client.id);
    expect((await ask(client.id, secret)).status).toBe(401);
    expect((await listClients(place())).map(({ id }) => id)).not.toContain(client.id);
    await expect(revokeClient(place(), client.id)).rejects.toMatchObject({ code: 'GRANT_UNKNOWN' });
    await expect(revokeGrant(place(), 'no such grant')).rejects.toMatchObject({ code: 'GRANT_UNKNOWN' });
  });

  it.each([
    [{ grants: ['client_credentials'] as const }, 'roles'],
    [{ scopes: ['tools:*'] }, 'scopes'],
    [{ redirectUris: ['http://evil.example/'] }, 'redirectUris'],
    [{ redirectUris: ['myapp:/callback'] }, 'redirectUris'],
    [{ claims: { sub: 'key:admin' } }, 'claims'],
    [{ claims: { roles: 'admin' } }, 'claims'],
    [{ jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'c' }] } }, 'public keys'],
    [{ name: 'a\nb' }, 'name'],
  ])('are not made with %j', async (over, word) => {
    await expect(gateway.addClient(over)).rejects.toMatchObject({ code: 'INVALID_PARAMS', message: expect.stringContaining(word) });
  });

  // @requirement A3.d
  it('prove themselves by a signature; the same one twice, of another key, for another server or expired is nothing', async () => {
    const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
    const jwk: JWK = { ...(await exportJWK(own.publicKey)), alg: 'ES256', use: 'sig', kid: 'one' };
    const { client, secret } = await gateway.addClient({ grants: ['client_credentials'], roles: ['user'], jwks: { keys: [jwk] } });
    expect(secret).toBeNull();
    const assertion = async (over: Readonly<Record<string, unknown>> = {}, key = own.privateKey): Promise<string> =>
      await new SignJWT({ iss: client.id, sub: client.id, aud: gateway.url, jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 60, ...over })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .sign(key);
    const ask = async (text: string): Promise<number> =>
      (
        await post(`${gateway.url}/oauth/token`, {
          grant_type: 'client_credentials',
          scope: 'tools:ping',
          client_assertion: text,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        })
      ).status;
    const good = await assertion();
    expect(await ask(good)).toBe(200);
    expect(await ask(good), 'replayed').toBe(401);
    const both = await assertion();
    expect(
      (await Promise.all([ask(both), ask(both), ask(both)])).filter((status) => status === 200),
      'at the same moment',
    ).toHaveLength(1);
    expect(await ask(await assertion({}, foreign.privateKey)), 'another key').toBe(401);
    expect(await ask(await assertion({ aud: 'https://other.example' })), 'another server').toBe(401);
    expect(await ask(await assertion({ exp: Math.floor(Date.now() / 1000) - 60 })), 'expired').toBe(401);
    expect(await ask(await assertion({ jti: undefined })), 'without id').toBe(401);
    const { client: other } = await gateway.addClient({ grants: ['client_credentials'], roles: ['user'], jwks: { keys: [{ ...jwk, kid: 'two' }] } });
    expect(await ask(await assertion({ sub: other.id, iss: client.id })), 'in the name of another').toBe(401);
    expect((await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials' }, [client.id, 'x'])).status, 'by a secret instead').toBe(401);
  });

  // @requirement A3.n
  it('bind tokens to a key of theirs; a proof serves once, and a stolen refresh token is nothing without the key', async () => {
    const { client } = await gateway.addClient();
    const holder = await generateKeyPair('ES256');
    const thief = await generateKeyPair('ES256');
    const proof = async ({ publicKey, privateKey }: typeof holder, over: Readonly<Record<string, unknown>> = {}): Promise<string> =>
      await new SignJWT({ jti: randomUUID(), htm: 'POST', htu: `${gateway.url}/oauth/token`, iat: Math.floor(Date.now() / 1000), ...over })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
        .sign(privateKey);
    const answer = await authorize(gateway, client.id);
    const form = {
      grant_type: 'authorization_code',
      client_id: client.id,
      code: String(answer['code']),
      redirect_uri: gateway.callback,
      code_verifier: answer.verifier,
    };
    const once = await proof(holder);
    const { body } = await post(`${gateway.url}/oauth/token`, form, undefined, { dpop: once });
    expect(body['token_type']).toBe('DPoP');
    expect(claimsOf(body['access_token'])['cnf']).toEqual({ jkt: await calculateJwkThumbprint(await exportJWK(holder.publicKey)) });
    const again = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (
        await post(
          `${gateway.url}/oauth/token`,
          { grant_type: 'refresh_token', client_id: client.id, refresh_token: String(body['refresh_token']) },
          undefined,
          headers,
        )
      ).status;
    expect(await again({}), 'without proof').toBe(400);
    expect(await again({ dpop: await proof(thief) }), 'another key').toBe(400);
    expect(await again({ dpop: once }), 'a used proof').toBe(400);
    expect(await again({ dpop: await proof(holder, { htu: 'https://other.example/token' }) }), 'for another address').toBe(400);
    expect(await again({ dpop: await proof(holder) }), 'control').toBe(200);
  });
});

describe('registration', () => {
  const describeSelf = { client_name: 'Some tool', redirect_uris: ['http://127.0.0.1:9/callback'], token_endpoint_auth_method: 'none' };
  const register = async (gateway: IssuerGateway, body: unknown, source = '203.0.113.1'): Promise<Response> =>
    await fetch(`${gateway.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': source, 'x-forwarded-proto': 'http' },
      body: JSON.stringify(body),
    });

  // @requirement A3.h
  it('is not there unless switched on', async () => {
    const gateway = await startIssuer();
    try {
      expect((await register(gateway, describeSelf)).status).toBe(404);
    } finally {
      await gateway.stop();
    }
  });

  it('switched on: ten in an hour from one source; such a client is shown as unverified and always asked for', async () => {
    const gateway = await startIssuer({ registration: true }, { server: { port: 0, trustedProxy: ['127.0.0.1'] } });
    try {
      const statuses: number[] = [];
      for (let count = 0; count < 12; count += 1) statuses.push((await register(gateway, describeSelf)).status);
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 201), 429, 429]);
      const made = await register(gateway, describeSelf, '198.51.100.1');
      expect(made.status, 'control: a neighbour').toBe(201);
      const { client_id: id } = (await made.json()) as { client_id: string };
      const browser = new PlainBrowser(gateway.url);
      expect((await exchange(gateway, id, await authorize(gateway, id, { browser }))).status).toBe(200);
      const again = await browser.open(authorizeUrl(gateway, { client_id: id, code_challenge: pkce().challenge }));
      expect(again.text).toContain('value="allow"');
      expect(again.text).toContain('unverified');
      const web = (await (
        await register(gateway, { ...describeSelf, application_type: 'web', redirect_uris: ['https://app.example/cb'] }, '198.51.100.1')
      ).json()) as { client_id: string };
      const parameters = { redirect_uri: 'https://app.example/cb' };
      await authorize(gateway, web.client_id, { browser, ...parameters });
      const asked = await browser.open(authorizeUrl(gateway, { client_id: web.client_id, code_challenge: pkce().challenge, ...parameters }));
      expect(asked.text, 'also one that calls itself a web application').toContain('value="allow"');
    } finally {
      await gateway.stop();
    }
  });

  it.each([
    ['a redirect to a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['plain http elsewhere', { redirect_uris: ['http://evil.example/'] }],
    ['client credentials without a secret', { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
    ['plain http elsewhere of one that calls itself a web application', { redirect_uris: ['http://evil.example/'], application_type: 'web' }],
    ['a scheme that nobody owns', { redirect_uris: ['myapp:/callback'] }],
    ['tokens in the front channel', { response_types: ['token'] }],
    ['fifty-seven kilobytes', { client_name: 'x'.repeat(57 * 1024) }],
  ])('%s is refused', async (what, over) => {
    const gateway = await startIssuer({ registration: true });
    try {
      const answer = await register(gateway, { ...describeSelf, ...over });
      // Without roles of its own such a client holds nothing, whatever it registers.
      if (what.startsWith('client credentials')) {
        const { client_id: id } = (await answer.json()) as { client_id: string };
        expect(
          (await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials', client_id: String(id), scope: 'tools:ping' })).status,
        ).toBeGreaterThanOrEqual(400);
        return;
      }
      expect(answer.status).toBe(400);
    } finally {
      await gateway.stop();
    }
  });

  it('a secret that was given is kept as its hash, and works', async () => {
    const gateway = await startIssuer({ registration: true });
    try {
      const made = (await (await register(gateway, { ...describeSelf, token_endpoint_auth_method: 'client_secret_post' })).json()) as Record<string, string>;
      const answer = await authorize(gateway, String(made['client_id']));
      expect((await exchange(gateway, String(made['client_id']), answer, { client_secret: 'wrong' })).status).toBe(401);
      expect((await exchange(gateway, String(made['client_id']), answer, { client_secret: String(made['client_secret']) })).status).toBe(200);
    } finally {
      await gateway.stop();
    }
  });
});

describe('descriptions at a URL', () => {
  let gateway: IssuerGateway;
  let strict: IssuerGateway;
  let documents: { readonly url: string; hits: number; stop(): Promise<void> };
  const outer = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  beforeAll(async () => {
    // The test's certificate is signed by nobody.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    documents = await serveDocuments();
    gateway = await startIssuer({ clientDocumentNetworks: ['127.0.0.0/8', '::1'] });
    strict = await startIssuer();
  });
  afterAll(async () => {
    if (outer === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = outer;
    await Promise.all([gateway.stop(), strict.stop(), documents.stop()]);
  });

  // @requirement A3.g
  it('a client is what its document says, shown with the host that vouches for it', async () => {
    const id = `${documents.url}/client.json`;
    const page = await pageOf(gateway, id);
    expect(page).toContain(`<b>${new URL(id).host}</b> wants`);
    expect(page).toContain('Fine editor');
    const { body } = await exchange(gateway, id, await authorize(gateway, id));
    expect(claimsOf(body['access_token'])['client_id']).toBe(id);
    expect((await refresh(gateway, id, body['refresh_token'])).status).toBe(200);
    // The document is kept for a while: one visit is one fetch.
    expect(documents.hits).toBe(1);
  });

  it.each(['mismatch', 'huge', 'redirect', 'secret', 'html', 'missing', 'list'])('a document that is %s makes no client', async (kind) => {
    expect(await pageOf(gateway, `${documents.url}/${kind}`)).not.toContain('name="credential"');
  });

  it('a private address is not even connected to', async () => {
    let connections = 0;
    const listener = createTcpServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f000001', '2130706433', '127.1', '0.0.0.0', '169.254.169.254', '10.0.0.1'])
      expect(await pageOf(strict, `https://${host}:${port}/client.json`)).not.toContain('name="credential"');
    expect(connections).toBe(0);
    await pageOf(gateway, `https://127.0.0.1:${port}/client.json`);
    expect(connections, 'control: where its network is allowed').toBeGreaterThan(0);
    listener.close();
  });

  it('nobody makes the gateway fetch without end', async () => {
    const before = documents.hits;
    for (let count = 0; count < 30; count += 1) await pageOf(gateway, `${documents.url}/missing?${count}`);
    expect(documents.hits - before).toBeLessThanOrEqual(20);
  });
});

/** A server of descriptions; `hits` counts those of the good one. */
async function serveDocuments(): Promise<{ readonly url: string; hits: number; stop(): Promise<void> }> {
  const { key, cert } = createSelfSigned();
  const state = { url: '', hits: 0, stop: async (): Promise<void> => undefined };
  const server = createServer({ key, cert }, (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (path === '/client.json' || path === '/missing') state.hits += 1;
    const id = `${state.url}${request.url}`;
    const document = {
      client_id: id,
      client_name: 'Fine editor',
      redirect_uris: ['http://127.0.0.1:9/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
    };
    const answers: Readonly<Record<string, () => void>> = {
      '/client.json': () => response.end(JSON.stringify(document)),
      '/mismatch': () => response.end(JSON.stringify({ ...document, client_id: 'https://other.example/' })),
      '/huge': () => response.end(JSON.stringify({ ...document, padding: 'x'.repeat(300_000) })),
      '/redirect': () => response.writeHead(302, { location: `${state.url}/client.json` }).end(),
      '/secret': () => response.end(JSON.stringify({ ...document, client_secret: 'x', token_endpoint_auth_method: 'client_secret_post' })),
      '/html': () => response.end('<html></html>'),
      '/list': () => response.end('[]'),
    };
    (answers[path] ?? (() => response.writeHead(404).end()))();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.stop = async () =>
    await new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return state;
}
