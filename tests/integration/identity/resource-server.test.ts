/** Access tokens of an issuer of its own, over real sockets. */
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listRevoked, restore, revoke } from '../../../src/app/tasks/revocations.ts';
import { revokedToken } from '../../../src/contracts/tokens.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import { createForgeKey, forge, forgeProof, thumbprintOf } from '../../helpers/forge.ts';
import { startIssuer, startTokenGateway, type TokenGateway } from '../../helpers/token-gateway.ts';
import { legacy, openSession } from '../../helpers/mcp-http.ts';

const bearer = (token: string): { readonly authorization: string } => ({ authorization: `Bearer ${token}` });
const codeOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { error?: { code: string } }).error?.code;

describe('a valid token', () => {
  let gateway: TokenGateway;
  beforeAll(async () => {
    gateway = await startTokenGateway();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)('A2.a: of %s lets its holder call', async (alg) => {
    const answer = await gateway.call(`good-${alg}`, bearer(forge(gateway.world, { alg })));
    expect([answer.status, gateway.marks.has(`good-${alg}`)]).toEqual([200, true]);
  });

  it('A1.b: makes a principal that is on record by issuer and subject, method jwt', async () => {
    await gateway.call('who', bearer(forge(gateway.world, { claims: { sub: 'carol' } })), { source: '192.0.2.77' });
    const record = gateway.records().find(({ source, target }) => source === '192.0.2.77' && target === 'tool:mark');
    expect(record).toMatchObject({ principal: `jwt:${gateway.issuer.url}#carol`, method: 'jwt' });
  });

  it('A7.e: bound to a key lets the holder of the key call, once for each proof', async () => {
    const token = forge(gateway.world, { claims: { cnf: { jkt: thumbprintOf(gateway.holder.jwk) } } });
    const dpop = forgeProof(gateway.world, gateway.holder, token);
    const first = await gateway.call('dpop-1', { authorization: `DPoP ${token}`, dpop });
    const again = await gateway.call('dpop-2', { authorization: `DPoP ${token}`, dpop });
    expect([first.status, again.status, gateway.marks.has('dpop-1'), gateway.marks.has('dpop-2')]).toEqual([200, 401, true, false]);
    expect(again.headers.get('www-authenticate')).toContain('DPoP realm="switchyard", error="invalid_token", algs="RS256 ES256 EdDSA"');
  });

  it('A2.e: that has expired is told so, and does not count as an attempt', async () => {
    const token = forge(gateway.world, { claims: { iat: { $now: -400 }, exp: { $now: -100 } } });
    for (let count = 0; count < 12; count += 1) {
      const answer = await gateway.call('late', bearer(token), { source: '192.0.2.80' });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringContaining('error_description="The access token has expired."'),
      ]);
      expect(await codeOf(answer)).toBe('TOKEN_EXPIRED');
    }
    expect((await gateway.call('fresh', bearer(forge(gateway.world)), { source: '192.0.2.80' })).status).toBe(200);
  });

  it('A7.d: forged ones block their source after ten, whose valid tokens still work; another source is not concerned', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      const token = forge(gateway.world, { claims: { sub: `x${count}` }, key: 'attacker' });
      statuses.push((await gateway.call('forged', bearer(token), { source: '192.0.2.81' })).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect((await gateway.call('valid', bearer(forge(gateway.world)), { source: '192.0.2.81' })).status).toBe(200);
    expect((await gateway.call('forged', bearer(forge(gateway.world, { key: 'attacker' })), { source: '192.0.2.82' })).status).toBe(401);
  });

  it('A2.h: without a scope is told in one challenge which one token needs all together', async () => {
    const answer = await gateway.call('step-up', bearer(forge(gateway.world, { claims: { scope: 'models:use tools:ping' } })));
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      403,
      `Bearer realm="switchyard", error="insufficient_scope", scope="models:use tools:ping tools:read", resource_metadata="${gateway.url}/.well-known/oauth-protected-resource/mcp"`,
    ]);
  });

  it('A2.j: revoked by another process of the home is refused within a second', async () => {
    const token = forge(gateway.world, { claims: { jti: 'to-be-revoked' } });
    expect((await gateway.call('before', bearer(token))).status).toBe(200);
    const store = createSqliteStore({ path: `${gateway.app.endpoints().home}/state.db`, clock: systemClock, writes: 'direct' });
    await store.revocations.revoke({ subject: revokedToken(gateway.issuer.url, 'to-be-revoked'), revokedAt: Date.now(), expiresAt: null, reason: null });
    const revokedAt = performance.now();
    await store.close();
    await expect.poll(async () => (await gateway.call('after', bearer(token))).status, { timeout: 1_000, interval: 20 }).toBe(401);
    expect(performance.now() - revokedAt).toBeLessThan(1_000);
  });
});

describe('principals of an issuer', () => {
  let gateway: TokenGateway;
  beforeAll(async () => {
    gateway = await startTokenGateway();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it('A4.a: are revoked, listed and restored by the command line, while the gateway runs', async () => {
    const place = { home: gateway.app.endpoints().home, cwd: tmpdir(), env: {} };
    const principal = `jwt:${gateway.issuer.url}#alice`;
    const status = async (claims: JsonObject = {}): Promise<number> => (await gateway.call('revoked', bearer(forge(gateway.world, { claims })))).status;
    const control = async (): Promise<number> => await status({ sub: 'bob', jti: 'of-bob' });
    expect([await status(), await control()]).toEqual([200, 200]);
    await revoke(place, { principal }, 'left the company');
    await expect.poll(() => status(), { timeout: 1_000, interval: 20 }).toBe(401);
    expect([await status({ jti: 'another-token' }), await control()]).toEqual([401, 200]);
    expect(await listRevoked(place)).toEqual([
      { subject: `principal:${principal}`, revokedAt: expect.any(Number), expiresAt: null, reason: 'left the company' },
    ]);
    await restore(place, `principal:${principal}`);
    await expect.poll(() => status(), { timeout: 1_000, interval: 20 }).toBe(200);
    await revoke(place, { issuer: gateway.issuer.url, jti: 'of-bob' }, '');
    await expect.poll(control, { timeout: 1_000, interval: 20 }).toBe(401);
    expect(await status()).toBe(200);
    await expect(revoke(place, { principal: 'key:0123456789ab' }, '')).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(restore(place, 'principal:nobody')).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
  });

  it('A7.f: own the legacy sessions that their token opened', async () => {
    const tokenOf = (sub: string): string => forge(gateway.world, { claims: { sub, jti: sub } });
    const session = await openSession(`${gateway.url}/mcp`, { token: tokenOf('carol') });
    const ping = async (sub: string): Promise<number> =>
      (await legacy(`${gateway.url}/mcp`, 'ping', {}, { token: tokenOf(sub), session, headers: { 'MCP-Protocol-Version': '2025-11-25' } })).status;
    expect([await ping('dave'), await ping('carol')]).toEqual([404, 200]);
  });
});

describe('the metadata (A2.g)', () => {
  let gateway: TokenGateway;
  beforeAll(async () => {
    gateway = await startTokenGateway();
  });
  afterAll(async () => {
    await gateway.stop();
  });
  const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => fetch(gateway.url + path, { headers });

  it.each([
    ['', ''],
    ['/mcp', '/mcp'],
    ['/mcp/some-profile', '/mcp/some-profile'],
    ['/v1', '/v1'],
  ])('of the resource %s names it exactly', async (path, resource) => {
    const answer = await get(`/.well-known/oauth-protected-resource${path}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(await answer.json()).toMatchObject({
      resource: gateway.url + resource,
      authorization_servers: [gateway.issuer.url],
      scopes_supported: expect.arrayContaining(['tools:read', 'tools:execute']),
      bearer_methods_supported: ['header'],
    });
  });

  it('A2.i: whatever else is asked for below /.well-known is a JSON 404', async () => {
    for (const path of [
      'oauth-protected-resource/other',
      'oauth-protected-resource/mcp/../x',
      'oauth-authorization-server',
      'openid-configuration',
      'mcp.json',
      'oauth-protected-resources',
    ]) {
      const answer = await get(`/.well-known/${path}`);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 404, 'application/json; charset=utf-8']);
      expect(await codeOf(answer)).toBe('METHOD_NOT_FOUND');
    }
    expect((await fetch(`${gateway.url}/.well-known/oauth-protected-resource`, { method: 'POST' })).status).toBe(405);
  });

  it('names none but the addresses of the gateway, whatever host the client names', async () => {
    const { port } = new URL(gateway.url);
    const asked = async (host: string): Promise<unknown> => {
      const { ask } = await import('../../helpers/raw-http.ts');
      return (JSON.parse((await ask(Number(port), '/.well-known/oauth-protected-resource/mcp', [['Host', host]])).body) as { resource?: string }).resource;
    };
    expect(await asked(`localhost:${port}`)).toBe(`http://localhost:${port}/mcp`);
    expect(await asked('localhost:9')).toBe(`${gateway.url}/mcp`);
  });

  it('is where the challenge of an anonymous call leads', async () => {
    const answer = await fetch(`${gateway.url}/mcp`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    const challenge = answer.headers.get('www-authenticate') ?? '';
    expect([answer.status, challenge]).toEqual([
      401,
      `Bearer realm="switchyard", scope="tools:read", resource_metadata="${gateway.url}/.well-known/oauth-protected-resource/mcp"`,
    ]);
    const [, metadata = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    expect(((await (await fetch(metadata)).json()) as JsonObject)['resource']).toBe(`${gateway.url}/mcp`);
  });
});

describe('keys of the issuer', () => {
  let gateway: TokenGateway;
  afterEach(async () => {
    await gateway.stop();
  });
  const status = async (token: string): Promise<number> => (await gateway.call('keys', bearer(token))).status;
  const asks = (): number => gateway.issuer.asked.filter((path) => path === '/jwks').length;

  it('are asked for once, and made-up ids do not make the gateway ask again', async () => {
    gateway = await startTokenGateway();
    expect(await status(forge(gateway.world))).toBe(200);
    const answers = await Promise.all(Array.from({ length: 50 }, (_none, index) => status(forge(gateway.world, { header: { kid: `made-up-${index}` } }))));
    expect([new Set(answers), asks()]).toEqual([new Set([401]), 1]);
  });

  it('A2.c: that are gone stop counting at once after a forced reload', async () => {
    gateway = await startTokenGateway();
    const token = forge(gateway.world);
    expect(await status(token)).toBe(200);
    gateway.issuer.keys = gateway.issuer.keys.filter(({ kid }) => kid !== 'good-ES256');
    expect(await status(token)).toBe(200);
    await gateway.app.reload();
    expect(await status(token)).toBe(401);
    expect(await status(forge(gateway.world, { alg: 'RS256' }))).toBe(200);
  });

  it('A2.k: that cannot be fetched are a 503 and no lie about the token', async () => {
    gateway = await startTokenGateway();
    gateway.issuer.fault = 500;
    const first = await gateway.call('down', bearer(forge(gateway.world)));
    expect([first.status, first.headers.get('retry-after'), await codeOf(first)]).toEqual([503, '1', 'ISSUER_UNAVAILABLE']);
    expect(gateway.log.filter((line) => line.includes('keys of an issuer')).length).toBeGreaterThan(0);
  });

  it.each([404, 500, 302])('and metadata answered with %i leave the gateway without keys, not without a check', async (fault) => {
    gateway = await startTokenGateway();
    gateway.issuer.fault = fault;
    expect([await status(forge(gateway.world)), gateway.marks.size]).toEqual([503, 0]);
  });

  it('of another issuer’s metadata are not used', async () => {
    const liar = await startIssuer([], { issuer: 'https://somebody.example' });
    gateway = await startTokenGateway({ issuer: { issuer: liar.url } });
    expect(await status(forge(gateway.world, { claims: { iss: liar.url } }))).toBe(503);
    await liar.stop();
  });

  it('may be named by the configuration instead of the metadata', async () => {
    const server = await startIssuer();
    const key = createForgeKey('ES256', 'good-ES256');
    server.keys = [{ ...key.jwk, kid: key.kid }];
    gateway = await startTokenGateway({ issuer: { issuer: 'https://unreachable.example', jwksUri: `${server.url}/jwks` } });
    const world = { ...gateway.world, issuer: { ...gateway.world.issuer, ES256: key } };
    expect(await status(forge(world, { claims: { iss: 'https://unreachable.example' } }))).toBe(200);
    expect(server.asked).toEqual(['/jwks']);
    await server.stop();
  });
});

describe('what a token says about its holder', () => {
  let gateway: TokenGateway;
  afterEach(async () => {
    await gateway.stop();
  });
  const admin = async (claims: JsonObject): Promise<number> => {
    const token = forge(gateway.world, { claims: { scope: 'admin:full', ...claims } });
    return (await gateway.call('admin', bearer(token), { tool: 'mark_admin' })).status;
  };

  it('A2.d: becomes roles as the operator maps them', async () => {
    gateway = await startTokenGateway({ issuer: { rolesClaim: '/realm_access/roles', roleMap: { boss: ['admin'] } } });
    expect(await admin({ realm_access: { roles: ['boss'] } })).toBe(200);
    for (const claims of [
      { realm_access: { roles: ['admin'] } },
      { realm_access: 'boss' },
      { roles: ['boss'] },
      { realm_access: { roles: ['constructor'] } },
      { realm_access: { roles: [['boss']] } },
      {},
    ]) {
      expect([claims, await admin(claims)]).toEqual([claims, 403]);
    }
  });

  it('becomes roles of the same name where there is no map', async () => {
    gateway = await startTokenGateway({ issuer: { rolesClaim: 'https://claims.example/roles' } });
    expect([await admin({ 'https://claims.example/roles': 'user admin' }), await admin({ 'https://claims.example/roles': 'nobody' })]).toEqual([200, 403]);
  });

  it('A4.b: becomes its tenant, without which it is refused where tenants are told', async () => {
    gateway = await startTokenGateway({ issuer: { tenantClaim: 'org_id', keepClaims: ['department', 'level'] } });
    const call = async (claims: JsonObject): Promise<number> => (await gateway.call('tenant', bearer(forge(gateway.world, { claims })))).status;
    expect([await call({ org_id: 'acme', department: 'x', level: 3 }), await call({}), await call({ org_id: ['acme'] }), await call({ org_id: '' })]).toEqual([
      200, 401, 401, 401,
    ]);
  });

  it('must be bound where the operator demands it', async () => {
    gateway = await startTokenGateway({ issuer: { requireBoundTokens: true } });
    expect((await gateway.call('unbound', bearer(forge(gateway.world)))).status).toBe(401);
    const token = forge(gateway.world, { claims: { cnf: { jkt: thumbprintOf(gateway.holder.jwk) } } });
    expect((await gateway.call('bound', { authorization: `DPoP ${token}`, dpop: forgeProof(gateway.world, gateway.holder, token) })).status).toBe(200);
  });
});
