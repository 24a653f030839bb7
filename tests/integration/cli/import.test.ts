import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeClientFiles } from '../../helpers/client-files.ts';
import { makeZip } from '../../helpers/zip-archive.ts';
import { type Ended, runToEnd } from '../../helpers/run-to-end.ts';

const MAIN = new URL('../../../src/cli/main.ts', import.meta.url).pathname;

let base: string;
let home: string;
let project: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-import-')));
  home = join(base, 'me');
  project = join(base, 'project');
  mkdirSync(home);
  mkdirSync(project);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Into the folder of the test, unless --user says otherwise. */
function run(given: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const args = given.flatMap((word, index) => (['import', 'add'].includes(word) && index < 2 && !given.includes('--user') ? [word, '--here'] : [word]));
  const all = { PATH: process.env['PATH'] ?? '', HOME: home, SWITCHYARD_HOME: join(base, 'state'), API_KEY: 'x', ...env };
  return runToEnd([MAIN, ...args], { cwd: project, env: all });
}
const read = (name: string): string => readFileSync(join(project, name), 'utf8');
const put = (name: string, text: string): void => writeFileSync(join(project, name), text);
const upstreams = (): Record<string, unknown> => (parse(read('switchyard.yaml')) as { readonly upstreams: Record<string, unknown> }).upstreams;

const isSecret = /SECRET/;

describe('switchyard import', { timeout: 60_000 }, () => {
  it('G4.d: the servers of seven clients, each once, with references and folders kept', async () => {
    writeClientFiles({ home, project });
    const { code, stdout } = await run(['import', '--yes']);
    expect(code).toBe(0);
    expect(upstreams()).toEqual({
      notes: { transport: 'stdio', command: 'python3', args: ['./notes.py'], cwd: project },
      'api-server': { transport: 'http', url: '${API_BASE_URL:-https://api.example.com}/mcp', headers: { Authorization: 'Bearer ${API_KEY}' } },
      github: {
        transport: 'stdio',
        command: 'docker',
        args: ['run', '-i', '--rm', '-e', 'GITHUB_PERSONAL_ACCESS_TOKEN=${GITHUB_PERSONAL_ACCESS_TOKEN}', 'ghcr.io/github/github-mcp-server'],
      },
      'github-claude-code': { transport: 'http', url: 'https://api.githubcopilot.com/mcp/', headers: { Authorization: 'Bearer ${GITHUB_CLAUDE_CODE_TOKEN}' } },
      airtable: { transport: 'stdio', command: 'npx', args: ['-y', 'airtable-mcp-server'], env: { AIRTABLE_API_KEY: '${AIRTABLE_API_KEY}' } },
      filesystem: { transport: 'stdio', command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/Users/username/Desktop'] },
      'my-weird-server': {
        transport: 'stdio',
        command: 'npx',
        args: ['mcp-remote', 'https://weird.example.com/sse?api_key=${MY_WEIRD_SERVER_API_KEY}', '--header', 'Authorization: Bearer ${MY_WEIRD_SERVER_TOKEN}'],
      },
      postgres: { transport: 'stdio', command: 'uvx', args: ['postgres-mcp', 'postgresql://me:${POSTGRES_PASSWORD}@localhost/shop'], cwd: join(project, 'db') },
      perplexity: { transport: 'stdio', command: 'npx', args: ['-y', 'server-perplexity-ask'], env: { PERPLEXITY_API_KEY: '${PERPLEXITY_KEY}' } },
      context7: {
        transport: 'stdio',
        command: 'npx',
        args: ['-y', '@upstash/context7-mcp'],
        env: { CONTEXT7_API_KEY: '${CONTEXT7_API_KEY}' },
        timeoutMs: 45_000,
        tools: { deny: ['forget'] },
      },
      figma: { transport: 'http', url: 'https://mcp.figma.com/mcp', headers: { Authorization: 'Bearer ${FIGMA_OAUTH_TOKEN}', 'X-Figma-Region': 'us-east-1' } },
      pythontools: {
        transport: 'stdio',
        command: 'python3',
        args: ['-m', 'my_mcp_server'],
        env: { DATABASE_URL: '${DB_CONNECTION_STRING}' },
        cwd: join(home, 'mcp-servers'),
        timeoutMs: 15_000,
        tools: { allow: ['safe_tool'] },
      },
      oldremote: { transport: 'sse', url: 'https://old.example.com/sse' },
      'remote-http-mcp': { transport: 'http', isEnabled: false, url: 'https://wind.example.com/${REMOTE_HTTP_MCP_PATH}/mcp' },
    });
    expect(stdout).toMatch(/switchyard +left out/);
    expect(stdout).toContain('my-weird-server: its name was "My Wëird Server 🚀"');
    expect(stdout).toContain('github-claude-code: github is taken by another server');
    expect(stdout).toContain('set PERPLEXITY_KEY in the environment or in .env');
    expect(stdout).toContain(`${project}/.cursor/mcp.json, "no-way": It names neither a command nor a URL.`);
    expect(stdout).toContain(`${project}/.vscode/mcp.json, "chosen": It uses \${command:pick}, which only vscode can fill in.`);
    expect((await run(['config', 'check'])).stdout).toMatch(/^valid/);
    const record: unknown = JSON.parse(readFileSync(join(base, 'state/clients/imported.json'), 'utf8'));
    expect(record).toContainEqual({
      client: 'claude-desktop',
      scope: 'user',
      path: join(home, '.config/Claude/claude_desktop_config.json'),
      name: 'My Wëird Server 🚀',
      upstream: 'my-weird-server',
    });
  });

  it('G4.e: no secret is shown or written outside of .env, which only its owner reads', async () => {
    writeClientFiles({ home, project });
    const shown = [await run(['import', '--dry-run']), await run(['--json', 'import', '--dry-run'])];
    expect(existsSync(join(project, 'switchyard.yaml')) || existsSync(join(project, '.env'))).toBe(false);
    shown.push(await run(['--json', 'import', '--yes']), await run(['import', '--yes']), await run(['upstreams', 'ls']), await run(['config', 'diff']));
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toMatch(isSecret);
    expect(read('switchyard.yaml')).not.toMatch(isSecret);
    expect(readFileSync(join(base, 'state/clients/imported.json'), 'utf8')).not.toMatch(isSecret);
    const secrets = read('.env').match(/SECRET\w*/g);
    expect(secrets?.toSorted()).toEqual([
      'SECRET0a1b2c3d4e5f60718293',
      'SECRETairtable',
      'SECRETcontext',
      'SECRETdocker',
      'SECRETgithub',
      'SECRETheader',
      'SECRETpassword',
      'SECRETquery',
    ]);
    expect(statSync(join(project, '.env')).mode & 0o777).toBe(0o600);
  });

  it('G4.d: a second import changes nothing; without its record, neither', async () => {
    writeClientFiles({ home, project });
    await run(['import', '--yes']);
    const before = [read('switchyard.yaml'), read('.env')];
    expect((await run(['import'])).stdout).toMatch(/Nothing to change\.\n$/);
    rmSync(join(base, 'state/clients'), { recursive: true });
    expect((await run(['import', '--yes'])).stdout).toMatch(/Nothing to change\.\n$/);
    expect([read('switchyard.yaml'), read('.env')]).toEqual(before);
    expect(readdirSync(project).filter((name) => name.endsWith('.bak'))).toEqual([]);
  });

  it('G4.d: a file that is there is edited in place: comments, line ends, byte order mark; the old one is kept', async () => {
    const own =
      '\uFEFF# mine\r\nlog:\r\n    level: warn # quiet\r\nupstreams:\r\n    # the first\r\n    mine:\r\n        transport: http\r\n        url: "https://mine.example.com/mcp" # here\r\n# the end\r\nserver: { port: 9000 }\r\n';
    put('switchyard.yaml', own);
    put('.env', 'OLD=1');
    chmodSync(join(project, '.env'), 0o644);
    mkdirSync(join(project, '.cursor'));
    put(
      '.cursor/mcp.json',
      '{"mcpServers":{"mine":{"command":"a"},"same":{"url":"https://mine.example.com/mcp/"},"k":{"command":"b","env":{"API_KEY":"SECRETk"}}}}',
    );
    const { stdout } = await run(['import', '--yes']);
    expect(read('switchyard.yaml')).toBe(
      own.replace(
        '# the end',
        '    mine-cursor:\r\n        transport: stdio\r\n        command: a\r\n    k:\r\n        transport: stdio\r\n        command: b\r\n        env:\r\n            API_KEY: ${K_API_KEY}\r\n# the end',
      ),
    );
    expect(read('.env')).toBe('OLD=1\nK_API_KEY=SECRETk\n');
    expect(stdout).toContain('.env could be read by others; now only you can read it.');
    expect(stdout).toMatch(/mine +is there/);
    const backup = readdirSync(project).find((name) => name.endsWith('.bak'));
    expect(read(backup ?? '')).toBe(own);
  });

  it('G4.d: JSON with comments is edited in place, too', async () => {
    const own = '{\n  // mine\n  "log": { "level": "warn" }, // quiet\n}\n';
    put('switchyard.jsonc', own);
    mkdirSync(join(project, '.cursor'));
    put('.cursor/mcp.json', '{"mcpServers":{"a":{"url":"https://a.example.com/mcp"}}}');
    expect((await run(['import', '--yes'])).code).toBe(0);
    expect(read('switchyard.jsonc')).toBe(
      '{\n  // mine\n  "log": { "level": "warn" }, // quiet\n  "upstreams": {\n    "a": {\n      "transport": "http",\n      "url": "https://a.example.com/mcp"\n    }\n  },\n}\n',
    );
    expect((await run(['remove', 'a'])).code).toBe(0);
    expect(read('switchyard.jsonc')).toBe(own);
  });

  it('G4.d: a broken file is named with its place and stops no other; links and open files are warned of', async () => {
    writeClientFiles({ home, project });
    writeFileSync(join(home, '.codex/config.toml'), '[mcp_servers.a]\ncommand = "x\n');
    renameSync(join(home, '.gemini/settings.json'), join(base, 'elsewhere.json'));
    symlinkSync(join(base, 'elsewhere.json'), join(home, '.gemini/settings.json'));
    chmodSync(join(project, '.vscode/mcp.json'), 0o666);
    const { code, stdout } = await run(['import', '--yes']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\.codex\/config\.toml:2:\d+: /);
    expect(stdout).toContain(`${home}/.gemini/settings.json is a link`);
    expect(stdout).toContain(`Run: chmod o-w ${project}/.vscode/mcp.json`);
    expect(Object.keys(upstreams())).toEqual(expect.arrayContaining(['pythontools', 'perplexity', 'postgres']));
  });

  it('C1.i: nothing is written unasked, by --dry-run, into a broken file, or through a link', async () => {
    writeClientFiles({ home, project });
    expect(await run(['import'])).toMatchObject({ code: 64, stderr: expect.stringContaining('Add --yes') });
    expect((await run(['import', '--from', 'emacs', '--yes'])).code).toBe(66);
    symlinkSync(join(home, '.bashrc'), join(project, '.env'));
    expect(await run(['import', '--yes'])).toMatchObject({ code: 78, stderr: expect.stringContaining('is a link') });
    expect(existsSync(join(home, '.bashrc')) || existsSync(join(project, 'switchyard.yaml'))).toBe(false);
    rmSync(join(project, '.env'));
    put('switchyard.yaml', 'log: {level: loud}\n');
    expect(await run(['import', '--yes'])).toMatchObject({ code: 78, stderr: expect.stringContaining('CONFIG_INVALID') });
    expect([read('switchyard.yaml'), existsSync(join(project, '.env'))]).toEqual(['log: {level: loud}\n', false]);
  });

  it('--from, --user: chosen clients into the home, whose .env is read from every folder', async () => {
    writeClientFiles({ home, project });
    expect((await run(['import', '--from', 'codex', '--user', '--yes'])).code).toBe(0);
    const text = readFileSync(join(base, 'state/switchyard.yaml'), 'utf8');
    expect(Object.keys((parse(text) as { readonly upstreams: object }).upstreams)).toEqual(['context7', 'figma']);
    expect(readFileSync(join(base, 'state/.env'), 'utf8')).toBe('CONTEXT7_API_KEY=SECRETcontext\n');
    const { stdout } = await run(['--json', 'config', 'check']);
    expect(JSON.parse(stdout)).toMatchObject({ isValid: true, sources: expect.arrayContaining([{ kind: '.env', path: join(base, 'state/.env') }]) });
  });
});

/** Says its token and its folder. */
const SERVER = `import { createInterface } from 'node:readline';
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const results = {
    initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } },
    'tools/list': { tools: [{ name: 'hello', description: 'Says hello', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: 'hello ' + process.env.MY_TOKEN + ' in ' + process.cwd() }] },
  };
  const result = results[method];
  process.stdout.write(JSON.stringify(result ? { jsonrpc: '2.0', id, result } : { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }) + '\\n');
});
`;

describe('from a client’s file to a call', { timeout: 60_000 }, () => {
  it('G4.d G4.e: an imported server answers behind a gateway that a client started, with its secret and in its folder', async () => {
    mkdirSync(join(project, '.cursor'));
    put('server.mjs', SERVER);
    put(
      '.cursor/mcp.json',
      JSON.stringify({ mcpServers: { 'Greeter One': { command: process.execPath, args: ['./server.mjs'], env: { MY_TOKEN: 'SECRETtoken' } } } }),
    );
    expect((await run(['import', '--user', '--yes'])).code).toBe(0);
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, SWITCHYARD_HOME: join(base, 'state') };
    const gateway = spawn(process.execPath, [MAIN, 'stdio'], { cwd: project, env, stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      const lines = createInterface({ input: gateway.stdout })[Symbol.asyncIterator]();
      const ask = async (id: number, method: string, params: object): Promise<string> => {
        gateway.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
        for (;;) {
          const { value, done } = await lines.next();
          if (done === true) throw new Error('the gateway ended');
          if (JSON.parse(value).id === id) return value;
        }
      };
      await ask(0, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } });
      gateway.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
      let answer = '';
      // The first start learns in the background what the server has.
      for (let turn = 1; turn < 100 && !answer.includes('hello '); turn += 1) {
        answer = await ask(turn, 'tools/call', { name: 'greeter-one__hello', arguments: {} });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(answer).toContain(`hello SECRETtoken in ${project}`);
    } finally {
      const ended = new Promise((resolve) => gateway.once('exit', resolve));
      gateway.stdin.end();
      await ended;
    }
  });
});

describe('switchyard add and remove', { timeout: 60_000 }, () => {
  it('G4.f: a command, a URL, a bundle; and away again', async () => {
    expect((await run(['add', 'notes', '--env', 'NOTES_TOKEN=SECRETn', '--', 'python3', 'server.py', '--api-key', 'SECRETa'])).code).toBe(0);
    expect((await run(['add', 'https://mcp.linear.app/mcp', '--header', 'Authorization: Bearer SECRETl'])).code).toBe(0);
    writeFileSync(
      join(project, 'calendar.mcpb'),
      makeZip([
        {
          path: 'manifest.json',
          content: JSON.stringify({
            name: 'calendar',
            server: { mcp_config: { command: 'node', args: ['${__dirname}/i.js'], env: { KEY: '${user_config.key}' } } },
            user_config: { key: { type: 'string', required: true } },
          }),
        },
        { path: 'i.js', content: '' },
      ]),
    );
    const added = await run(['add', './calendar.mcpb']);
    expect(added.stdout).toContain('Set CALENDAR_KEY in the environment or in .env');
    const entries = upstreams();
    expect(entries).toMatchObject({
      notes: { command: 'python3', args: ['server.py', '--api-key', '${NOTES_API_KEY}'], env: { NOTES_TOKEN: '${NOTES_TOKEN}' } },
      linear: { transport: 'http', url: 'https://mcp.linear.app/mcp', headers: { Authorization: 'Bearer ${LINEAR_TOKEN}' } },
      calendar: { command: process.execPath, env: { KEY: '${CALENDAR_KEY}' } },
    });
    expect(read('switchyard.yaml')).not.toMatch(isSecret);
    expect((await run(['upstreams', 'ls'])).stdout).toMatch(/linear +http +https:\/\/mcp\.linear\.app\/mcp/);
    const removed = await run(['remove', 'calendar']);
    expect(removed.stdout).toMatch(/Deleted .*\/state\/servers\/calendar-/);
    expect(readdirSync(join(base, 'state/servers'))).toEqual([]);
    expect((await run(['remove', 'notes'])).stdout).toContain('No longer used, and still where they were set: NOTES_API_KEY, NOTES_TOKEN');
    expect((await run(['remove', 'linear'])).code).toBe(0);
    expect(parse(read('switchyard.yaml'))).toBe(null);
    expect(await run(['remove', 'linear'])).toMatchObject({ code: 66, stderr: expect.stringContaining('UPSTREAM_UNKNOWN') });
  });

  it.for([[], ['--user']])('variables of the .env beside the file count, wherever the command is run: remove %j', async (where) => {
    const state = join(base, 'state');
    mkdirSync(state, { mode: 0o700 });
    const text = 'upstreams:\n  notes:\n    transport: stdio\n    command: ${NOTES_COMMAND}\nlog:\n  level: ${LOG_LEVEL}\n';
    writeFileSync(join(state, 'switchyard.yaml'), text, { mode: 0o600 });
    expect(await run(['remove', 'notes', ...where]), 'control: set nowhere').toMatchObject({
      code: 78,
      stderr: expect.stringContaining('CONFIG_UNSET_VARIABLE'),
    });
    writeFileSync(join(state, '.env'), 'NOTES_COMMAND=python3\nLOG_LEVEL=warn\n', { mode: 0o600 });
    expect((await run(['config', 'check'])).code).toBe(0);
    expect((await run(['remove', 'notes', ...where])).stderr).toBe('');
    expect(parse(readFileSync(join(state, 'switchyard.yaml'), 'utf8'))).toEqual({ log: { level: '${LOG_LEVEL}' } });
  });

  it('G4.f: a document of the registry, from its URL', async () => {
    const server = createServer((request, response) => {
      const found = request.url === '/v0/servers/x';
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          found
            ? {
                server: {
                  name: 'com.example/weather',
                  remotes: [{ type: 'sse', url: 'https://weather.example.com/sse', headers: [{ name: 'X-Key', isSecret: true, description: 'Yours' }] }],
                },
              }
            : {},
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    try {
      expect(await run(['add', `${origin}/v0/servers/x`])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Set X_KEY in the environment or in .env: Yours'),
      });
      expect(upstreams()).toEqual({ weather: { transport: 'sse', url: 'https://weather.example.com/sse', headers: { 'X-Key': '${X_KEY}' } } });
      expect(await run(['add', `${origin}/other.json`])).toMatchObject({ code: 65, stderr: expect.stringContaining('status 404') });
    } finally {
      server.close();
    }
  });

  it('G4.f: a name that is taken, and what cannot be added', async () => {
    await run(['add', 'https://a.example.com/mcp', '--name', 'a']);
    expect((await run(['add', 'https://a.example.com/mcp', '--name', 'a'])).stdout).toContain('a is there already.');
    expect(await run(['add', 'https://b.example.com/mcp', '--name', 'a'])).toMatchObject({ code: 65, stderr: expect.stringContaining('DUPLICATE_NAME') });
    expect((await run(['add', 'https://b.example.com/mcp', '--name', 'a', '--force'])).code).toBe(0);
    expect(upstreams()).toEqual({ a: { transport: 'http', url: 'https://b.example.com/mcp' } });
    put('api.yaml', 'openapi: 3.1.0\n');
    expect(await run(['add', './api.yaml'])).toMatchObject({ code: 65, stderr: expect.stringContaining('has no operation') });
    expect(await run(['add', 'https://a.example.com/mcp', '--env', 'A=1'])).toMatchObject({ code: 64 });
    expect(await run(['add', './missing.json'])).toMatchObject({ code: 64 });
    const nobody = await run(['add', 'http://127.0.0.1:9/openapi.json']);
    expect(nobody).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/UPSTREAM_UNREACHABLE 127\.0\.0\.1:9: .*ECONNREFUSED[\s\S]*download the document/),
    });
    put('bad.mcpb', 'no archive');
    expect(await run(['add', './bad.mcpb'])).toMatchObject({ code: 65, stderr: expect.stringContaining('SOURCE_INVALID') });
  });
});
