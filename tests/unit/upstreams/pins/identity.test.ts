import { expect, it } from 'vitest';
import type { UpstreamConfig } from '../../../../src/contracts/upstreams-config.ts';
import { NO_AUTH } from '../../../helpers/upstream-auth.ts';
import { identityOf } from '../../../../src/upstreams/pins/identity.ts';

const common = {
  isEnabled: true,
  connect: 'lazy',
  timeoutMs: 1,
  concurrency: 1,
  prefix: null,
  pins: 'require',
  results: { scan: 'tag', maxCharacters: 1000 },
  tools: { allow: null, deny: [], rename: {}, describe: {}, defaults: {}, permissions: {} },
} as const;
const stdio = (args: readonly string[], env: Readonly<Record<string, string>> = {}): UpstreamConfig => ({
  ...common,
  transport: 'stdio',
  command: 'npx',
  args,
  env,
  cwd: null,
  sandbox: null,
  instances: 'shared',
  maxInstances: 1,
});
const http = (url: string, headers: Readonly<Record<string, string>> = {}): UpstreamConfig => ({
  ...common,
  transport: 'http',
  url,
  headers,
  auth: NO_AUTH,
});

it.each([
  [
    ['--token', 'abc'],
    ['--token', '***'],
  ],
  [
    ['--api-key=abc', '--port=80'],
    ['--api-key=***', '--port=80'],
  ],
  [['GITHUB_TOKEN=abc'], ['GITHUB_TOKEN=***']],
  [['ghp_0123456789abcdef'], ['***']],
  [['postgres://me:word@db/name'], ['postgres://***@db/name']],
  [['--url=https://a.example/mcp?api_key=abc&tools=all'], ['--url=https://a.example/mcp?api_key=***&tools=all']],
  [
    ['-y', '@scope/server@1.2.3', '/srv/data'],
    ['-y', '@scope/server@1.2.3', '/srv/data'],
  ],
])('G3.b: arguments %j are written down as %j', (args, shown) => {
  expect(identityOf(stdio(args))).toMatchObject({ args: shown });
});

it('G3.b: of variables and headers the names alone; of a URL no credential', () => {
  expect(identityOf(stdio([], { B: 'secret', A: 'secret' }))).toEqual({ transport: 'stdio', command: 'npx', args: [], env: ['A', 'B'] });
  expect(identityOf(http('https://me:word@a.example/mcp', { Authorization: 'Bearer abc' }))).toEqual({
    transport: 'http',
    url: 'https://***@a.example/mcp',
    headers: ['authorization'],
  });
});

it('G3.b: what came from a variable differs between machines and is no part of it', () => {
  const isFromVariable = (pointer: string): boolean => pointer === '/args/1';
  expect(identityOf(stdio(['run', '/home/alice/server']), isFromVariable)).toEqual(identityOf(stdio(['run', '/home/bob/server']), isFromVariable));
  // Control.
  expect(identityOf(stdio(['run', '/home/alice/server']))).not.toEqual(identityOf(stdio(['run', '/home/bob/server'])));
});
