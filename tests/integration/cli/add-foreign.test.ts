import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Ended, runToEnd } from '../../helpers/run-to-end.ts';

const MAIN = new URL('../../../src/cli/main.ts', import.meta.url).pathname;
const base = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-add-')));
const project = join(base, 'project');
mkdirSync(project);
afterAll(() => rmSync(base, { recursive: true, force: true }));

function run([, ...args]: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: base, SWITCHYARD_HOME: join(base, 'state') };
  return runToEnd([MAIN, 'add', '--here', ...args], { cwd: project, env });
}
const put = (name: string, text: string): void => writeFileSync(join(project, name), text);
const upstreams = (): Record<string, unknown> =>
  (parse(readFileSync(join(project, 'switchyard.yaml'), 'utf8')) as { readonly upstreams: Record<string, unknown> }).upstreams;

it('G4.g, G5.d: an OpenAPI document, an agent card, and a server of the registry', async () => {
  const pet = { get: { operationId: 'getPet', responses: {} } };
  const api = { openapi: '3.1.0', info: { title: 'Pet shop', version: '1' }, servers: [{ url: '/v1' }], paths: { '/pets': pet } };
  const secured = { ...api, components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'From the shop' } } } };
  const card = { name: 'Cook', version: '1', url: 'http://x/', capabilities: {}, skills: [{ id: 'soup', name: 'Soup', description: '' }] };
  const wrapped = { server: { name: 'io.github.owner/weather', remotes: [{ type: 'streamable-http', url: 'https://weather.example.com/mcp' }] } };
  const pages = new Map<string, unknown>([
    ['/openapi.json', secured],
    ['/.well-known/agent-card.json', card],
    ['/v0.1/servers/io.github.owner%2Fweather/versions/latest', wrapped],
  ]);
  const server = createServer((request, response) => void response.end(JSON.stringify(pages.get(request.url ?? '') ?? {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  try {
    expect(await run(['add', `${origin}/openapi.json`])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 operations become tools; calls go to .*\/v1[\s\S]*Set PET_SHOP_TOKEN .*From the shop/),
    });
    expect((await run(['add', `${origin}/.well-known/agent-card.json`])).stdout).toContain('1 skills become tools');
    expect((await run(['add', 'registry:io.github.owner/weather', '--registry', origin])).code).toBe(0);
    put('api.yaml', 'openapi: 3.1.0\ninfo: {title: Shop, version: "1"}\npaths: {/a: {get: {responses: {}}}}\n');
    expect(await run(['add', './api.yaml'])).toMatchObject({ code: 65, stderr: expect.stringContaining('--server') });
    expect((await run(['add', './api.yaml', '--server', 'https://shop.example.org/v2'])).code).toBe(0);
    expect(upstreams()).toEqual({
      'pet-shop': {
        transport: 'openapi',
        url: `${origin}/v1`,
        document: `${origin}/openapi.json`,
        headers: { Authorization: 'Bearer ${PET_SHOP_TOKEN}' },
      },
      cook: { transport: 'a2a', url: `${origin}/.well-known/agent-card.json` },
      weather: { transport: 'http', url: 'https://weather.example.com/mcp' },
      shop: { transport: 'openapi', url: 'https://shop.example.org/v2', document: expect.stringMatching(/^\/.*api\.yaml$/) },
    });
  } finally {
    server.close();
  }
}, 60_000);
