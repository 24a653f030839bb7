/** Every route of the HTTP doors, from their own tables, held against the road. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAdminTargets } from '../../../src/doors/admin/admin-targets.ts';
import { consoleKeyOf } from '../../../src/doors/admin/console-key.ts';
import { CONSOLE_ROUTES } from '../../../src/doors/admin/admin-door.ts';
import type { RouteFacts } from '../../../src/doors/http/route.ts';
import { allRestRoutes } from '../../../src/doors/rest/routes.ts';
import { envelopeTool, listTarget, principal, startStack, type HttpStack } from '../../helpers/http-stack.ts';

const targets = [envelopeTool('echo'), ...['tools', 'resources', 'resourceTemplates', 'prompts'].map((name) => listTarget(name, []))];
const concrete = (path: string): string => path.replace('{name}', 'echo');

let stack: HttpStack;
beforeEach(async () => {
  stack = await startStack({ targets });
});
afterEach(async () => {
  await stack.stop();
});

const routes = allRestRoutes(false).map((route) => [`${route.method} ${route.path}`, route] as const);
const BODIES: Readonly<Record<string, unknown>> = { decideApprovals: { decision: 'approve', ids: ['a'] } };
const request = ({ method, path, operationId }: RouteFacts, headers: Record<string, string> = {}) => {
  const body = BODIES[operationId];
  return fetch(stack.base + concrete(path), {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
};

describe.each(routes.filter(([, { policy }]) => policy === 'public'))('%s', (_name, route) => {
  it('is public, and reaches nothing that the road guards', async () => {
    expect((await request(route)).status).toBe(200);
    expect(stack.records).toEqual([]);
  });
});

describe.each(routes.filter(([, { policy }]) => policy !== 'public'))('%s', (_name, route) => {
  it('is refused without a credential and without the scope, and served with it', async () => {
    expect((await request(route)).status).toBe(401);
    expect((await request(route, { Authorization: 'Bearer key-nobody' })).status).toBe(403);
    expect((await request(route, { Authorization: 'Bearer key-admin' })).status).toBe(200);
    const [denied] = stack.records.filter(({ phase, decision }) => phase === 'outcome' && decision === 'deny');
    const named = route.policy === 'public' ? '' : `${route.policy.kind}:${concrete(route.policy.name)}`;
    expect(denied).toMatchObject({ principal: 'test:nobody', event: 'permission_denied', target: named });
  });
});

describe.each(CONSOLE_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, { method, path, policy }) => {
  it('needs a session, and a principal with the scope', async () => {
    const ask = (name?: string) => {
      const cookie = name === undefined ? undefined : stack.sessions.redeem(stack.sessions.createLink(principal(name)));
      return fetch(stack.base + path, {
        method,
        redirect: 'manual',
        headers: cookie === undefined ? {} : { Cookie: `switchyard_session=${cookie}` },
        body: method === 'POST' ? new URLSearchParams({ decision: 'approve', id: 'x', key: consoleKeyOf(stack.sealer, cookie ?? '') }) : null,
        signal: AbortSignal.timeout(3000),
      });
    };
    expect([401, 204]).toContain((await ask()).status);
    expect(stack.records).toEqual([]);
    const refused = await ask('user');
    if (path === '/events') expect(await refused.text()).toBe('event: end\ndata: SCOPE_MISSING\n\n');
    else expect(refused.status).toBe(403);
    const allowed = await ask('admin');
    expect(allowed.status).toBe(method === 'POST' ? 303 : 200);
    await allowed.body?.cancel();
    expect(stack.records.find(({ decision, phase }) => decision === 'deny' && phase === 'outcome')).toMatchObject({
      target: policy === 'public' ? '' : `admin:${policy.name}`,
    });
  });
});

it('no mount answers a path outside its table', async () => {
  for (const path of [
    '/mcp/v1',
    '/mcp/v1/tools',
    '/mcp/v1/tools/',
    '/mcp/v1/tools/a/b',
    '/mcp/v2/tools/echo',
    '/health/',
    '/health/x',
    '/metrics/',
    '/openapi.yaml',
    '/events/',
    '/index.html',
  ]) {
    expect([path, (await fetch(stack.base + path, { headers: { Authorization: 'Bearer key-admin' } })).status]).toEqual([path, 404]);
  }
});

it('no administrative target is open to every principal', () => {
  const approvals = { approvals: () => Promise.reject(new Error('not asked')), record: () => Promise.resolve() };
  const admin = createAdminTargets({ approvals } as unknown as Parameters<typeof createAdminTargets>[0]);
  expect(admin.map(({ name, access }) => [name, access.scopes])).toEqual([
    ['approvals', ['admin:logs']],
    ['decide-approvals', ['admin:full']],
    ['metrics', ['admin:logs']],
    ['runtime', ['admin:logs']],
    ['status', ['admin:logs']],
    ['cost', ['admin:logs']],
    ['console-link', ['admin:full']],
    ['events', ['admin:logs']],
  ]);
});
