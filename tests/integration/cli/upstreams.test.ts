/** What the commands say about upstreams and profiles that are not as somebody thinks. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { makeUser, type User } from './run.ts';

let user: User;
let config: string;
beforeEach(() => {
  user = makeUser();
  config = join(user.project, 'switchyard.json');
  writeFileSync(
    config,
    JSON.stringify({
      upstreams: {
        notes: { transport: 'stdio', command: 'node', tools: { rename: { pid: 'process' } } },
        far: { transport: 'http', url: 'http://127.0.0.1:9/mcp', prefix: 'wide' },
      },
      profiles: { one: { upstreams: ['notes'] }, two: { tools: { rename: { echo: 'parrot' } } }, three: { upstreams: ['far', 'notes'] } },
    }),
  );
});
afterEach(() => user.remove());

// @requirement P3.b
it('tools why: a server that has listed nothing, another prefix, a tool or a profile with another name', async () => {
  const why = async (...args: readonly string[]): Promise<unknown> => {
    const { code, value } = await user.json('--config', config, 'tools', 'why', ...args);
    const { rule, steps = [] } = value as { readonly rule?: string; readonly steps?: readonly JsonObject[] };
    return [code, rule, steps[0]?.['detail']];
  };
  expect(await why('notes__anything')).toEqual([0, 'upstream-unlisted', expect.stringContaining('notes has listed no tools so far: `switchyard doctor`')]);
  expect(await why('notes__pid')).toEqual([
    0,
    'upstream-tools',
    expect.stringContaining('upstreams.notes.tools.rename of the configuration calls it notes__process'),
  ]);
  expect(await why('far__x')).toEqual([0, 'upstream-prefix', expect.stringContaining('its names begin with wide__')]);
  expect(await why('echo', '--profile', 'two')).toEqual([0, 'profile:two', 'The profile two shows it as parrot.']);
  expect(await why('echo', '--profile', 'one')).toEqual([0, 'profile:one', expect.stringContaining('The profile one does not show it')]);
  expect(await why('parrot')).toEqual([0, 'profile:two', expect.stringContaining('switchyard tools why parrot --profile two')]);
  // The control: what nobody has is unknown.
  expect((await user.json('--config', config, 'tools', 'why', 'nobody')).code).toBe(66);
});

it('tools ls names the upstreams of which nothing is known, in a profile those that are in it', async () => {
  const { stdout } = await user.run('--config', config, 'tools', 'ls');
  expect(stdout).toContain('Nothing is listed here of notes, far: a running gateway connects to them, `switchyard doctor` says whether they answer');
  expect((await user.json('--config', config, 'tools', 'ls', '--profile', 'one')).value).toMatchObject({ unlisted: ['notes'] });
  // The control.
  writeFileSync(config, '{}');
  expect((await user.json('--config', config, 'tools', 'ls')).value).toMatchObject({ unlisted: [] });
});

it('remove says which profiles name the upstream, and writes nothing', async () => {
  const before = readFileSync(config, 'utf8');
  const { code, stderr } = await user.run('--config', config, 'remove', 'notes');
  expect([code, stderr]).toEqual([78, expect.stringContaining('the profiles one, three name the upstream notes')]);
  expect(stderr).toContain('profiles.one.upstreams and profiles.three.upstreams');
  expect(readFileSync(config, 'utf8')).toBe(before);
  // The control.
  writeFileSync(config, before.replace('"profiles"', '"$comment"').replace(/"\$comment":.*/s, '"tools":{}}'));
  expect((await user.run('--config', config, 'remove', 'notes')).code).toBe(0);
});

it('upstreams ls has no arguments of servers at a URL', async () => {
  const { value } = await user.json('--config', config, 'upstreams', 'ls');
  expect((value as { readonly upstreams: readonly { readonly entry: JsonObject }[] }).upstreams.map(({ entry }) => entry)).toEqual([
    { transport: 'stdio', command: 'node', args: [] },
    { transport: 'http', url: 'http://127.0.0.1:9/mcp' },
  ]);
});

// @requirement G4.d
it('import tells who has changed an entry in a client since it was imported; what the file says stays', async () => {
  const write = (args: readonly string[], token: string): void =>
    writeFileSync(join(user.folder, '.cursor', 'mcp.json'), JSON.stringify({ mcpServers: { memo: { command: 'node', args, env: { MEMO_TOKEN: token } } } }));
  const read = (name: string): string => readFileSync(join(user.home, name), 'utf8');
  mkdirSync(join(user.folder, '.cursor'));
  write(['/srv/memo.mjs'], 'SECRET-of-yesterday-1234567890');
  expect((await user.run('import', '--yes', '--user')).code).toBe(0);
  const before = read('switchyard.yaml');
  // The control: as long as it says the same, nothing is remarked.
  expect((await user.run('import', '--yes', '--user')).stdout).not.toContain('by now');
  write(['/srv/memo.mjs', '--verbose'], 'SECRET-of-today-1234567890');
  const { code, stdout } = await user.run('import', '--yes', '--user');
  expect([code, stdout]).toEqual([0, expect.stringContaining('memo: cursor has another args, env.MEMO_TOKEN by now: what the file says stays')]);
  expect(stdout).not.toContain('SECRET');
  expect(read('switchyard.yaml')).toBe(before);
  expect(read('.env')).toContain('SECRET-of-yesterday');
});

// @requirement G4.f
it('add writes files that are named from this folder by their absolute paths: the server runs elsewhere', async () => {
  const script = join(user.project, 'my sërver.mjs');
  writeFileSync(script, '');
  const entryOf = async (name: string, ...args: readonly string[]): Promise<unknown> => {
    const { code, value } = await user.json('add', name, '--user', ...args);
    return [code, (value as { readonly entry?: JsonObject }).entry];
  };
  expect(await entryOf('one', '--', 'node', './my sërver.mjs', 'ok', './absent.mjs', '--flag=./my sërver.mjs')).toEqual([
    0,
    { transport: 'stdio', command: 'node', args: [script, 'ok', './absent.mjs', '--flag=./my sërver.mjs'] },
  ]);
  expect(await entryOf('two', '--', 'npx', 'files-server', '.')).toEqual([0, { transport: 'stdio', command: 'npx', args: ['files-server', user.project] }]);
  // The control: with a folder of its own, it is as it was written.
  expect(await entryOf('three', '--cwd', '.', '--', 'node', './my sërver.mjs')).toEqual([
    0,
    { transport: 'stdio', command: 'node', args: ['./my sërver.mjs'], cwd: user.project },
  ]);
});
