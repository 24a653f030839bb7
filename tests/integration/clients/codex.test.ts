/**
 * The Codex CLI itself, offline: it reads what `connect` writes, its model and its tools are behind one gateway, and `import` reads
 * what it writes itself. Under a temporary home it warns that it makes no helpers there; nothing here needs them.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/core/json.ts';
import { root } from '../../../tools/paths.ts';
import { codexOf, type InstalledClient, runInstalled, wordsOf } from '../../helpers/installed-client.ts';
import { installNode } from '../../helpers/on-demand.ts';
import { until } from '../../helpers/until.ts';
import { putFile, startUserGateway, type UserGateway } from '../../helpers/user-gateway.ts';
import { makeUser, type User } from '../cli/run.ts';
import type { Ended } from '../../helpers/run-to-end.ts';

let codex: InstalledClient;
let home: UserGateway;
beforeAll(async () => {
  [codex, home] = await Promise.all([installNode('codex').then(codexOf), startUserGateway({ REMOTE_TOKEN: 'x' })]);
}, 300_000);
afterAll(async () => {
  await home.stop();
});
beforeEach((context) => {
  if (codex.installed.missing !== undefined) context.skip(codex.installed.missing);
  putFile(home.user, FILE, settings());
  home.vendor.requests.splice(0);
});

const FILE = '.codex/config.toml';
const file = (): string => readFileSync(join(home.user.folder, FILE), 'utf8');
/** What somebody has there who lets Codex use the models of the gateway. */
const settings = (): string => `# mine
model = "coder"
model_provider = "gateway"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.gateway]
name = "Gateway"
base_url = "${home.gateway.url}/v1"
env_key = "MODEL_KEY"
wire_api = "responses"
`;

const overHttp = (): string[] => ['--transport', 'http', '--url', `${home.gateway.url}/mcp`];
/** The servers that Codex has, by name, as it understands them. */
async function listed(env: Readonly<Record<string, string>> = {}): Promise<Readonly<Record<string, JsonObject>>> {
  const { stdout, stderr, code } = await home.client(codex, ['mcp', 'list', '--json'], env);
  if (code !== 0) throw new Error(stderr);
  return Object.fromEntries((JSON.parse(stdout) as readonly (JsonObject & { readonly name: string })[]).map((server) => [server.name, server]));
}

interface Session extends Ended {
  /** Its calls of MCP tools, as they ended. */
  readonly calls: readonly JsonObject[];
  /** Tools that the model was offered, by their groups. */
  readonly offered: readonly string[];
}

/** One `codex exec`, in which a member of the file that it does not know is an error. */
async function converse(prompt: string, { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {}): Promise<Session> {
  const run = await home.client(codex, ['exec', '--strict-config', '--json', '--skip-git-repo-check', ...args, prompt], env);
  const items = run.stdout
    .split('\n')
    .filter((line) => line.includes('"item.completed"'))
    .map((line) => (JSON.parse(line) as { item: JsonObject }).item);
  const { tools = [] } = JSON.parse(home.vendor.requests[0]?.body.toString() ?? '{}') as { tools?: { name?: string; tools?: { name: string }[] }[] };
  return {
    ...run,
    calls: items.filter(({ type }) => type === 'mcp_tool_call'),
    offered: tools.flatMap((tool) => tool.tools?.map(({ name }) => `${tool.name ?? ''}__${name}`) ?? tool.name ?? []),
  };
}

// @requirement G4.h
describe('what connect writes for Codex', () => {
  it.each([
    ['a program', 'mcp-stdio', () => []],
    ['an address, with the key in a variable', 'mcp-http', overHttp],
  ])('%s: Codex takes it, offers our tools to its model and calls one; disconnect brings its file back', async (_kind, door, given) => {
    await home.json('connect', 'codex', ...given());
    expect(await listed()).toMatchObject({ switchyard: { enabled: true, auth_status: door === 'mcp-http' ? 'bearer_token' : 'unsupported' } });
    const { calls, offered, stderr } = await converse(`Please call mcp__switchyard__echo with {"message":"by ${door}"}`);
    expect(offered, stderr).toEqual(expect.arrayContaining(['echo', 'ping', 'read_file', 'list_directory'].map((name) => `mcp__switchyard__${name}`)));
    expect(calls).toMatchObject([{ server: 'switchyard', tool: 'echo', status: 'completed', result: { structured_content: { success: true } } }]);
    expect(calls).toMatchObject([{ result: { structured_content: { data: { echo: `by ${door}` } } } }]);
    expect((await home.executed()).at(-1)).toMatchObject({ target: 'tool:echo', outcome: 'ok', decision: 'allow', door, client: 'codex-mcp-client' });

    await home.json('disconnect', 'codex');
    expect(file()).toBe(settings());
    expect(await listed()).toEqual({});
  });

  it('with a wrong key Codex goes on, without our tools', async () => {
    await home.json('connect', 'codex', ...overHttp());
    const wrong = { SWITCHYARD_KEY: 'sk-sy-000000000000-000000000000000000000000000000000000000000000000' };
    const { code, calls, offered } = await converse('Please call mcp__switchyard__echo with {"message":"x"}', { env: wrong });
    expect([code, calls, offered.filter((name) => name.startsWith('mcp__switchyard'))]).toEqual([0, [], []]);
    await home.json('disconnect', 'codex');
  });

  it('the failure of a tool is one for Codex', async () => {
    await home.json('connect', 'codex');
    const { calls } = await converse('Please call mcp__switchyard__read_file with {"path":"../secret"}');
    expect(calls).toMatchObject([{ tool: 'read_file', status: 'failed' }]);
    expect(JSON.stringify(calls)).toContain('PATH_OUTSIDE');
    await home.json('disconnect', 'codex');
  });

  it.each(['coder-anthropic', 'coder-gemini', 'coder-compatible'])(
    'a model of another vendor (%s) calls our tool, whose group only Codex knows',
    async (model) => {
      await home.json('connect', 'codex');
      const args = ['-m', model, '-c', 'web_search="disabled"'];
      const { calls, stderr } = await converse('Please call mcp__switchyard__echo with {"message":"converted"}', { args });
      expect(calls, stderr).toMatchObject([{ server: 'switchyard', tool: 'echo', status: 'completed' }]);
      // The second request tells the result: the names of the call have been read back.
      expect(home.vendor.requests).toHaveLength(2);
      await home.json('disconnect', 'codex');
    },
  );

  it.each([
    ['a program', () => []],
    ['an address', overHttp],
  ])('the command line that --print shows makes the same entry: %s', async (_kind, given) => {
    const { cliCommand } = (await home.json('connect', 'codex', '--print', ...given())) as { cliCommand: string };
    const other = makeUser();
    try {
      expect((await runInstalled(codex, wordsOf(cliCommand), { home: other.folder, cwd: other.project })).code).toBe(0);
      await home.json('connect', 'codex', ...given());
      const { stdout } = await runInstalled(codex, ['mcp', 'list', '--json'], { home: other.folder, cwd: other.project });
      expect(JSON.parse(stdout)).toEqual(Object.values(await listed({ SWITCHYARD_KEY: '' })));
    } finally {
      await home.json('disconnect', 'codex');
      other.remove();
    }
  });

  it('the file of a project counts in trusted projects only, as connect says', async () => {
    const { notes } = (await home.json('connect', 'codex', '--scope', 'project')) as { notes: string[] };
    expect(notes.join()).toContain('marked as trusted');
    const prompt = 'Please call mcp__switchyard__echo with {"message":"project"}';
    expect((await converse(prompt)).calls).toEqual([]);
    home.vendor.requests.splice(0);
    putFile(home.user, FILE, `${settings()}\n[projects.${JSON.stringify(home.user.project)}]\ntrust_level = "trusted"\n`);
    expect((await converse(prompt)).calls).toMatchObject([{ tool: 'echo', status: 'completed' }]);
    await home.json('disconnect', 'codex', '--scope', 'project');
    expect(await listed()).toEqual({});
  });
});

const SERVER = [process.execPath, join(root, 'tests/helpers/bad-upstream.mjs'), 'ok'];

/** Entries in every form that `codex mcp add` writes. */
async function addByItself(user: User): Promise<void> {
  for (const args of [
    ['notes', '--env', 'NOTES_TOKEN=SECRETnotes', '--env', 'PLACE=two words, "quoted"', '--', ...SERVER],
    ['remote', '--url', 'http://127.0.0.1:9/mcp', '--bearer-token-env-var', 'REMOTE_TOKEN'],
    ['open', '--url', 'http://127.0.0.1:9/open'],
    ['signed', '--url', 'http://127.0.0.1:9/signed', '--oauth-client-id', 'abc', '--oauth-resource', 'http://127.0.0.1:9/'],
    ['we.ird', '--', 'npx', '-y', 'x', '--api-key', 'SECRETargument'],
  ]) {
    const { code, stderr } = await runInstalled(codex, ['mcp', 'add', ...args], { home: user.folder, cwd: user.project });
    if (code !== 0) throw new Error(stderr);
  }
}

// @requirement G4.d G4.e G4.h
it('import reads what `codex mcp add` writes: variables, a bearer token, a sign-in, odd names', async () => {
  const user = makeUser();
  await addByItself(user);
  const { code, stdout } = await user.run('import', '--here', '--yes');
  expect([code, stdout]).toEqual([0, expect.stringContaining('signed: Codex: its sign-in (oauth) stays with the client')]);
  const config = readFileSync(join(user.project, 'switchyard.yaml'), 'utf8');
  expect((parse(config) as JsonObject)['upstreams']).toEqual({
    notes: { transport: 'stdio', command: SERVER[0], args: SERVER.slice(1), env: { NOTES_TOKEN: '${NOTES_TOKEN}', PLACE: 'two words, "quoted"' } },
    remote: { transport: 'http', url: 'http://127.0.0.1:9/mcp', headers: { Authorization: 'Bearer ${REMOTE_TOKEN}' } },
    open: { transport: 'http', url: 'http://127.0.0.1:9/open' },
    signed: { transport: 'http', url: 'http://127.0.0.1:9/signed' },
    'we-ird': { transport: 'stdio', command: 'npx', args: ['-y', 'x', '--api-key', '${WE_IRD_API_KEY}'] },
  });
  expect(config + stdout).not.toContain('SECRET');
  expect(readFileSync(join(user.project, '.env'), 'utf8')).toMatch(/SECRETnotes[\s\S]*SECRETargument/);
  user.remove();
});

// @requirement G4.c G4.h
it('connect --transparent leaves Codex a file that it takes, in which its own servers lead through the gateway', async () => {
  await addByItself(home.user);
  // A folder belongs to a program, and Codex refuses its whole file over one beside an address.
  putFile(
    home.user,
    FILE,
    file().replace('[mcp_servers.notes]\n', `[mcp_servers.notes]\ncwd = ${JSON.stringify(home.user.project)}\ntool_timeout_sec = 33.0\n`),
  );
  const [before, known] = [file(), await listed()];
  await home.json('import', '--user', '--yes');
  const hasTools = async (): Promise<boolean> => JSON.stringify((await home.user.json('tools', 'ls')).value).includes('notes__echo');
  await until(hasTools, 'its tools are known', 20_000);
  for (const [door, given] of [
    ['mcp-stdio', []],
    ['mcp-http', overHttp()],
  ] as const) {
    await home.json('connect', 'codex', '--transparent', ...given);
    const now = await listed();
    expect(Object.keys(now)).toEqual(Object.keys(known));
    expect(Object.values(now).map(({ transport }) => (transport as JsonObject)['type'])).toEqual(
      Object.keys(now).map(() => (door === 'mcp-stdio' ? 'stdio' : 'streamable_http')),
    );
    expect(now['notes']).toMatchObject({ tool_timeout_sec: 33 });
    expect(file()).not.toContain('SECRET');
    const { calls, offered } = await converse('Please call mcp__notes__echo with {"words":"after"}');
    expect(offered).toContain('mcp__notes__pid');
    expect(calls).toMatchObject([{ server: 'notes', tool: 'echo', status: 'completed' }]);
    expect((await home.executed()).at(-1)).toMatchObject({ target: 'tool:notes__echo', door, client: 'codex-mcp-client', detail: { profile: 'notes' } });
    home.vendor.requests.splice(0);
  }
  await home.json('disconnect', 'codex');
  expect(file()).toBe(before);
  expect(await listed()).toEqual(known);
});

it('Codex hands few variables on: what the configuration refers to must stand in .env, as connect says', async () => {
  const user = makeUser();
  try {
    putFile(user, FILE, settings());
    mkdirSync(user.home, { mode: 0o700 });
    putFile(user, 'state/switchyard.yaml', 'log: { level: "${NOTES_LEVEL}" }\n');
    expect((await user.run('connect', 'codex')).stdout).toContain('must stand in the .env beside it');
    const ask = async (): Promise<string> =>
      (
        await runInstalled(codex, ['exec', '--json', '--skip-git-repo-check', 'Please call mcp__switchyard__echo with {"message":"x"}'], {
          home: user.folder,
          cwd: user.project,
          env: { MODEL_KEY: home.gateway.key, NOTES_LEVEL: 'info' },
        })
      ).stdout;
    expect(await ask()).not.toContain('mcp_tool_call');
    putFile(user, 'state/.env', 'NOTES_LEVEL=info\n');
    expect(await ask()).toMatch(/"mcp_tool_call".*"status":"completed"/);
  } finally {
    user.remove();
  }
});
