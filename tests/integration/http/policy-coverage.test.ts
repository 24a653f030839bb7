/** A gateway with everything configured: every door, route, method, tool, resource, prompt, list and operation has a policy. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app/app.ts';
import type { ToolDefinition } from '../../../src/contracts/tool.ts';
import { CONSOLE_ROUTES } from '../../../src/doors/admin/admin-door.ts';
import { MODEL_ROUTES } from '../../../src/doors/models-api/routes.ts';
import { allRestRoutes } from '../../../src/doors/rest/routes.ts';
import { root } from '../../../tools/paths.ts';
import { memoryLogger } from '../../helpers/edge.ts';
import { raw } from '../../helpers/mcp-http.ts';
import { findOpenRoutes, findOpenTargets, listTargets, pathsInSources } from '../../helpers/policy-coverage.ts';
import { GOOD } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

/** What is served to everybody, and why that is right. */
const PUBLIC = new Map([
  ['GET /health', 'a probe: says that the process answers'],
  ['GET /health/ready', 'a probe: names of the steps of the start, nothing of clients'],
  ['GET /.well-known/oauth-protected-resource', 'RFC 9728: how a client learns where to sign in'],
  ['GET /.well-known/oauth-protected-resource/mcp', 'RFC 9728, for the path of the MCP endpoint'],
  ['GET /.well-known/oauth-authorization-server', 'RFC 8414'],
  ['GET /.well-known/openid-configuration', 'OpenID Connect Discovery'],
  ['GET /oauth/jwks', 'public keys'],
  ['GET /oauth/device', 'RFC 8628: the page on which a person types the code of a device; does nothing without one'],
]);
/** Targets that ask no scope of an authenticated caller, and why. */
const FOR_EVERYBODY = new Map(
  ['tools', 'resources', 'resourceTemplates', 'prompts'].map((list) => [`catalog:${list}`, 'shows each caller only what the policy shows it']),
);
/** Folders of doors, and where each is proven. */
const DOORS: Readonly<Record<string, string>> = {
  admin: 'routes here; tests/integration/rest/policies.test.ts',
  http: 'the listener: no routes of its own but the metadata, asked here',
  mcp: 'methods here; tests/attacks/mcp',
  'models-api': 'routes here; tests/integration/models/routes.test.ts',
  rest: 'routes here; tests/integration/rest/policies.test.ts',
  'sign-in': 'routes here; the authorization server has its own tests',
  tcp: 'no routes: MCP in frames, every method as over HTTP; tests/attacks/tcp',
  tls: 'no routes: certificates of the listener',
};

const home = mkdtempSync(join(tmpdir(), 'sy-coverage-'));
const open: ToolDefinition = { name: 'open_to_all', description: 'Needs nothing.', scopes: [], handler: () => 'x' };
let app: App;
let base: string;
beforeAll(async () => {
  app = createApp({
    home,
    cwd: home,
    env: { PATH: process.env['PATH'] },
    doors: ['http'],
    isWatching: false,
    logger: memoryLogger([]),
    config: {
      server: { port: 0 },
      identity: { issuer: 'embedded' },
      upstreams: { good: { ...GOOD, connect: 'eager' } },
      models: { providers: { local: { kind: 'ollama', baseUrl: 'http://127.0.0.1:9' } } },
      profiles: { small: {} },
      limits: { sourcePerMinute: 100_000 },
    },
    prompts: [{ name: 'greet', get: () => ({ messages: [] }) }],
    mounts: () => [{ name: 'forgotten', owns: (path) => path === '/forgotten', handle: ({ response }) => void response.writeHead(200).end('{}') }],
  });
  await app.start();
  base = app.endpoints().url;
  await until(() => app.targets.catalog.list('tools').some(({ target }) => target.upstream === 'good'), 'the upstream', 20_000);
}, 60_000);
afterAll(async () => {
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

// @requirement P6.a
describe('P6: everything that is served has a policy', () => {
  it('no route of any door answers without a credential, but those that are public for a reason', async () => {
    const tables = [...allRestRoutes(false), ...CONSOLE_ROUTES, ...MODEL_ROUTES].map(({ path }) => path);
    const paths = new Set([...pathsInSources(), ...tables, '/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']);
    expect(paths.size).toBeGreaterThan(45);
    expect(await findOpenRoutes(base, [...paths], PUBLIC)).toEqual([]);
  }, 60_000);

  it('the control: a route that somebody forgot to guard is found, and one that is wrongly called public', async () => {
    expect(await findOpenRoutes(base, ['/forgotten', '/metrics'], new Map([['GET /metrics', '']]))).toEqual([
      ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} /forgotten answers 200 without a credential`),
      'GET /metrics is said to be public and answers 401',
    ]);
  });

  it('every method of MCP wants a credential', async () => {
    const source = readFileSync(join(root, 'src/doors/mcp/methods.ts'), 'utf8');
    const table = source.slice(source.indexOf('const TABLE'), source.indexOf('const METHODS'));
    const methods = [...table.matchAll(/^ {2}'?([a-z]+(?:\/[A-Za-z]+)*)'?: /gm)].map(([, method = '']) => method);
    expect(methods.length).toBeGreaterThanOrEqual(17);
    for (const method of ['initialize', ...methods]) {
      const params = {
        name: 'ping',
        uri: 'config://platform',
        _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} },
      };
      const { status } = await raw(`${base}/mcp`, { jsonrpc: '2.0', id: 1, method, params }, { token: null });
      expect([method, status]).toEqual([method, 401]);
    }
  });

  it('every tool, resource, template, prompt, list, subscription and operation asks something of its caller', () => {
    const all = listTargets(app);
    const kinds = new Set(all.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['admin', 'catalog', 'prompt', 'resource', 'subscription', 'tool']);
    expect(all.some(({ upstream }) => upstream === 'good')).toBe(true);
    expect(findOpenTargets(all, FOR_EVERYBODY)).toEqual([]);
  });

  it('the control: a tool that needs nothing is found', () => {
    app.targets.tools.registerTool(open);
    expect(findOpenTargets(listTargets(app), FOR_EVERYBODY)).toEqual(['tool:open_to_all needs no scope and is not said to be for everybody']);
    app.targets.tools.unregisterTool('open_to_all');
  });

  it('every door is one that is proven somewhere', () => {
    const folders = readdirSync(join(root, 'src/doors'), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    expect(folders.toSorted()).toEqual(Object.keys(DOORS).toSorted());
  });
});
