import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { forge } from '../../helpers/forge.ts';
import { type Lies, type LyingUpstream, startLyingUpstream } from '../../helpers/lying-upstream.ts';
import { startTokenGateway, type TokenGateway } from '../../helpers/token-gateway.ts';
import { callEcho } from '../../helpers/upstream-auth.ts';
import { until } from '../../helpers/until.ts';
import { readFileSync } from 'node:fs';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const answer = (response: ServerResponse, status: number, body: JsonObject): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const subjectOf = (token: string): string =>
  String((JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}') as { readonly sub?: string }).sub);

describe('a token for each caller', () => {
  const lies: Lies = {
    token: (_request, response, form) =>
      answer(response, 200, {
        access_token: form.get('grant_type') === EXCHANGE ? `exchanged-for-${subjectOf(form.get('subject_token') ?? '')}` : 'own-token-of-the-gateway',
        token_type: 'Bearer',
        expires_in: 3600,
      }),
  };
  let upstream: LyingUpstream;
  let gateway: TokenGateway;
  beforeAll(async () => {
    upstream = await startLyingUpstream((port) => `http://127.0.0.1:${port}`, lies);
    const auth = { grant: 'token_exchange', subject: 'caller', clientId: 'gateway', clientSecret: 'secret' };
    gateway = await startTokenGateway({
      issuer: { defaultRoles: ['developer'] },
      upstreams: { notes: { transport: 'http', url: `http://127.0.0.1:${upstream.port}/mcp`, auth } },
    });
    await until(async () => (await gateway.app.targets.platform.report()).upstreams[0]?.state === 'up', 'the lists are known');
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.stop();
  });
  const token = (sub: string): string => forge(gateway.world, { claims: { sub, scope: 'tools:read tools:execute', jti: `of-${sub}` } });
  const call = async (credential: string): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await gateway.call('x', { authorization: `Bearer ${credential}` }, { tool: 'notes__whoami' });
    return { status: response.status, text: await response.text() };
  };

  it('A6.d A6.h is had with the caller’s own, which the upstream never sees', async () => {
    const [alice, bob] = [token('alice'), token('bob')];
    const answers = await Promise.all([alice, bob, alice, bob, alice].map(call));
    expect(answers.map(({ text }) => /Bearer [\w-]+/.exec(text)?.[0])).toEqual(
      ['alice', 'bob', 'alice', 'bob', 'alice'].map((who) => `Bearer exchanged-for-${who}`),
    );
    // One exchange for each, and one token of the gateway itself for the lists.
    expect(upstream.tokenRequests.map(({ body }) => new URLSearchParams(body).get('grant_type')).toSorted()).toEqual(
      ['client_credentials', EXCHANGE, EXCHANGE].toSorted(),
    );
    const seen = JSON.stringify(upstream.heads);
    for (const secret of [alice, bob]) expect(seen).not.toContain(secret);
    expect(seen).toContain('own-token-of-the-gateway');
  });

  it('A6.d A6.h is not had by who comes with a key of the gateway: the key goes nowhere', async () => {
    const key = readFileSync(gateway.app.endpoints().adminKeyFile, 'utf8').trim();
    const { text } = await call(key);
    expect(text).toContain('UPSTREAM_AUTH_FAILED');
    expect(JSON.stringify([upstream.heads, upstream.tokenRequests])).not.toContain(key);
  });
});

describe('a token for everybody', () => {
  let home = '';
  let upstream: LyingUpstream;
  const lies: Lies = {};
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'sy-grants-'));
    for (const name of Object.keys(lies) as (keyof Lies)[]) delete lies[name];
    upstream = await startLyingUpstream((port) => `http://127.0.0.1:${port}`, lies);
  });
  afterEach(async () => {
    await upstream.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const origin = (): string => `http://127.0.0.1:${upstream.port}`;
  const call = (auth: JsonObject): ReturnType<typeof callEcho> => callEcho({ home, url: `${origin()}/mcp`, auth: { clientId: 'gateway', ...auth } });
  const forms = (): Record<string, string>[] => upstream.tokenRequests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

  it('A6.d is had for the token of a subject that the operator names', async () => {
    await call({ grant: 'token_exchange', assertion: 'subject', subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt' });
    expect(forms()).toEqual([
      {
        grant_type: EXCHANGE,
        subject_token: 'subject',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        resource: `${origin()}/mcp`,
        client_id: 'gateway',
      },
    ]);
  });

  it('A6.e is had for the JWT of the workload, which is read anew at each use', async () => {
    const assertionFile = join(home, 'token');
    for (const assertion of ['first', 'second']) {
      writeFileSync(assertionFile, `${assertion}\n`);
      rmSync(join(home, 'secrets'), { recursive: true, force: true });
      await call({ grant: 'jwt_bearer', assertionFile });
    }
    expect(forms().map(({ grant_type: grant, assertion }) => [grant, assertion])).toEqual([
      [JWT_BEARER, 'first'],
      [JWT_BEARER, 'second'],
    ]);
  });

  it('A6.e is asked for once: a refused JWT is told, and no other grant is tried', async () => {
    lies.token = (_request, response) => answer(response, 400, { error: 'invalid_grant', error_description: 'expired' });
    await expect(call({ grant: 'jwt_bearer', assertion: 'old' })).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH_FAILED',
      message: expect.stringContaining('expired') as unknown,
    });
    expect(forms()).toHaveLength(1);
  });

  it('A6.e is had in two steps where the identity provider of the enterprise vouches', async () => {
    lies.token = (request, response) =>
      answer(
        response,
        200,
        request.url === '/idp'
          ? { access_token: 'grant', issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag', token_type: 'N_A' }
          : { access_token: 'good', token_type: 'Bearer' },
      );
    await call({ grant: 'enterprise', clientSecret: 'secret', assertion: 'id-token', idpTokenUrl: `${origin()}/idp`, idpClientId: 'at-idp' });
    expect(upstream.tokenRequests.map(({ path }) => path)).toEqual(['/idp', '/token']);
    expect(forms()[0]).toMatchObject({ subject_token: 'id-token', audience: origin(), resource: `${origin()}/mcp`, client_id: 'at-idp' });
    expect(forms()[1]).toMatchObject({ grant_type: JWT_BEARER, assertion: 'grant' });
  });

  it('A6.e takes nothing else from the identity provider than the grant', async () => {
    lies.token = (_request, response) => answer(response, 200, { access_token: 'not-a-grant', token_type: 'Bearer' });
    await expect(call({ grant: 'enterprise', assertion: 'id-token', idpTokenUrl: `${origin()}/idp`, idpClientId: 'at-idp' })).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH_FAILED',
    });
    expect(upstream.tokenRequests.map(({ path }) => path)).toEqual(['/idp']);
  });

  it.each<[string, JsonObject]>([
    ['an assertion', { grant: 'jwt_bearer' }],
    ['a file that is there', { grant: 'jwt_bearer', assertionFile: '/nowhere/token' }],
    ['a subject', { grant: 'token_exchange' }],
    ['an identity provider', { grant: 'enterprise', assertion: 'x' }],
    ['a key that is one', { grant: 'client_credentials', clientKey: 'no key' }],
  ])('A6.l says that %s is missing, and asks nobody', async (_what, auth) => {
    await expect(call(auth)).rejects.toMatchObject({ code: 'UPSTREAM_AUTH_FAILED' });
    expect(upstream.tokenRequests).toEqual([]);
  });
});
