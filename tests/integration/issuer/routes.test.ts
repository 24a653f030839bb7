/** Every route of the authorization server: what it gives to nobody in particular, and the headers it goes out with. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SIGN_IN_ROUTES } from '../../../src/doors/sign-in/sign-in-door.ts';
import { type IssuerGateway, startIssuer } from '../../helpers/issuer.ts';

let gateway: IssuerGateway;
beforeAll(async () => {
  gateway = await startIssuer({ registration: true });
});
afterAll(async () => {
  await gateway.stop();
});

/** What is for everybody; everything else wants something that only its owner has. */
const OPEN = new Set(['authorizationServerMetadata', 'openidConfiguration', 'jwks', 'device', 'register']);

// @requirement P6.a
it.each(SIGN_IN_ROUTES.map((route) => [route.method, route.path, route.operationId] as const))('%s %s (%s)', async (method, path, operationId) => {
  const registration = JSON.stringify({ redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' });
  const init =
    method === 'GET'
      ? {}
      : operationId === 'register'
        ? { body: registration, headers: { 'content-type': 'application/json' } }
        : { body: new URLSearchParams() };
  const response = await fetch(gateway.url + path.replace('{id}', 'x'), { method, redirect: 'manual', ...init });
  expect(response.ok).toBe(OPEN.has(operationId));
  expect(response.status).toBeLessThan(500);
  expect(response.headers.get('location')).toBeNull();
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('cache-control')).toContain('no-store');
  expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  const text = await response.text();
  expect(text).not.toContain(gateway.home);
  expect(text).not.toMatch(/node_modules|\bat \w+ \(|Error:/);
});

it.each([
  '/oauth',
  '/oauth/nowhere',
  '/oauth/interaction/x',
  '/oauth/session',
  '/oauth/me',
  '/oauth/request',
  '/oauth/sign-in/',
  '/oauth/session/confirm',
  '/interaction/x',
  '/reg',
  '/token',
])('%s is nothing', async (path) => {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) expect((await fetch(gateway.url + path, { method })).status).toBeGreaterThanOrEqual(400);
});

it('a body without end, a wrong type and broken text are refused, and nothing falls over', async () => {
  const send = async (path: string, body: string, type = 'application/x-www-form-urlencoded'): Promise<number> =>
    (await fetch(gateway.url + path, { method: 'POST', body, headers: { 'content-type': type } })).status;
  for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect', '/oauth/device-authorization']) {
    expect(await send(path, `token=${'x'.repeat(200_000)}`)).toBeGreaterThanOrEqual(400);
    expect(await send(path, '{}', 'application/json')).toBeGreaterThanOrEqual(400);
    expect(await send(path, 'token=%ff%fe&token=2&client_id=a&client_id=b')).toBeGreaterThanOrEqual(400);
  }
  expect(await send('/oauth/register', '{"redirect_uris":', 'application/json')).toBe(400);
  expect((await fetch(`${gateway.url}/.well-known/oauth-authorization-server`)).status).toBe(200);
});
