/** Tokens of the embedded authorization server at the doors of the same gateway: what they open, and when they cease to. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { revokeClient, revokeGrant, listGrants, rotateIssuerKeys } from '../../../src/app/tasks/issuer.ts';
import { revokeKey } from '../../../src/app/tasks/keys.ts';
import type { TaskPlace } from '../../../src/app/tasks/task.ts';
import { type App, createApp } from '../../../src/app/app.ts';
import { authorize, callWith, exchange, type IssuerGateway, post, startIssuer } from '../../helpers/issuer.ts';

let gateway: IssuerGateway;
let client = '';
const place = (): TaskPlace => ({ home: gateway.home, cwd: gateway.home, env: {} });
beforeAll(async () => {
  gateway = await startIssuer();
  client = (await gateway.addClient({ scopes: ['tools:ping', 'tools:read', 'tools:write', 'admin:full'] })).client.id;
});
afterAll(async () => {
  await gateway.stop();
});

const tokenOf = async (parameters: Readonly<Record<string, string>> = {}): Promise<unknown> =>
  (await exchange(gateway, client, await authorize(gateway, client, parameters))).body['access_token'];
const statusOf = async (token: unknown, tool = 'ping'): Promise<number> =>
  (await callWith(gateway, token, tool, tool === 'ping' ? {} : { path: 'a.txt' })).status;
const isRefusedSoon = async (token: unknown): Promise<void> => await expect.poll(() => statusOf(token), { timeout: 1_000, interval: 20 }).toBe(401);

// @requirement A3.m
it('a token opens what its scopes say, of what its person holds; the rest is a step up that names the scope', async () => {
  const token = await tokenOf({ scope: 'tools:ping' });
  expect(await statusOf(token)).toBe(200);
  const refused = await callWith(gateway, token, 'read_file', { path: 'a.txt' });
  expect(refused.status).toBe(403);
  expect(refused.headers['www-authenticate']).toMatch(/error="insufficient_scope", scope="[^"]*tools:read/);
  expect(await statusOf(await tokenOf({ scope: 'tools:ping tools:read' }), 'read_file'), 'control').toBe(200);
});

it('a guest’s token with every scope in the request opens what a guest may', async () => {
  const key = await gateway.addKey({ roles: ['guest'] });
  const token = await tokenOf({ key, scope: 'tools:ping tools:read admin:full' });
  expect([await statusOf(token), await statusOf(token, 'read_file')]).toEqual([200, 403]);
});

// @requirement A4.d
it('budgets and models of a person’s key hold for its tokens: the same account is counted', async () => {
  const key = await gateway.addKey({ roles: ['user'], budgets: [{ unit: 'requests', limit: 5, window: 'day' }], models: ['fast'] });
  const { createAccounts } = await import('../../../src/identity/issuer/accounts.ts');
  const { createSqliteStore } = await import('../../../src/storage/sqlite/store.ts');
  const { systemClock } = await import('../../../src/core/clock.ts');
  const { join } = await import('node:path');
  const store = createSqliteStore({ path: join(gateway.home, 'state.db'), clock: systemClock, writes: 'direct' });
  const id = `key:${key.slice(6, 18)}`;
  const principal = await createAccounts(store, systemClock).principalOf({
    subject: id,
    clientId: client,
    scopes: ['tools:ping'],
    expiresAt: Date.now() + 1e6,
  });
  expect(principal).toMatchObject({ id, clientId: client, models: ['fast'], budgets: [{ account: id, limit: 5 }], scopes: ['tools:ping'], method: 'jwt' });
  await store.close();
});

// @requirement A3.e
it('revocations hold within a second: by the client, of the consent, of the service, of the person’s key', async () => {
  const { client: service, secret } = await gateway.addClient({ grants: ['client_credentials'], roles: ['user'] });
  const issue = async (): Promise<unknown> =>
    (await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials', scope: 'tools:ping' }, [service.id, String(secret)])).body['access_token'];
  const [own, kept] = [await issue(), await issue()];
  expect([await statusOf(own), await statusOf(kept)]).toEqual([200, 200]);
  expect((await post(`${gateway.url}/oauth/revoke`, { token: String(own) }, [service.id, String(secret)])).status).toBe(200);
  await isRefusedSoon(own);
  expect(await statusOf(kept), 'control: another token of the same client').toBe(200);
  await revokeClient(place(), service.id);
  await isRefusedSoon(kept);

  const consented = await tokenOf();
  expect(await statusOf(consented)).toBe(200);
  for (const { id, clientId } of await listGrants(place())) if (clientId === client) await revokeGrant(place(), id);
  await isRefusedSoon(consented);

  const key = await gateway.addKey();
  const token = await tokenOf({ key });
  expect(await statusOf(token)).toBe(200);
  await revokeKey(place(), key.slice(6, 18));
  await isRefusedSoon(token);
});

it('a token is as good in a second process of the home, and as dead', async () => {
  const other: App = createApp({
    ...place(),
    config: { server: { port: 0, publicUrl: gateway.url }, identity: { issuer: 'embedded', server: { url: gateway.url } } },
    doors: ['http'],
    logger: { isDebug: false, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  await other.start();
  try {
    const { url } = { url: `http://127.0.0.1:${other.endpoints().url.split(':').at(-1)}` };
    const token = await tokenOf();
    const status = async (): Promise<number> => (await callWith({ url }, token)).status;
    expect(await status()).toBe(200);
    for (const { id, clientId } of await listGrants(place())) if (clientId === client) await revokeGrant(place(), id);
    await expect.poll(status, { timeout: 1_000, interval: 20 }).toBe(401);
  } finally {
    await other.stop();
  }
});

// @requirement A3.j
it('after a rotation the old key verifies what it has signed, and the new one what it signs', async () => {
  const before = await tokenOf();
  await rotateIssuerKeys(place());
  await expect.poll(async () => String(await tokenOf()).split('.')[0], { timeout: 5_000 }).not.toBe(String(before).split('.')[0]);
  expect([await statusOf(before), await statusOf(await tokenOf())]).toEqual([200, 200]);
});

it('a token whose signature, audience or issuer is not ours is nothing', async () => {
  const token = String(await tokenOf());
  const [head = '', body = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const altered = Buffer.from(JSON.stringify({ ...claims, scope: 'admin:full', roles: ['admin'] })).toString('base64url');
  expect(await statusOf(`${head}.${altered}.${signature}`)).toBe(401);
  expect(await statusOf(`${head}.${body}.`)).toBe(401);
  expect(await statusOf(token), 'control').toBe(200);
});
