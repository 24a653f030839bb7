/** Attacks on authorization codes, redirects and refresh tokens; each with the control in which the effect happens. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
let client = '';
let other: readonly [string, string] = ['', ''];
beforeAll(async () => {
  gateway = await startIssuer();
  client = (await gateway.addClient()).client.id;
  const confidential = await gateway.addClient({ isPublic: false });
  other = [confidential.client.id, String(confidential.secret)];
});
afterAll(async () => {
  await gateway.stop();
});

/** Whether a token of the confidential client is still worth something, as the server tells it. */
const isActive = async (token: unknown): Promise<unknown> => (await post(`${gateway.url}/oauth/introspect`, { token: String(token) }, other)).body['active'];
const confidentialTokens = async (): Promise<Readonly<Record<string, unknown>>> => {
  const answer = await authorize(gateway, other[0]);
  const form = { grant_type: 'authorization_code', code: String(answer['code']), redirect_uri: gateway.callback, code_verifier: answer.verifier };
  return { ...(await post(`${gateway.url}/oauth/token`, form, other)).body, form };
};
const refreshed = async (token: unknown): Promise<Readonly<Record<string, unknown>>> =>
  (await post(`${gateway.url}/oauth/token`, { grant_type: 'refresh_token', refresh_token: String(token) }, other)).body;

describe('codes', () => {
  // @requirement A3.c
  it('a replayed code gives nothing, and ends what the first use gave', async () => {
    const { form, ...tokens } = await confidentialTokens();
    expect(await isActive(tokens['access_token'])).toBe(true);
    const replay = await post(`${gateway.url}/oauth/token`, form as Record<string, string>, other);
    expect(replay).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await isActive(tokens['access_token'])).toBe(false);
    expect(await refreshed(tokens['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
    expect(gateway.audit('token_refused').at(-2)).toMatchObject({ client: other[0] });
  });

  it('of five uses at the same moment at most one gives tokens, and those are void', async () => {
    const answer = await authorize(gateway, client);
    const uses = await Promise.all([1, 2, 3, 4, 5].map(() => exchange(gateway, client, answer)));
    const won = uses.filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(1);
    for (const { body } of won) expect((await refresh(gateway, client, body['refresh_token'])).status).toBe(400);
  });

  it('an injected code is useless without the verifier of the browser that began, or in the hands of another client', async () => {
    const victim = await authorize(gateway, client);
    expect((await exchange(gateway, client, { ...victim, verifier: pkce().verifier })).status).toBe(400);
    const { verifier: _, ...without } = await authorize(gateway, client);
    expect((await exchange(gateway, client, without)).status).toBe(400);
    const stolen = await authorize(gateway, client);
    const form = { grant_type: 'authorization_code', code: String(stolen['code']), redirect_uri: gateway.callback, code_verifier: stolen.verifier };
    expect((await post(`${gateway.url}/oauth/token`, form, other)).status).toBe(400);
    expect((await exchange(gateway, client, await authorize(gateway, client))).status, 'control').toBe(200);
  });

  it('a code of one redirect address is not exchanged for another', async () => {
    const answer = await authorize(gateway, client);
    expect((await exchange(gateway, client, answer, { redirect_uri: 'http://127.0.0.1:9/callback2' })).status).toBe(400);
  });

  // @requirement A3.b
  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['plain', { code_challenge_method: 'plain' }],
    ['method left out, which means plain', { code_challenge_method: undefined }],
    ['another response type', { response_type: 'token' }],
    ['an id token in the front channel', { response_type: 'id_token' }],
  ])('%s: nothing begins', async (_what, parameters) => {
    const page = await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: client, code_challenge: pkce().challenge, ...parameters }));
    expect(page.text).not.toContain('name="credential"');
    expect(answerIn(page)).not.toHaveProperty('code');
  });
});

describe('where the browser is sent', () => {
  const opened = async (parameters: Readonly<Record<string, string | undefined>>): Promise<{ readonly location: string | undefined; readonly text: string }> =>
    await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: client, code_challenge: pkce().challenge, ...parameters }));

  it.each([
    'https://evil.example/callback',
    'http://127.0.0.1:9@evil.example/callback',
    'http://127.0.0.1.evil.example:9/callback',
    'http://127.0.0.1:9/callback/../evil',
    'http://127.0.0.1:9/callback?next=https://evil.example',
    'http://127.0.0.1:9/callback/',
    'http://127.0.0.1:9/CALLBACK',
    'http://127.0.0.1:9/callback#evil',
    'http://localhost:9/callback',
    '//evil.example/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'http://127.0.0.1:9/callback\r\nLocation: https://evil.example',
    ' http://127.0.0.1:9/callback',
  ])('%j is no address of the client: it is told so here, and sent nowhere', async (redirectUri) => {
    const page = await opened({ redirect_uri: redirectUri });
    expect(page.location).toBeUndefined();
    expect(page.text).not.toContain('name="credential"');
    // Nor with an error on the way, which is an open redirect too.
    expect((await opened({ redirect_uri: redirectUri, prompt: 'none' })).location).toBeUndefined();
  });

  it('control: the address itself, and another port of this machine, which a program chooses when it starts', async () => {
    expect((await opened({})).text).toContain('name="credential"');
    expect((await opened({ redirect_uri: 'http://127.0.0.1:54321/callback' })).text).toContain('name="credential"');
    expect(new URL((await opened({ prompt: 'none' })).location ?? '').origin).toBe('http://127.0.0.1:9');
  });

  it('an unknown client is told here, and its address is not visited', async () => {
    expect((await opened({ client_id: 'client-0000000000000000', redirect_uri: 'https://evil.example/' })).location).toBeUndefined();
  });

  it('mix-up: every answer, good or bad, says who gives it', async () => {
    expect(await authorize(gateway, client)).toMatchObject({ iss: gateway.url });
    expect(
      answerIn(await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: client, prompt: 'none', code_challenge: pkce().challenge }))),
    ).toMatchObject({
      error: 'login_required',
      iss: gateway.url,
    });
  });

  it.each(['fragment', 'form_post', 'query.jwt', 'web_message'])('the response mode %s is refused: codes reach no script and no form', async (mode) => {
    const page = await opened({ response_mode: mode });
    expect(page.location).toBeUndefined();
    expect(page.text).not.toContain('<script');
    expect(page.text).not.toContain('name="credential"');
  });
});

describe('what a token is for', () => {
  // @requirement A3.m
  it.each(['https://other.example/mcp', 'http://127.0.0.1:9/mcp', 'urn:x'])('%j is not this gateway: no token for it', async (resource) => {
    const page = await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: client, code_challenge: pkce().challenge, resource }));
    expect(answerIn(page)).not.toHaveProperty('code');
    expect(page.text).not.toContain('name="credential"');
    const answer = await authorize(gateway, client);
    expect((await exchange(gateway, client, answer, { resource })).status).toBe(400);
  });

  it('control: this gateway, by both of its names', async () => {
    for (const resource of [gateway.url, `${gateway.url}/mcp`]) {
      const { body } = await exchange(gateway, client, await authorize(gateway, client, { resource }), { resource });
      expect(claimsOf(body['access_token'])['aud']).toBe(resource);
    }
  });

  it('a refresh gives no scope that was not allowed', async () => {
    const { body } = await exchange(gateway, client, await authorize(gateway, client, { scope: 'tools:ping' }));
    expect(await refresh(gateway, client, body['refresh_token'], { scope: 'tools:ping tools:write' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });
});

describe('refresh tokens', () => {
  // @requirement A3.c
  it('a used one that comes again ends the whole family, access tokens too', async () => {
    const first = await confidentialTokens();
    const second = await refreshed(first['refresh_token']);
    expect(await isActive(second['access_token'])).toBe(true);
    expect(await refreshed(first['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
    expect(await isActive(second['access_token'])).toBe(false);
    expect(await isActive(first['access_token'])).toBe(false);
    expect(await refreshed(second['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
  });

  it('control: in order they go on and on', async () => {
    let token = (await confidentialTokens())['refresh_token'];
    for (let turn = 0; turn < 4; turn += 1) token = (await refreshed(token))['refresh_token'];
    expect(await refreshed(token)).toHaveProperty('access_token');
  });

  it('two at the same moment: the family ends rather than splits', async () => {
    const first = await confidentialTokens();
    const both = await Promise.all([refreshed(first['refresh_token']), refreshed(first['refresh_token'])]);
    const alive = await Promise.all(both.map(async (tokens) => (tokens['refresh_token'] === undefined ? undefined : await refreshed(tokens['refresh_token']))));
    expect(alive.filter((tokens) => tokens?.['access_token'] !== undefined)).toEqual([]);
  });

  it('one of another client is nothing', async () => {
    const { body } = await exchange(gateway, client, await authorize(gateway, client));
    expect(await refreshed(body['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(gateway, client, body['refresh_token'])).status, 'control: it was not used up').toBe(200);
  });

  it('nothing that is stored can be presented: neither codes nor tokens nor sessions lie in the state', async () => {
    const browser = new PlainBrowser(gateway.url);
    const { body } = await exchange(gateway, client, await authorize(gateway, client, { browser }));
    const pending = await authorize(gateway, client, { browser });
    const { readFileSync } = await import('node:fs');
    const { join } = await import('node:path');
    const stored = Buffer.concat(['state.db', 'state.db-wal'].map((name) => readFileSync(join(gateway.home, name)))).toString('latin1');
    for (const secret of [body['refresh_token'], pending['code'], browser.cookies.get('switchyard_issuer'), other[1]]) {
      expect(String(secret).length).toBeGreaterThan(20);
      expect(stored.includes(String(secret))).toBe(false);
    }
    expect(stored.includes(client), 'control: other things are found').toBe(true);
  });
});
