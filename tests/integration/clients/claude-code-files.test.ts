/** Claude Code's own commands over what `connect` writes, and `import` over what they write. Whole runs: claude-code.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/core/json.ts';
import { startGateway } from '../../helpers/gateway.ts';
import { claudeOf, type InstalledClient, runInstalled, wordsOf } from '../../helpers/installed-client.ts';
import { installNode } from '../../helpers/on-demand.ts';
import { makeUser, type User } from '../cli/run.ts';

let claude: InstalledClient;
let user: User;
beforeAll(async () => {
  claude = claudeOf(await installNode('claude-code'));
}, 300_000);
beforeEach((context) => {
  if (claude.installed.missing !== undefined) context.skip(claude.installed.missing);
  user = makeUser();
});
afterEach(() => user?.remove());

const run = async (...args: readonly string[]): Promise<string> => await runWith({}, ...args);
const runWith = async (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await runInstalled(claude, args, { home: user.folder, cwd: user.project, env });
  if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
  return stdout;
};

// @requirement G4.h
it('it connects to what connect writes, until disconnect; the command line that --print shows does the same', async () => {
  expect((await user.run('connect', 'claude-code')).code).toBe(0);
  expect(await run('mcp', 'list')).toMatch(/^switchyard: .* ✔ Connected$/m);
  expect((await user.run('disconnect', 'claude-code')).code).toBe(0);
  expect(await run('mcp', 'list')).not.toContain('switchyard');
  const { cliCommand } = (await user.json('connect', 'claude-code', '--print')).value as { cliCommand: string };
  await run(...wordsOf(cliCommand));
  expect(await run('mcp', 'list')).toMatch(/^switchyard: .* ✔ Connected$/m);
});

// @requirement G4.h
it('it fills in the key of an address from its environment', async () => {
  const gateway = await startGateway({ home: user.home, cwd: user.project });
  try {
    expect((await user.run('connect', 'claude-code', '--transport', 'http', '--url', `${gateway.url}/mcp`)).code).toBe(0);
    expect(await runWith({ SWITCHYARD_KEY: gateway.key }, 'mcp', 'list')).toMatch(/^switchyard: .* ✔ Connected$/m);
    // It asks a proxy for this machine, too, unless it is told otherwise, as connect says where one is set.
    const behind = { SWITCHYARD_KEY: gateway.key, HTTPS_PROXY: 'http://127.0.0.1:9' };
    expect(await runWith(behind, 'mcp', 'list')).not.toContain('Connected');
    expect(await runWith({ ...behind, NO_PROXY: '127.0.0.1' }, 'mcp', 'list')).toMatch(/^switchyard: .* ✔ Connected$/m);
    expect(await runWith({ SWITCHYARD_KEY: `${gateway.key.slice(0, -8)}00000000` }, 'mcp', 'list')).not.toContain('Connected');
  } finally {
    await gateway.stop();
  }
});

// @requirement G4.d G4.h
it('import adds what it has switched off for this project, and switches it off', async () => {
  for (const [scope, name] of [
    ['user', 'on'],
    ['user', 'off'],
    ['project', 'shared'],
    ['local', 'own'],
  ] as const)
    await run('mcp', 'add', '--scope', scope, name, '--', 'node', `${name}.mjs`);
  const file = join(user.folder, '.claude.json');
  const state = JSON.parse(readFileSync(file, 'utf8')) as { projects: Record<string, JsonObject> };
  // Its `/mcp` writes the first, its question about a project's file the second.
  Object.assign(state.projects[user.project] ?? {}, { disabledMcpServers: ['off', 'own'], disabledMcpjsonServers: ['shared', 'on'] });
  writeFileSync(file, JSON.stringify(state));
  const listed = await run('mcp', 'list');
  expect(listed).toMatch(/^off: .* Disabled for this project/m);
  expect(listed).toMatch(/^own: .* Disabled for this project/m);
  expect(listed).not.toContain('shared');
  expect(listed).toMatch(/^on: (?!.*Disabled)/m);

  const { code, stdout } = await user.run('import', '--here', '--yes');
  expect([code, stdout]).toEqual([0, expect.stringContaining('shared: Claude Code: it is switched off there')]);
  const { upstreams } = parse(readFileSync(join(user.project, 'switchyard.yaml'), 'utf8')) as { upstreams: Record<string, JsonObject> };
  expect(Object.entries(upstreams).map(([name, { isEnabled = true }]) => [name, isEnabled])).toEqual(
    expect.arrayContaining([
      ['on', true],
      ['off', false],
      ['shared', false],
      ['own', false],
    ]),
  );
});

// @requirement G4.d G4.e G4.h
it('import reads what `claude mcp add` writes, in each of its scopes and transports', async () => {
  await run(
    'mcp',
    'add',
    '--scope',
    'user',
    'notes',
    '--env',
    'NOTES_TOKEN=SECRETn',
    '--env',
    'PLACE=two words',
    '--',
    'node',
    'x.mjs',
    '--api-key',
    'SECRETa',
  );
  await run('mcp', 'add', '--scope', 'project', '--transport', 'http', 'web', 'http://127.0.0.1:9/mcp', '--header', 'Authorization: Bearer SECRETw');
  await run('mcp', 'add', '--transport', 'sse', 'old', 'http://127.0.0.1:9/sse', '--header', 'X-Key: ${OLD_KEY}');
  const { code, stdout } = await user.run('import', '--here', '--yes');
  expect(code).toBe(0);
  const config = readFileSync(join(user.project, 'switchyard.yaml'), 'utf8');
  expect((parse(config) as JsonObject)['upstreams']).toEqual({
    old: { transport: 'sse', url: 'http://127.0.0.1:9/sse', headers: { 'X-Key': '${OLD_KEY}' } },
    web: { transport: 'http', url: 'http://127.0.0.1:9/mcp', headers: { Authorization: 'Bearer ${WEB_TOKEN}' } },
    notes: {
      transport: 'stdio',
      command: 'node',
      args: ['x.mjs', '--api-key', '${NOTES_API_KEY}'],
      env: { NOTES_TOKEN: '${NOTES_TOKEN}', PLACE: 'two words' },
    },
  });
  expect(config + stdout).not.toContain('SECRET');
});
