import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyPlan, prepareConnect } from '../../../src/clients/connect.ts';
import { locateConfig } from '../../../src/clients/locations.ts';
import { findClients, readServers } from '../../../src/clients/read-servers.ts';
import type { ClientId, ClientPlace } from '../../../src/clients/types.ts';
import { httpRequest, stdioRequest } from './request.ts';
import { SAMPLES } from './samples.ts';

let base: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-clients-')));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const place = (client: ClientId): ClientPlace => ({ client, scope: 'user', platform: 'linux', homeDirectory: base, projectDirectory: base });
const put = (client: ClientId, text = SAMPLES.find((sample) => sample.client === client)?.text ?? ''): void => {
  const path = locateConfig(place(client));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

describe('G4.d: the servers of a client', () => {
  it.each([
    ['claude-code', [{ name: 'github', transport: 'http', url: 'https://api.githubcopilot.com/mcp/', headers: { Authorization: 'Bearer ${GITHUB_TOKEN}' } }]],
    [
      'cursor',
      [
        { name: 'postgres', transport: 'stdio', command: 'uvx', args: ['postgres-mcp', '--access-mode=restricted'], env: { DATABASE_URI: '${DATABASE_URI}' } },
        { name: 'linear', transport: 'http' },
      ],
    ],
    ['vscode', [{ name: 'perplexity', transport: 'stdio', env: { PERPLEXITY_API_KEY: '${input:perplexity-key}' } }]],
    ['codex', [{ name: 'docs', transport: 'stdio', command: 'C:\\tools\\docs.exe', args: ['--port', '0'], env: { 'LOG LEVEL': 'info' }, isDisabled: false }]],
    ['gemini', [{ name: 'files', transport: 'stdio', command: 'node', args: ['server.js'] }]],
    ['windsurf', [{ name: 'git', transport: 'stdio', isDisabled: true }]],
    ['claude-desktop', []],
  ] as const)('%s', async (client, servers) => {
    put(client);
    expect(await readServers(place(client))).toMatchObject(servers);
  });

  it('old transports, working folders, and ways of Codex to name variables', async () => {
    put(
      'gemini',
      '{"mcpServers": {"old": {"url": "http://x/sse"}, "new": {"httpUrl": "http://x/mcp"}, "typed": {"url": "http://x/mcp", "type": "http", "cwd": "/srv"}}}',
    );
    expect((await readServers(place('gemini'))).map(({ transport, url, cwd }) => [transport, url, cwd])).toEqual([
      ['sse', 'http://x/sse', undefined],
      ['http', 'http://x/mcp', undefined],
      ['http', 'http://x/mcp', '/srv'],
    ]);
    put(
      'codex',
      '[mcp_servers.a]\nurl = "https://x"\nbearer_token_env_var = "KEY"\nenv_http_headers = { X = "Y" }\nenabled = false\n[mcp_servers.b]\ncommand = "c"\nenv_vars = ["PATH_TO"]\n',
    );
    expect(await readServers(place('codex'))).toMatchObject([
      { headers: { Authorization: 'Bearer ${KEY}', X: '${Y}' }, isDisabled: true },
      { env: { PATH_TO: '${PATH_TO}' } },
    ]);
  });

  it('a URL without a type is of the old transport where it says so', async () => {
    put(
      'gemini',
      '{"mcpServers": {"a": {"url": "http://x/mcp"}, "b": {"url": "http://x/SSE?k=1"}, "c": {"url": "http://x/sse", "type": "http"}, "d": {"httpUrl": "http://x/sse"}}}',
    );
    expect((await readServers(place('gemini'))).map(({ transport }) => transport)).toEqual(['http', 'sse', 'http', 'http']);
    put('windsurf', '{"mcpServers": {"a": {"serverUrl": "http://x/sse"}, "b": {"serverUrl": "http://x/sse-like"}}}');
    expect((await readServers(place('windsurf'))).map(({ transport }) => transport)).toEqual(['sse', 'http']);
  });

  it('variables that Codex hands on, as names and as tables; lists of tools that the Gemini CLI writes as one text', async () => {
    put('codex', '[mcp_servers.a]\ncommand = "c"\nenv_vars = ["ONE", { name = "TWO", source = "local" }]\n');
    expect(await readServers(place('codex'))).toMatchObject([{ env: { ONE: '${ONE}', TWO: '${TWO}' } }]);
    put('gemini', '{"mcpServers": {"a": {"command": "c", "includeTools": ["one,two", "three"], "excludeTools": ["four, five"]}}}');
    expect(await readServers(place('gemini'))).toMatchObject([{ allow: ['one', 'two', 'three'], deny: ['four', 'five'] }]);
  });

  it('what connect writes reads back as what was asked for', async () => {
    for (const client of ['claude-code', 'cursor', 'codex', 'gemini', 'windsurf'] as const) {
      for (const request of [httpRequest(client, { homeDirectory: base }), stdioRequest(client, { homeDirectory: base, name: 'local' })])
        await applyPlan(await prepareConnect(request), { stateDirectory: join(base, 'state') });
      expect(await readServers(place(client))).toMatchObject([
        { name: 'switchyard', transport: 'http', url: 'http://127.0.0.1:8080/mcp', headers: { Authorization: 'Bearer ${SWITCHYARD_KEY}' } },
        { name: 'local', transport: 'stdio', command: '/opt/node/bin/node', args: ['/opt/switchyard/bin/switchyard.js', 'stdio'] },
      ]);
    }
  });

  it('no file is no servers; found are the clients with a file or a folder for it', async () => {
    expect(await readServers(place('cursor'))).toEqual([]);
    expect(await findClients(place('cursor'))).toEqual([]);
    put('codex');
    put('claude-code');
    mkdirSync(join(base, '.cursor'));
    expect(await findClients(place('cursor'))).toEqual(['claude-code', 'cursor', 'codex']);
  });
});
