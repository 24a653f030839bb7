import { describe, expect, it } from 'vitest';
import { planConnect } from '../../../src/clients/plan.ts';
import { CLIENT_IDS, type ClientId, type ConnectPlan } from '../../../src/clients/types.ts';
import { httpRequest, stdioRequest } from './request.ts';

const usage = (message: RegExp): Error => expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) as unknown }) as Error;
const entryOf = ({ snippet }: ConnectPlan, container = 'mcpServers'): unknown =>
  (JSON.parse(snippet) as Record<string, Record<string, unknown>>)[container]?.['switchyard'];
const PROGRAM = { command: '/opt/node/bin/node', args: ['/opt/switchyard/bin/switchyard.js', 'stdio'] };

describe('G4.b: a local server', () => {
  it.each([
    ['claude-code', { type: 'stdio', ...PROGRAM }],
    ['claude-desktop', PROGRAM],
    ['cursor', { type: 'stdio', ...PROGRAM }],
    ['gemini', PROGRAM],
    ['windsurf', PROGRAM],
  ] as const)('in the shape of %s', (client, entry) => {
    expect(entryOf(planConnect(stdioRequest(client), null))).toEqual(entry);
  });

  it('in the shape of VS Code and of Codex', () => {
    expect(entryOf(planConnect(stdioRequest('vscode'), null), 'servers')).toEqual({ type: 'stdio', ...PROGRAM });
    expect(planConnect(stdioRequest('codex'), null).after).toBe(
      '[mcp_servers.switchyard]\ncommand = "/opt/node/bin/node"\nargs = ["/opt/switchyard/bin/switchyard.js", "stdio"]\n',
    );
  });

  it('variables keep their meaning in each spelling', () => {
    const command = { node: '/n', script: '/s', env: { SWITCHYARD_HOME: '/data', PROFILE: '${PROFILE}' } };
    const envOf = (client: ClientId, container?: string): unknown =>
      (entryOf(planConnect(stdioRequest(client, { command }), null), container) as { env: unknown }).env;
    for (const client of ['claude-code', 'gemini'] as const) expect(envOf(client)).toEqual({ SWITCHYARD_HOME: '/data', PROFILE: '${PROFILE}' });
    for (const client of ['cursor', 'windsurf'] as const) expect(envOf(client)).toEqual({ SWITCHYARD_HOME: '/data', PROFILE: '${env:PROFILE}' });
    expect(envOf('vscode', 'servers')).toEqual({ SWITCHYARD_HOME: '/data', PROFILE: '${env:PROFILE}' });
    expect(planConnect(stdioRequest('codex', { command }), null).snippet).toContain('env_vars = ["PROFILE"]\nenv = { SWITCHYARD_HOME = "/data" }\n');
    expect(() => planConnect(stdioRequest('claude-desktop', { command }), null)).toThrow(usage(/does not expand/));
  });

  it('Windows paths survive JSON and TOML', () => {
    const request = {
      platform: 'win32',
      homeDirectory: 'C:\\Users\\me',
      command: { node: 'C:\\Program Files\\nodejs\\node.exe', script: 'C:\\sy\\switchyard.js' },
    } as const;
    expect(entryOf(planConnect(stdioRequest('cursor', request), null))).toMatchObject({ command: 'C:\\Program Files\\nodejs\\node.exe' });
    expect(planConnect(stdioRequest('codex', request), null).after).toContain('command = "C:\\\\Program Files\\\\nodejs\\\\node.exe"');
  });

  it('never by a relative path, and never without a command', () => {
    for (const command of [{ node: 'node', script: '/s' }, { node: '/n', script: 's.js' }, undefined])
      expect(() => planConnect(stdioRequest('cursor', { command }), null)).toThrow(usage(/absolute|command/));
    expect(() => planConnect(stdioRequest('cursor', { platform: 'win32', command: { node: 'node.exe', script: 'C:\\s' } }), null)).toThrow(usage(/absolute/));
  });

  it.each(['', 'with space', 'a/b', 'x'.repeat(65), '__proto__', 'a.b'])('not under the name %j', (name) => {
    expect(() => planConnect(stdioRequest('cursor', { name }), null)).toThrow(usage(/name/));
  });
});

describe('G4.b: a server behind a URL', () => {
  const url = 'http://127.0.0.1:8080/mcp';

  it.each([
    ['claude-code', { type: 'http', url, headers: { Authorization: 'Bearer ${SWITCHYARD_KEY}' } }],
    ['cursor', { url, headers: { Authorization: 'Bearer ${env:SWITCHYARD_KEY}' } }],
    ['gemini', { type: 'http', url, headers: { Authorization: 'Bearer ${SWITCHYARD_KEY}' } }],
    ['windsurf', { serverUrl: url, headers: { Authorization: 'Bearer ${env:SWITCHYARD_KEY}' } }],
  ] as const)('in the shape of %s, the key by reference', (client, entry) => {
    expect(entryOf(planConnect(httpRequest(client), null))).toEqual(entry);
  });

  it('VS Code asks for the key, once for two headers', () => {
    const plan = planConnect(httpRequest('vscode', { headers: { Authorization: 'Bearer ${SWITCHYARD_KEY}', 'X-Copy': '${SWITCHYARD_KEY}' } }), null);
    expect(JSON.parse(plan.after)).toEqual({
      servers: {
        switchyard: {
          type: 'http',
          url,
          headers: { Authorization: 'Bearer ${input:switchyard-switchyard-key}', 'X-Copy': '${input:switchyard-switchyard-key}' },
        },
      },
      inputs: [{ type: 'promptString', id: 'switchyard-switchyard-key', description: 'SWITCHYARD_KEY for switchyard', password: true }],
    });
    expect(plan.notes.join()).toMatch(/secret store/);
  });

  it('Codex has a member for each way', () => {
    const headers = { Authorization: 'Bearer ${SWITCHYARD_KEY}', 'X-Team': 'blue', 'X-Trace': '${TRACE}' };
    expect(planConnect(httpRequest('codex', { headers }), null).after).toBe(
      [
        '[mcp_servers.switchyard]',
        `url = "${url}"`,
        'bearer_token_env_var = "SWITCHYARD_KEY"',
        'http_headers = { X-Team = "blue" }',
        'env_http_headers = { X-Trace = "TRACE" }',
        '',
      ].join('\n'),
    );
    expect(() => planConnect(httpRequest('codex', { headers: { 'X-Team': 'team-${TEAM}' } }), null)).toThrow(usage(/does not expand/));
  });

  it('Claude Desktop cannot, and says what can', () => {
    expect(() => planConnect(httpRequest('claude-desktop'), null)).toThrow(
      expect.objectContaining({ code: 'USAGE', fix: expect.stringMatching(/stdio.*Connectors/) as unknown }) as Error,
    );
  });

  it.each([undefined, '', 'mcp', '/mcp', 'ftp://x/mcp', 'javascript:alert(1)'])('not behind %j', (bad) => {
    expect(() => planConnect(httpRequest('cursor', { url: bad }), null)).toThrow(usage(/URL/));
  });
});

describe('a secret', () => {
  const key = 'sk-sy-0123456789ab-0123456789abcdef';

  it.each([
    ['a header', { headers: { Authorization: `Bearer ${key}` } }],
    ['a header of another name', { headers: { 'X-Thing': key } }],
    ['a header that says so', { headers: { 'X-Api-Key': 'abc' } }],
    ['the URL', { url: 'http://127.0.0.1/mcp?api_key=abc', headers: {} }],
    ['the user part of the URL', { url: 'http://me:abc@127.0.0.1/mcp', headers: {} }],
  ])('never gets into a file of the project by %s', (_, more) => {
    for (const client of CLIENT_IDS.filter((id) => id !== 'claude-desktop' && id !== 'windsurf')) {
      expect(() => planConnect(httpRequest(client, { scope: 'project', ...more }), null)).toThrow(usage(/secret/));
    }
  });

  it('never by a variable of a local server, either', () => {
    const command = { node: '/n', script: '/s', env: { SWITCHYARD_KEY: key } };
    expect(() => planConnect(stdioRequest('cursor', { scope: 'project', command }), null)).toThrow(usage(/SWITCHYARD_KEY would put a secret/));
  });

  it('in a file of the person is allowed and noted, but repeated in no link, command or note', () => {
    for (const client of CLIENT_IDS.filter((id) => id !== 'claude-desktop')) {
      const plan = planConnect(httpRequest(client, { headers: { Authorization: `Bearer ${key}` } }), null);
      expect(plan.after).toContain(key);
      expect([plan.holdsSecret, plan.deepLink, plan.cliCommand]).toEqual([true, undefined, undefined]);
      expect(plan.notes.join()).toMatch(/in the clear/);
      expect(plan.notes.join()).not.toContain(key);
    }
  });

  it('by reference is fine in a file of the project', () => {
    expect(planConnect(httpRequest('claude-code', { scope: 'project' }), null)).toMatchObject({ path: '/srv/app/.mcp.json', holdsSecret: false });
  });

  it('of somebody else is not in what is shown', () => {
    const before = '{"mcpServers":{"other":{"url":"https://x/mcp","headers":{"Authorization":"Bearer sk-of-somebody"}}}}';
    const plan = planConnect(stdioRequest('cursor'), before);
    expect(plan.after).toContain('sk-of-somebody');
    expect([plan.snippet, plan.deepLink, plan.cliCommand, ...plan.notes].join()).not.toContain('sk-of-somebody');
  });
});

describe('links and command lines', () => {
  it('Cursor: the entry in base64', () => {
    const link = new URL(planConnect(stdioRequest('cursor'), null).deepLink ?? '');
    expect(`${link.protocol}//${link.host}${link.pathname}`).toBe('cursor://anysphere.cursor-deeplink/mcp/install');
    expect(link.searchParams.get('name')).toBe('switchyard');
    expect(JSON.parse(Buffer.from(link.searchParams.get('config') ?? '', 'base64').toString())).toEqual({ type: 'stdio', ...PROGRAM });
  });

  it('VS Code: the entry, its name and its inputs', () => {
    const link = planConnect(httpRequest('vscode'), null).deepLink ?? '';
    expect(link.startsWith('vscode:mcp/install?')).toBe(true);
    expect(JSON.parse(decodeURIComponent(link.slice('vscode:mcp/install?'.length)))).toMatchObject({
      name: 'switchyard',
      type: 'http',
      inputs: [{ password: true }],
    });
  });

  it('the command lines of Claude Code, Codex, the Gemini CLI and VS Code', () => {
    const command = { node: '/opt/my node/node', script: "/opt/it's/s.js", args: ['stdio'], env: { SWITCHYARD_HOME: '/data dir' } };
    expect(planConnect(stdioRequest('claude-code', { command }), null).cliCommand).toBe(
      `claude mcp add --scope user --transport stdio switchyard --env 'SWITCHYARD_HOME=/data dir' -- '/opt/my node/node' '/opt/it'\\''s/s.js' stdio`,
    );
    expect(planConnect(httpRequest('claude-code', { scope: 'project' }), null).cliCommand).toBe(
      "claude mcp add --scope project --transport http switchyard http://127.0.0.1:8080/mcp --header 'Authorization: Bearer ${SWITCHYARD_KEY}'",
    );
    expect(planConnect(httpRequest('codex'), null).cliCommand).toBe(
      'codex mcp add switchyard --url http://127.0.0.1:8080/mcp --bearer-token-env-var SWITCHYARD_KEY',
    );
    expect(
      planConnect(stdioRequest('codex', { platform: 'win32', command: { node: 'C:\\Program Files\\node.exe', script: 'C:\\s.js' } }), null).cliCommand,
    ).toBe('codex mcp add switchyard -- "C:\\Program Files\\node.exe" "C:\\s.js"');
    expect(planConnect(stdioRequest('vscode'), null).cliCommand).toMatch(/^code --add-mcp '\{"name":"switchyard","type":"stdio"/);
    expect(planConnect(stdioRequest('gemini', { command }), null).cliCommand).toBe(
      `gemini mcp add --scope user --env 'SWITCHYARD_HOME=/data dir' switchyard '/opt/my node/node' '/opt/it'\\''s/s.js' stdio`,
    );
    expect(planConnect(httpRequest('gemini'), null).cliCommand).toBe(
      "gemini mcp add --scope user --transport http --header 'Authorization: Bearer ${SWITCHYARD_KEY}' switchyard http://127.0.0.1:8080/mcp",
    );
    expect(planConnect(httpRequest('gemini', { scope: 'project' }), null).cliCommand).toBeUndefined();
    for (const client of ['cursor', 'windsurf', 'claude-desktop'] as const) expect(planConnect(stdioRequest(client), null).cliCommand).toBeUndefined();
  });
});

describe('an entry that is there already', () => {
  const entry = (members: Record<string, unknown>): string => JSON.stringify({ mcpServers: { switchyard: members } });
  const connected = (members: Record<string, unknown>, request = stdioRequest('gemini')): unknown =>
    (JSON.parse(planConnect(request, entry(members)).after) as { mcpServers: Record<string, unknown> }).mcpServers['switchyard'];
  const address = { type: 'http', url: 'http://127.0.0.1:8080/mcp', headers: { Authorization: 'Bearer ${SWITCHYARD_KEY}' } };

  it('loses how the client signs in at the other server', () => {
    const signIn = { oauth: { enabled: true }, authProviderType: 'google_credentials', targetAudience: 'x', headersHelper: './h.sh', auth: {}, scopes: ['a'] };
    expect(connected({ httpUrl: 'http://other', ...signIn, trust: true })).toEqual({ ...PROGRAM, trust: true });
    expect(connected({ httpUrl: 'http://other', ...signIn, trust: true }, httpRequest('gemini'))).toEqual({ ...address, trust: true });
  });

  it('loses the folder of another program, and keeps the one that somebody gave ours', () => {
    expect(connected({ command: 'other', cwd: '/elsewhere', envFile: '.env' })).toEqual(PROGRAM);
    expect(connected({ command: '/old/node', args: [PROGRAM.args[0], 'stdio'], cwd: '/mine' })).toEqual({ ...PROGRAM, cwd: '/mine' });
    expect(connected({ ...PROGRAM, cwd: '/mine' }, httpRequest('gemini'))).toEqual(address);
  });

  it('loses both in TOML, tables of their own included', () => {
    const before =
      '[mcp_servers.switchyard]\nurl = "http://other"\noauth_resource = "r"\ncwd = "/x"\nenabled = true\n\n[mcp_servers.switchyard.oauth]\nclient_id = "i"\n';
    expect(planConnect(stdioRequest('codex'), before).after.trimEnd()).toBe(
      '[mcp_servers.switchyard]\ncommand = "/opt/node/bin/node"\nargs = ["/opt/switchyard/bin/switchyard.js", "stdio"]\nenabled = true',
    );
  });
});

it('a new file is laid out as the snippet is', () => {
  for (const before of [null, '', '{}', '{ }\n']) {
    const { after, snippet } = planConnect(stdioRequest('cursor'), before);
    expect(after.trim()).toBe(snippet.trim());
  }
});

describe('notes', () => {
  it('say that a proxy would be asked for the gateway, where it would', () => {
    const notesWith = (environment: Record<string, string>, url = 'http://127.0.0.1:8080/mcp'): string =>
      planConnect(httpRequest('claude-code', { environment, url }), null).notes.join();
    const proxy = 'http://proxy:3128';
    expect(notesWith({ HTTPS_PROXY: proxy })).toContain('HTTPS_PROXY is set here: set NO_PROXY=127.0.0.1');
    expect(notesWith({ http_proxy: proxy }, 'http://localhost:8080/mcp')).toContain('NO_PROXY=localhost');
    expect(notesWith({ HTTPS_PROXY: proxy, no_proxy: 'intra.net, 127.0.0.1' })).not.toContain('NO_PROXY');
    expect(notesWith({ HTTPS_PROXY: proxy }, 'https://gateway.example.com/mcp')).not.toContain('NO_PROXY');
    expect(notesWith({})).not.toContain('NO_PROXY');
    expect(planConnect(stdioRequest('claude-code', { environment: { HTTPS_PROXY: proxy } }), null).notes.join()).not.toContain('NO_PROXY');
  });

  it('say that a strict client will ignore a file with comments', () => {
    expect(planConnect(stdioRequest('claude-desktop'), '{ "mcpServers": {}, }').notes.join()).toMatch(/strict JSON/);
    expect(planConnect(stdioRequest('cursor'), '{ "mcpServers": {}, }').notes.join()).not.toMatch(/strict JSON/);
  });

  it('say that a program without a project needs --workspace', () => {
    expect(planConnect(stdioRequest('claude-desktop'), null).notes.join()).toMatch(/--workspace/);
    expect(
      planConnect(stdioRequest('claude-desktop', { command: { node: '/n', script: '/s', args: ['stdio', '--workspace', '/srv/app'] } }), null).notes.join(),
    ).not.toMatch(/--workspace/);
  });
});

describe('a file that cannot be understood', () => {
  it.each([
    ['cursor', '{\n  "mcpServers": {\n    "a": {,\n  }\n}', '/home/me/.cursor/mcp.json:3:11'],
    ['cursor', '[]', '/home/me/.cursor/mcp.json:1:1'],
    ['cursor', '{"mcpServers": []}', '/home/me/.cursor/mcp.json:1:16'],
    ['cursor', '{"mcpServers": {}, "mcpServers": {}}', '/home/me/.cursor/mcp.json:1:20'],
    ['cursor', '{"mcpServers": {"switchyard": {},\n"switchyard": {}}}', '/home/me/.cursor/mcp.json:2:1'],
    ['cursor', '{"mcpServers": {}', '/home/me/.cursor/mcp.json:1:18'],
    ['claude-code', '\uFEFF{"a" 1}', '/home/me/.claude.json:1:6'],
    ['codex', 'a = 1\nb = \n', '/home/me/.codex/config.toml:2:5'],
    ['codex', '[table\n', '/home/me/.codex/config.toml:1:7'],
    ['codex', 'a = "open\nb = 2\n', '/home/me/.codex/config.toml:1:10'],
    ['codex', 'a = [1, 2\n', '/home/me/.codex/config.toml:2:1'],
    ['codex', 'mcp_servers = { a = { command = "x" } }\n', '/home/me/.codex/config.toml:1:1'],
    ['codex', '[[mcp_servers]]\n', '/home/me/.codex/config.toml:1:1'],
  ] as const)('%s %j is refused at %s', (client, before, place) => {
    expect(() => planConnect(stdioRequest(client), before)).toThrow(
      expect.objectContaining({ code: 'CLIENT_CONFIG_INVALID', message: expect.stringContaining(`${place}: `) as unknown }) as Error,
    );
  });

  it('also when it is nested without end', () => {
    for (const [client, before] of [
      ['cursor', `{"a": ${'['.repeat(200_000)}`],
      ['codex', `a = ${'['.repeat(200_000)}`],
    ] as const) {
      expect(() => planConnect(stdioRequest(client), before)).toThrow(expect.objectContaining({ code: 'CLIENT_CONFIG_INVALID' }) as Error);
    }
  });

  it('is not quoted: it may hold secrets', () => {
    const text = '{"mcpServers": {"a": {"env": {"KEY": "sk-hidden" "x"}}}}';
    expect(() => planConnect(stdioRequest('cursor'), text)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hidden') as unknown }) as Error,
    );
  });
});
