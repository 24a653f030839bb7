/** Tools of an upstream whose arguments the configuration maps to permissions, attacked through the whole gateway. The oracle is what reached the server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modern } from '../../helpers/mcp-http.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';
import { turningServer } from '../../helpers/turning-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'sy-effects-'));
const fs = turningServer(folder);
let gateway: UpstreamGateway;

beforeAll(async () => {
  const tool = (name: string): object => ({ name, inputSchema: { type: 'object' } });
  fs.serve(['read', 'fetch', 'run', 'plain'].map(tool));
  const permissions = {
    read: [{ permission: 'FILE_READ', from: '/path', root: '/srv' }],
    fetch: [{ permission: 'NETWORK_OUTBOUND', from: '/url' }],
    run: [{ permission: 'SYSTEM_COMMAND', from: '/argv' }],
  };
  gateway = await startUpstreamGateway(
    {
      fs: {
        ...fs.entry,
        tools: { permissions, defaults: { plain: { path: 'x' }, read: { encoding: 'utf8' } } },
      },
    },
    {
      config: {
        policy: {
          roles: {
            admin: {
              scopes: ['*'],
              permissions: [
                { permission: 'FILE_READ', resources: ['docs/*', 'secrets/**'] },
                { permission: 'CROSS_CLIENT_READ', resources: ['audit-of-nobody'] },
                { permission: 'NETWORK_OUTBOUND', resources: ['*.example.org:443'] },
                { permission: 'SYSTEM_COMMAND', resources: ['**'], limits: { commands: ['git', 'ls'] } },
              ],
            },
          },
          rules: [{ id: 'no-secrets', effect: 'deny', targets: ['**'], permissions: ['FILE_READ'], resources: ['secrets/**'] }],
        },
      },
    },
  );
  await until(async () => (await call('fs__plain', {})).includes('called plain'), 'the upstream', 20_000);
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = async (name: string, args: object): Promise<string> =>
  (await modern(gateway.url, 'tools/call', { name, arguments: args }, { token: gateway.key })).text;
const reached = (): number => fs.calls().length;

// @requirement P2.a P2.b P2.e
describe('P2: what a tool of an upstream may touch', () => {
  it.each([
    ['fs__read', { path: 'docs/a' }],
    ['fs__read', { path: '/srv/docs/a' }],
    ['fs__fetch', { url: 'https://api.example.org/x' }],
    ['fs__run', { argv: ['git', 'status'] }],
  ])('the control: %s %j reaches the server', async (name, args) => {
    const before = reached();
    expect(await call(name, args)).toContain('called ');
    expect(reached()).toBe(before + 1);
  });

  it.each([
    ['fs__read', { path: 'docs/deep/a' }],
    ['fs__read', { path: 'docs/../secrets/a' }],
    ['fs__read', { path: '/srv/secrets/a' }],
    ['fs__read', { path: '/srv/SECRETS/a' }],
    ['fs__read', { path: '/srv/docs/../../etc/passwd' }],
    ['fs__read', { path: '/etc/passwd' }],
    ['fs__read', { path: '~/docs/a' }],
    ['fs__read', { path: ['docs/a', 'secrets/a'] }],
    ['fs__read', { path: { 0: 'docs/a' } }],
    ['fs__read', { path: null }],
    ['fs__read', { file: 'docs/a' }],
    ['fs__read', {}],
    ['fs__read', JSON.parse('{"__proto__": {"path": "docs/a"}}')],
    ['fs__read', { path: 'docs\\a' }],
    ['fs__read', { path: 'docs/a\u0000' }],
    ['fs__read', { path: 'docs/ａ/../x' }],
    ['fs__fetch', { url: 'http://api.example.org/' }],
    ['fs__fetch', { url: 'https://api.example.org@evil.example/' }],
    ['fs__fetch', { url: 'https://a.b.example.org.evil.example/' }],
    ['fs__fetch', { url: 'https://api.example.org\\@169.254.169.254/' }],
    ['fs__fetch', { url: 'http://169.254.169.254/' }],
    ['fs__run', { argv: ['rm', '-rf', '/'] }],
    ['fs__run', { argv: 'git status; rm -rf /' }],
    ['fs__run', { argv: ['git status', ';', 'rm'] }],
    ['fs__run', { argv: 'git`rm`' }],
  ])('%s %j does not', async (name, args) => {
    const before = reached();
    expect(await call(name, args)).toContain('PERMISSION_DENIED');
    expect(reached()).toBe(before);
  });

  it('and the refusal is recorded with its rule', () => {
    const denied = gateway.records().filter(({ event, target }) => event === 'permission_denied' && target === 'tool:fs__read');
    expect(new Set(denied.map(({ rule, decision }) => `${String(rule)} ${String(decision)}`))).toEqual(new Set(['default-deny deny', 'deny:no-secrets deny']));
  });

  it('records of all clients are read by who may read across clients alone', async () => {
    const read = async (): Promise<string> => (await modern(gateway.url, 'resources/read', { uri: 'audit://recent' }, { token: gateway.key })).text;
    expect(await read()).toContain('PERMISSION_DENIED');
    const other = await startUpstreamGateway({});
    try {
      expect((await modern(other.url, 'resources/read', { uri: 'audit://recent' }, { token: other.key })).text).toContain('gateway_started');
    } finally {
      await other.stop();
    }
  });
});
