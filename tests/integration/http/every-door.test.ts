/** The shipped gateway: every HTTP route, every tool, every list, held against the policy. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app/app.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { CONSOLE_ROUTES } from '../../../src/doors/admin/admin-door.ts';
import { allRestRoutes } from '../../../src/doors/rest/routes.ts';
import { createKey } from '../../../src/identity/api-key.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import { memoryLogger } from '../../helpers/edge.ts';

// @requirement P6.a
let app: App;
let url: string;
let adminKey: string;
let powerlessKey: string;
const home = mkdtempSync(join(tmpdir(), 'switchyard-policies-'));

beforeAll(async () => {
  app = createApp({ home, cwd: home, env: {}, config: { server: { port: 0 } }, doors: ['http'], logger: memoryLogger([]), isWatching: false });
  await app.start();
  const endpoints = app.endpoints();
  url = endpoints.url;
  adminKey = readFileSync(endpoints.adminKeyFile, 'utf8').trim();
  const store = createSqliteStore({ path: join(home, 'state.db'), clock: systemClock });
  powerlessKey = (await createKey(store, systemClock, { name: 'powerless', kind: 'user', roles: ['nothing'] })).key;
  await store.close();
});
afterAll(async () => {
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const ask = (method: string, path: string, key?: string, body?: unknown) =>
  fetch(url + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const rpc = (method: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
});

async function toolNames(key: string): Promise<string[]> {
  const { tools } = (await (await ask('GET', '/mcp/capabilities', key)).json()) as { tools: { name: string }[] };
  return tools.map(({ name }) => name);
}

describe('D8.c: security headers', () => {
  const routes = [...allRestRoutes(false), ...CONSOLE_ROUTES].filter(({ path }) => path !== '/events').map(({ method, path }) => [method, path] as const);
  it.each([
    ...routes,
    ['POST', '/mcp'],
    ['GET', '/mcp'],
    ['GET', '/nowhere'],
    ['GET', '/.well-known/oauth-protected-resource'],
    ['DELETE', '/health'],
  ] as const)('are on every answer of %s %s, with and without a key', async (method, path) => {
    for (const key of [undefined, powerlessKey, adminKey]) {
      const { headers } = await ask(method, path.replace('{name}', 'ping'), key, method === 'POST' ? rpc('tools/list') : undefined);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toMatch(/no-store|no-cache/);
      // What a browser could show must not be framed; JSON of the busiest door says nothing a page could use.
      if (path !== '/mcp') expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
  });
});

describe('every route', () => {
  const routes = [...allRestRoutes(false), ...CONSOLE_ROUTES];
  it.each(routes.map((route) => [route.method, route.path, route.policy] as const))(
    '%s %s does without a credential what its policy says',
    async (method, path, policy) => {
      const { status } = await ask(method, path.replace('{name}', 'echo'));
      // 204 tells an event source without a session to stay away.
      if (policy === 'public') expect(status).toBe(200);
      else expect(path === '/events' ? [204] : [401]).toContain(status);
    },
  );

  it.each(['POST', 'GET', 'DELETE'])('%s /mcp wants a credential', async (method) => {
    expect([401, 405]).toContain((await ask(method, '/mcp', undefined, method === 'POST' ? rpc('tools/list') : undefined)).status);
  });
});

describe('every tool', () => {
  it('is refused without a credential and to a principal whose role gives nothing, and listed to neither', async () => {
    const names = await toolNames(adminKey);
    expect(names.length).toBeGreaterThan(5);
    expect((await ask('GET', '/mcp/capabilities')).status).toBe(401);
    await expect.poll(() => toolNames(powerlessKey).catch(() => undefined)).toEqual([]);
    for (const name of names) {
      expect([name, (await ask('POST', `/mcp/v1/tools/${name}`, undefined, {})).status]).toEqual([name, 401]);
      const refused = await ask('POST', `/mcp/v1/tools/${name}`, powerlessKey, {});
      const { error } = (await refused.json()) as { error: { code: string } };
      // Missing arguments may be found first; what matters is that nothing ran.
      expect([name, ['SCOPE_MISSING', 'PERMISSION_DENIED', 'INPUT_INVALID'].includes(error.code)]).toEqual([name, true]);
    }
  });

  it('declares what it demands of its caller', () => {
    const { catalog } = app.targets;
    for (const list of ['tools', 'resources', 'resourceTemplates', 'prompts'] as const) {
      for (const { target } of catalog.list(list)) expect([target.name, target.access.scopes.length > 0]).toEqual([target.name, true]);
    }
    for (const name of ['metrics', 'runtime', 'status', 'events']) expect(catalog.resolve('admin', name)?.access.scopes).toEqual(['admin:logs']);
  });
});
