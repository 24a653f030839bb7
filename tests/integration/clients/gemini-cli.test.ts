/**
 * The Gemini CLI itself, offline: it reads what `connect` writes, its model and its tools are behind one gateway, and `import` reads
 * what it writes itself.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/core/json.ts';
import { root } from '../../../tools/paths.ts';
import { geminiOf, type InstalledClient, runInstalled, wordsOf } from '../../helpers/installed-client.ts';
import { installNode } from '../../helpers/on-demand.ts';
import { until } from '../../helpers/until.ts';
import { putFile, startUserGateway, type UserGateway } from '../../helpers/user-gateway.ts';
import { makeUser, type User } from '../cli/run.ts';

let gemini: InstalledClient;
let home: UserGateway;
beforeAll(async () => {
  [gemini, home] = await Promise.all([installNode('gemini-cli').then(geminiOf), startUserGateway({ WEB_TOKEN: 'x' })]);
}, 300_000);
afterAll(async () => {
  await home.stop();
});
beforeEach((context) => {
  if (gemini.installed.missing !== undefined) context.skip(gemini.installed.missing);
  putFile(home.user, FILE, SETTINGS);
  putFile(home.user, POLICY, policyFor('switchyard', 'echo'));
  home.vendor.requests.splice(0);
});

const FILE = '.gemini/settings.json';
const POLICY = '.gemini/policies/mine.toml';
const SETTINGS = `{
  // Without it, an address of its own makes another kind of sign-in.
  "security": { "auth": { "selectedType": "gemini-api-key" } },
  "privacy": { "usageStatisticsEnabled": false },
  "general": { "enableAutoUpdate": false, "enableAutoUpdateNotification": false }
}
`;
/** Without a person, it offers its model only what a rule allows. */
const policyFor = (server: string, tool: string): string => `[[rule]]\nmcpName = "${server}"\ntoolName = "${tool}"\ndecision = "allow"\npriority = 100\n`;
const TRUSTED = { GEMINI_CLI_TRUST_WORKSPACE: 'true' };
const file = (): string => readFileSync(join(home.user.folder, FILE), 'utf8');
const overHttp = (): string[] => ['--transport', 'http', '--url', `${home.gateway.url}/mcp`];

/** What `gemini mcp list` says of each server; it connects to them. */
async function listed(env: Readonly<Record<string, string>> = TRUSTED): Promise<Readonly<Record<string, string>>> {
  const { stdout, stderr } = await home.client(gemini, ['mcp', 'list'], env);
  const lines = [...`${stdout}\n${stderr}`.replaceAll(/\u001B\[[0-9;]*m/g, '').matchAll(/^[✓✗○…] (.+?): .* - (\w+)$/gmu)];
  return Object.fromEntries(lines.map(([, name = '', state = '']) => [name, state]));
}

interface Session {
  readonly calls: readonly JsonObject[];
  readonly results: readonly JsonObject[];
  readonly offered: readonly string[];
  readonly stderr: string;
}

/** One `gemini -p` with its model behind the gateway. */
async function converse(prompt: string, model = 'coder-gemini'): Promise<Session> {
  const own = { GOOGLE_GEMINI_BASE_URL: home.gateway.url, GEMINI_API_KEY: home.gateway.key, ...TRUSTED };
  const { stdout, stderr } = await home.client(gemini, ['-m', model, '-o', 'stream-json', '-p', prompt], own);
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JsonObject);
  const { tools = [] } = JSON.parse(home.vendor.requests[0]?.body.toString() ?? '{}') as { tools?: { functionDeclarations?: { name: string }[] }[] };
  return {
    calls: events.filter(({ type }) => type === 'tool_use'),
    results: events.filter(({ type }) => type === 'tool_result'),
    offered: tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name)),
    stderr,
  };
}

// @requirement G4.h
describe('what connect writes for the Gemini CLI', () => {
  it.each([
    ['a program', 'mcp-stdio', () => []],
    ['an address, with the key in a variable', 'mcp-http', overHttp],
  ])('%s: it is connected, and its model calls a tool; disconnect brings its file back', async (_kind, door, given) => {
    await home.json('connect', 'gemini', ...given());
    const { calls, results, offered, stderr } = await converse(`Please call mcp_switchyard_echo with {"message":"by ${door}"}`);
    expect(offered, stderr).toContain('mcp_switchyard_echo');
    // The rule of the person holds for the tool it names alone.
    expect(offered).not.toContain('mcp_switchyard_write_file');
    expect(calls).toMatchObject([{ tool_name: 'mcp_switchyard_echo', parameters: { message: `by ${door}` } }]);
    expect(results).toMatchObject([{ status: 'success', output: expect.stringContaining(`"echo":"by ${door}"`) }]);
    expect((await home.executed()).at(-1)).toMatchObject({ target: 'tool:echo', outcome: 'ok', decision: 'allow', door, client: 'gemini-cli-mcp-client' });

    await home.json('disconnect', 'gemini');
    expect(file()).toBe(SETTINGS);
    if (door === 'mcp-stdio') expect(await listed()).toEqual({});
  });

  it('a model of another vendor calls our tool', async () => {
    await home.json('connect', 'gemini');
    const { results, stderr } = await converse('Please call mcp_switchyard_echo with {"message":"converted"}', 'coder-anthropic');
    expect(results, stderr).toMatchObject([{ status: 'success', output: expect.stringContaining('"echo":"converted"') }]);
    await home.json('disconnect', 'gemini');
  });

  it('with a wrong key it is not connected', async () => {
    await home.json('connect', 'gemini', ...overHttp());
    const wrong = { ...TRUSTED, SWITCHYARD_KEY: 'sk-sy-000000000000-000000000000000000000000000000000000000000000000' };
    expect(await listed(wrong)).toEqual({ switchyard: 'Disconnected' });
    await home.json('disconnect', 'gemini');
  });

  it('in a folder that it does not trust it starts nothing, as connect says', async () => {
    const { notes } = (await home.json('connect', 'gemini')) as { notes: string[] };
    expect(notes.join()).toContain('does not trust');
    expect(await listed({})).toEqual({ switchyard: 'Disabled' });
    putFile(home.user, '.gemini/trustedFolders.json', JSON.stringify({ [home.user.project]: 'TRUST_FOLDER' }));
    expect(await listed({})).toEqual({ switchyard: 'Connected' });
    rmSync(join(home.user.folder, '.gemini/trustedFolders.json'));
    await home.json('disconnect', 'gemini');
  });

  it.each([
    ['a program', () => []],
    ['an address', overHttp],
  ])('the command line that --print shows makes the same entry: %s', async (_kind, given) => {
    const { cliCommand } = (await home.json('connect', 'gemini', '--print', ...given())) as { cliCommand: string };
    const other = makeUser();
    try {
      expect(cliCommand).toMatch(/^gemini mcp add /);
      const where = { home: other.folder, cwd: other.project, env: TRUSTED };
      expect((await runInstalled(gemini, wordsOf(cliCommand), where)).code).toBe(0);
      await home.json('connect', 'gemini', ...given());
      const serversIn = (user: User): unknown => (parse(readFileSync(join(user.folder, FILE), 'utf8').replace(/^\s*\/\/.*/m, '')) as JsonObject)['mcpServers'];
      expect(serversIn(other)).toEqual(serversIn(home.user));
      await home.json('disconnect', 'gemini');
    } finally {
      other.remove();
    }
  });

  it('the file of a project', async () => {
    await home.json('connect', 'gemini', '--scope', 'project');
    expect(await listed()).toEqual({ switchyard: 'Connected' });
    await home.json('disconnect', 'gemini', '--scope', 'project');
  });
});

const SERVER = [process.execPath, join(root, 'tests/helpers/bad-upstream.mjs'), 'ok'];

/** Entries in every form that `gemini mcp add` writes. */
async function addByItself(user: User): Promise<void> {
  const where = { home: user.folder, cwd: user.project, env: TRUSTED };
  for (const args of [
    [
      'add',
      '-s',
      'user',
      '-e',
      'NOTES_TOKEN=SECRETnotes',
      '-e',
      'PLACE=two words, "quoted"',
      '--include-tools',
      'echo,pid',
      '--timeout',
      '5000',
      'notes',
      ...SERVER,
    ],
    ['add', '-t', 'http', '-H', 'Authorization: Bearer SECRETweb', '-H', 'X-Team: 7', '--trust', 'web', 'http://127.0.0.1:9/mcp'],
    ['add', '-t', 'sse', '-H', 'X-Key: SECRETold', 'old', 'http://127.0.0.1:9/sse'],
    ['add', '-s', 'user', '-e', 'TOKEN=$NOTES_VARIABLE', '--exclude-tools', 'crash', '--description', 'Asks for a variable', 'Re Ferring', ...SERVER, 'other'],
  ]) {
    const { code, stdout, stderr } = await runInstalled(gemini, ['mcp', ...args], where);
    if (code !== 0) throw new Error(stdout + stderr);
  }
}

// @requirement G4.d G4.e G4.h
it('import reads what `gemini mcp add` writes: variables, headers, both transports, tools', async () => {
  const user = makeUser();
  await addByItself(user);
  const { code, stdout } = await user.run('import', '--here', '--yes');
  expect(code).toBe(0);
  const config = readFileSync(join(user.project, 'switchyard.yaml'), 'utf8');
  expect((parse(config) as JsonObject)['upstreams']).toEqual({
    notes: {
      transport: 'stdio',
      command: SERVER[0],
      args: SERVER.slice(1),
      env: { NOTES_TOKEN: '${NOTES_TOKEN}', PLACE: 'two words, "quoted"' },
      timeoutMs: 5000,
      tools: { allow: ['echo', 'pid'] },
    },
    web: { transport: 'http', url: 'http://127.0.0.1:9/mcp', headers: { Authorization: 'Bearer ${WEB_TOKEN}', 'X-Team': '7' } },
    old: { transport: 'sse', url: 'http://127.0.0.1:9/sse', headers: { 'X-Key': '${X_KEY}' } },
    're-ferring': {
      transport: 'stdio',
      command: SERVER[0],
      args: [...SERVER.slice(1), 'other'],
      env: { TOKEN: '${NOTES_VARIABLE}' },
      tools: { deny: ['crash'] },
    },
  });
  expect(config + stdout).not.toContain('SECRET');
  user.remove();
});

// @requirement G4.d G4.h
it('import adds what it has switched off, and switches it off: by its file of switches, by a list of its settings', async () => {
  const user = makeUser();
  try {
    const servers = { on: { command: 'one' }, Off: { command: 'two' }, barred: { command: 'three' } };
    putFile(user, FILE, JSON.stringify({ mcpServers: servers, mcp: { excluded: ['barred'] } }));
    // Its `/mcp disable` writes this. (`gemini mcp disable` of 0.61.0 finds no server, whatever there is.)
    putFile(user, '.gemini/mcp-server-enablement.json', JSON.stringify({ off: { enabled: false } }));
    const { stdout, stderr } = await runInstalled(gemini, ['mcp', 'list'], { home: user.folder, cwd: user.project, env: TRUSTED });
    expect(stdout + stderr).toMatch(/on: one {2}\(stdio\) - Disconnected[\s\S]*Off: two {2}\(stdio\) - Disabled[\s\S]*barred: three {2}\(stdio\) - Blocked/);
    expect((await user.run('import', '--here', '--yes')).code).toBe(0);
    expect((parse(readFileSync(join(user.project, 'switchyard.yaml'), 'utf8')) as JsonObject)['upstreams']).toEqual({
      on: { transport: 'stdio', command: 'one' },
      off: { transport: 'stdio', isEnabled: false, command: 'two' },
      barred: { transport: 'stdio', isEnabled: false, command: 'three' },
    });
  } finally {
    user.remove();
  }
});

// @requirement G4.c G4.h
it('connect --transparent leaves its own servers under their names: a rule that names one goes on working', async () => {
  putFile(home.user, POLICY, policyFor('notes', 'echo'));
  const where = { home: home.user.folder, cwd: home.user.project, env: TRUSTED };
  await runInstalled(gemini, ['mcp', 'add', '-s', 'user', '-e', 'NOTES_TOKEN=SECRETnotes', '--timeout', '5000', 'notes', ...SERVER], where);
  await runInstalled(gemini, ['mcp', 'add', '-s', 'user', '-t', 'http', '-H', 'Authorization: Bearer SECRETweb', 'web', 'http://127.0.0.1:9/mcp'], where);
  // A sign-in of the client, which would be wrong for the gateway.
  putFile(home.user, FILE, file().replace('"type": "http",', '"type": "http",\n      "authProviderType": "google_credentials",'));
  const before = file();
  expect(before).toContain('google_credentials');
  await home.json('import', '--user', '--yes');
  await until(async () => JSON.stringify((await home.user.json('tools', 'ls')).value).includes('notes__echo'), 'its tools are known', 20_000);
  for (const [door, given] of [
    ['mcp-stdio', []],
    ['mcp-http', overHttp()],
  ] as const) {
    await home.json('connect', 'gemini', '--transparent', ...given);
    expect(file()).not.toMatch(/SECRET|google_credentials/);
    expect(file()).toContain('"timeout": 5000');
    if (door === 'mcp-stdio') expect(await listed()).toEqual({ notes: 'Connected', web: 'Connected' });
    const { calls, results, offered } = await converse('Please call mcp_notes_echo with {"words":"after"}');
    expect(offered.filter((name) => name.startsWith('mcp_'))).toEqual(['mcp_notes_echo']);
    expect([calls, results]).toMatchObject([[{ tool_name: 'mcp_notes_echo' }], [{ status: 'success', output: expect.stringContaining('after') }]]);
    expect((await home.executed()).at(-1)).toMatchObject({ target: 'tool:notes__echo', door, client: 'gemini-cli-mcp-client', detail: { profile: 'notes' } });
    home.vendor.requests.splice(0);
  }
  await home.json('disconnect', 'gemini');
  expect(file()).toBe(before);
});

it('it hands no variable on that looks like a secret: what the configuration refers to must stand in .env, as connect says', async () => {
  const user = makeUser();
  try {
    mkdirSync(user.home, { mode: 0o700 });
    putFile(user, 'state/switchyard.yaml', 'log: { level: "${NOTES_TOKEN}" }\n');
    expect((await user.run('connect', 'gemini')).stdout).toContain('must stand in the .env beside it');
    const list = async (): Promise<string> => {
      const run = await runInstalled(gemini, ['mcp', 'list'], { home: user.folder, cwd: user.project, env: { ...TRUSTED, NOTES_TOKEN: 'info' } });
      return run.stdout + run.stderr;
    };
    expect(await list()).toContain('Disconnected');
    putFile(user, 'state/.env', 'NOTES_TOKEN=info\n');
    expect(await list()).toContain('Connected');
  } finally {
    user.remove();
  }
});
