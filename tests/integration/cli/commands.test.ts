import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeUser, type User } from './run.ts';
import { bin, cleanEnv } from '../../helpers/gateway.ts';
import { BUILTIN_TOOLS } from '../../helpers/builtin-tools.ts';

let user: User;
beforeEach(() => {
  user = makeUser();
});
afterEach(() => user.remove());

describe('every command', () => {
  it.each([
    [['tools', 'ls']],
    [['tools', 'call', 'ping']],
    [['tools', 'why', 'ping']],
    [['keys', 'create', 'a']],
    [['keys', 'list']],
    [['cost']],
    [['routing', 'report']],
    [['kill', 'ls']],
    [['kill', 'on', 'tool', 'x']],
    [['kill', 'off', '--all']],
    [['config', 'check']],
    [['config', 'schema']],
    [['config', 'diff']],
    [['audit', 'verify']],
    [['audit', 'query']],
    [['init']],
    [['connect', 'cursor', '--print']],
    [['disconnect', 'cursor', '--print']],
    [['completion', 'bash']],
    [['doctor']],
  ])('C1.h answers programs in JSON: %j', async (args) => {
    const { code, stdout } = await user.run('--json', ...args);
    expect([code, typeof JSON.parse(stdout)]).toEqual([0, 'object']);
  });

  it('ends quietly when its reader leaves before its end', async () => {
    await user.run('tools', 'call', 'ping');
    const child = spawn(process.execPath, [bin, 'audit', 'export'], { env: cleanEnv({ SWITCHYARD_HOME: user.home }), stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (piece) => {
      said += String(piece);
    });
    const [code] = await once(child, 'close');
    expect([code, said]).toEqual([0, '']);
  });

  it('what a tool or a model writes does not reach the terminal as commands', async () => {
    const { stdout } = await user.run('tools', 'call', 'echo', JSON.stringify({ message: 'a\u001b[31mb\u0007\u009bc\nd' }));
    expect(stdout).toContain(String.raw`a\u001b[31mb\u0007c`);
    expect(stdout).not.toMatch(/[^\P{Cc}\n\t]/u);
  });

  it('reads and verifies the trail while the configuration is broken', async () => {
    await user.run('tools', 'call', 'ping');
    const file = join(user.project, 'switchyard.yaml');
    writeFileSync(file, 'limits: {quue: 1}\n');
    try {
      const verified = await user.run('audit', 'verify');
      expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('verifies')]);
      expect(verified.stderr).toContain('CONFIG_INVALID');
      expect((await user.run('audit', 'query', '--target', 'tool:ping')).stdout).toContain('tool:ping');
    } finally {
      rmSync(file);
    }
  });

  it.each([
    [['tools', 'call', 'nothing'], 66, 'UNKNOWN_TARGET'],
    [['tools', 'call', 'echo', '{}'], 65, 'INPUT_INVALID'],
    [['tools', 'call', 'echo', 'no json'], 64, 'USAGE'],
    [['tools', 'call', 'echo', '{"message":"a"}', '--key', 'k'], 64, 'USAGE'],
    [['tools', 'call', 'echo', '{"message":"a"}', '--url', 'http://127.0.0.1:9'], 77, 'AUTHENTICATION_REQUIRED'],
    [['tools', 'call', 'echo', '{"message":"a"}', '--url', 'http://127.0.0.1:9', '--key', 'k'], 69, 'SERVER_UNREACHABLE'],
    [['tools', 'call', 'echo', '{"message":"a"}', '--url', 'http://gateway.example', '--key', 'k'], 64, 'USAGE'],
    [['tools', 'call', 'read_file', '{"path":"../secret"}'], 77, 'PATH_OUTSIDE'],
    [['tools', 'why', 'nothing'], 66, 'UNKNOWN_TARGET'],
    [['tools', 'ls', '--as', 'nobody'], 64, 'USAGE'],
    [['tools', 'ls', '--as', 'key:0123456789ab'], 66, 'KEY_UNKNOWN'],
    [['keys', 'revoke', '0123456789ab'], 66, 'KEY_UNKNOWN'],
    [['kill', 'on', 'tool'], 64, 'USAGE'],
    [['kill', 'on', 'all', 'tool'], 64, 'USAGE'],
    [['kill', 'on', 'everything'], 64, 'USAGE'],
    [['kill', 'off'], 64, 'USAGE'],
    [['kill', 'off', '0123456789ab'], 65, 'INVALID_PARAMS'],
    [['console'], 69, 'SERVER_UNREACHABLE'],
    [['connect', 'emacs'], 66, 'CLIENT_UNKNOWN'],
    [['completion', 'tcsh'], 64, 'USAGE'],
    [['--config', 'nowhere.yaml', 'tools', 'ls'], 78, 'CONFIG_NOT_FOUND'],
  ])('C1.h ends with the exit code of its error and a fix: %j', async (args, code, name) => {
    const ended = await user.run('--json', ...args);
    expect([ended.code, JSON.parse(ended.stderr), ended.stdout]).toMatchObject([
      code,
      { error: { code: name, message: expect.any(String), fix: expect.any(String) } },
      '',
    ]);
    const { stderr } = await user.run(...args);
    expect(stderr).toMatch(new RegExp(`^${name} .+\\n {2}fix: .+\\n`));
  });

  it('suggests what was meant, and shows no colours outside of a terminal', async () => {
    const { code, stderr } = await user.run('tolls');
    expect([code, stderr]).toMatchObject([64, expect.stringContaining('Did you mean tools?')]);
    const plain = await user.run('doctor');
    const silenced = await user.runWith({ env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, 'doctor');
    expect(plain.stdout + silenced.stdout).not.toContain('\u001b');
  });

  it('says what is wrong with a home that is a file', async () => {
    writeFileSync(user.home, '');
    const { code, stderr } = await user.run('tools', 'ls');
    expect([code, stderr]).toMatchObject([74, expect.stringMatching(/^STORAGE_UNAVAILABLE .*\n {2}fix: .*SWITCHYARD_HOME/)]);
  });
});

describe('tools', () => {
  it('C1.d ls, call and why work on the tools that are there', async () => {
    const { value } = await user.json('tools', 'ls');
    const { tools, estimatedTokens } = value as { tools: { name: string; estimatedTokens: number; isReadOnly: boolean }[]; estimatedTokens: number };
    expect(tools.map(({ name }) => name)).toEqual(BUILTIN_TOOLS);
    const models = ['llm_complete', 'llm_count_tokens', 'llm_embed', 'orchestrator_execute', 'orchestrator_run', 'orchestrator_validate'];
    const withEffects = ['execute_code', 'execute_python', ...models, 'run_command', 'write_file'];
    expect(tools.filter(({ isReadOnly }) => !isReadOnly).map(({ name }) => name)).toEqual(withEffects);
    expect(tools.reduce((sum, tool) => sum + tool.estimatedTokens, 0)).toBe(estimatedTokens);
    expect((await user.run('tools', 'ls')).stdout).toContain(`about ${estimatedTokens} tokens (estimate: characters / 4)`);

    // @requirement S5.d
    const inProcess = await user.json('tools', 'ls', '--in-process');
    const reasons = inProcess.value as { tools: { name: string; runsIn: string; inProcess: unknown }[] };
    expect(reasons.tools.map(({ name }) => name)).toEqual(BUILTIN_TOOLS.filter((name) => !['execute_code', 'execute_python', 'run_command'].includes(name)));
    expect(reasons.tools.filter(({ runsIn, inProcess: why }) => runsIn !== 'gateway' || typeof why !== 'string')).toEqual([]);
    expect((await user.run('tools', 'ls', '--in-process')).stdout).toMatch(/read_file\s+Opens files by the guarded walk/);

    const called = await user.runWith({ stdin: '{"path": "a.txt", "content": "hi"}' }, '--json', 'tools', 'call', 'write_file', '-');
    expect([called.code, JSON.parse(called.stdout)]).toMatchObject([0, { success: true, data: { path: 'a.txt', bytes_written: 2 } }]);
    expect(readFileSync(join(user.project, 'a.txt'), 'utf8')).toBe('hi');
    expect((await user.run('tools', 'call', 'wrte_file', '{}')).stderr).toContain('Did you mean write_file?');

    const { value: records } = await user.json('audit', 'query', '--target', 'tool:write_file');
    expect(records).toMatchObject([
      { phase: 'outcome', outcome: 'ok', door: 'cli' },
      { phase: 'intent', principal: expect.stringMatching(/^local:/) },
    ]);
  });

  it('P3.b why explains every hidden or denied tool, as the road decides', async () => {
    writeFileSync(
      join(user.project, 'switchyard.yaml'),
      'tools: {disabled: [ping]}\npolicy:\n  rules:\n    - {id: no-secrets, effect: deny, targets: ["**"], permissions: [FILE_READ], resources: ["secrets/**"], reason: Secrets stay closed.}\n',
    );
    const why = async (...args: readonly string[]): Promise<unknown> => (await user.json('tools', 'why', ...args)).value;
    expect(await why('echo')).toMatchObject({ isAllowed: true, principal: { roles: ['developer'] } });
    expect(await why('write_file', '--as', 'guest')).toMatchObject({
      isAllowed: false,
      rule: 'default-deny',
      steps: expect.arrayContaining([expect.objectContaining({ step: 'scopes', isPassed: false, detail: expect.stringContaining('tools:write') })]),
    });
    expect(await why('ping')).toMatchObject({ isAllowed: false, rule: 'tools.disabled' });
    expect(await why('read_file', '--input', '{"path":"secrets/a"}')).toMatchObject({ isAllowed: false, rule: 'deny:no-secrets' });
    expect(await why('read_file', '--input', '{"path":"a"}')).toMatchObject({ isAllowed: true });
    expect(await why('read_file', '--input', '{"pth":"a"}')).toMatchObject({ isAllowed: false, rule: 'input-schema' });
    await user.run('kill', 'on', 'tool', 'echo', '--reason', 'broken');
    expect(await why('echo')).toMatchObject({
      isAllowed: false,
      rule: 'kill-switch',
      steps: expect.arrayContaining([expect.objectContaining({ detail: expect.stringContaining('broken') })]),
    });
    expect((await user.run('tools', 'call', 'read_file', '{"path":"secrets/a"}')).stderr).toMatch(/^PERMISSION_DENIED Secrets stay closed/);
    expect(((await user.json('tools', 'ls', '--as', 'guest')).value as { tools: { name: string }[]; hidden: number }).tools.map(({ name }) => name)).toEqual([
      'echo',
    ]);
  });
});

describe('keys', () => {
  it('C1.c create, list, revoke and rotate a key, each recorded', async () => {
    const { value: created } = await user.json('keys', 'create', 'ci', '--role', 'user', '--service', '--expires', '1h');
    const { id, key } = created as { id: string; key: string };
    expect(key).toMatch(new RegExp(`^sk-sy-${id}-`));
    expect((await user.json('tools', 'ls', '--as', id)).value).toMatchObject({ principal: { id: `key:${id}`, roles: ['user'] } });
    const { value: successor } = await user.json('keys', 'rotate', id);
    expect(successor).toMatchObject({ rotatedFrom: id });
    expect((await user.json('keys', 'revoke', id)).value).toEqual({ id, revoked: true, recorded: true });
    expect((await user.json('tools', 'why', 'ping', '--as', id)).value).toMatchObject({ isAllowed: false, rule: 'credential' });
    const { value: list } = await user.json('keys', 'list');
    expect(list).toMatchObject([{ state: expect.stringMatching(/^until/) }, { id, state: 'revoked' }]);
    expect(JSON.stringify(list)).not.toMatch(/hash|sk-sy/);
    const { value: records } = await user.json('audit', 'query', '--target', 'admin:keys');
    expect((records as { event: string; phase: string }[]).map(({ event, phase }) => `${event} ${phase}`)).toEqual([
      'key_revoked outcome',
      'key_rotated outcome',
      'key_rotated intent',
      'key_created outcome',
      'key_created intent',
    ]);
  });

  it('revoke works while the configuration is broken, and says that it was not recorded', async () => {
    const { id } = (await user.json('keys', 'create', 'a')).value as { id: string };
    writeFileSync(join(user.project, 'switchyard.yaml'), 'nonsense: 1\n');
    expect((await user.run('keys', 'create', 'b')).code).toBe(78);
    expect((await user.json('keys', 'revoke', id)).value).toEqual({ id, revoked: true, recorded: false });
    expect((await user.run('keys', 'revoke', id)).stderr).toContain('not recorded: CONFIG_INVALID');
  });
});

describe('kill', () => {
  it('stops calls at once, also while the configuration is broken, and is recorded', async () => {
    const { value: entry } = await user.json('kill', 'on', 'all', '--reason', 'drill');
    expect(entry).toMatchObject({ scope: 'all', reason: 'drill', recorded: true });
    const refused = await user.run('tools', 'call', 'ping');
    expect([refused.code, refused.stderr]).toMatchObject([77, expect.stringMatching(/^TARGET_DISABLED .*drill/)]);
    expect((await user.run('kill', 'ls')).stdout).toContain('everything');
    expect((await user.run('kill', 'off', (entry as { id: string }).id)).code).toBe(0);
    expect((await user.run('tools', 'call', 'ping')).code).toBe(0);
    const { value: records } = await user.json('audit', 'query', '--target', 'admin:kill-switch');
    expect(records).toMatchObject([
      { phase: 'outcome', outcome: 'ok' },
      { phase: 'intent' },
      { phase: 'outcome', outcome: 'ok', detail: { change: 'on', reason: 'drill' } },
    ]);

    writeFileSync(join(user.project, 'switchyard.yaml'), 'nonsense: 1\n');
    expect(await user.run('kill', 'on', 'tool', 'ping')).toMatchObject({ code: 0, stderr: expect.stringContaining('not recorded: CONFIG_INVALID') });
    expect((await user.run('kill', 'off', '--all')).code).toBe(78);
  });
});

describe('a damaged file of the kill switch', () => {
  it('stops everything until it is mended, and each command says how', async () => {
    await user.run('keys', 'list');
    writeFileSync(join(user.home, 'kill-switch.json'), '{half', { mode: 0o600 });
    expect((await user.run('tools', 'call', 'ping')).stderr).toMatch(/^TARGET_DISABLED .*damaged/);
    expect(await user.run('kill', 'ls')).toMatchObject({
      code: 74,
      stderr: expect.stringMatching(/^STORAGE_CORRUPT .*\n {2}fix: Run `switchyard kill off --all`/),
    });
    expect(((await user.json('doctor')).value as { findings: { id: string }[] }).findings).toContainEqual(
      expect.objectContaining({ id: 'kill-switch', level: 'fail' }),
    );
    expect((await user.run('kill', 'off', '--all')).code).toBe(0);
    expect((await user.run('tools', 'call', 'ping')).code).toBe(0);
  });
});

describe('connect and disconnect', () => {
  const CLIENTS = ['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex', 'gemini', 'windsurf'];
  it.each(CLIENTS)('C1.g show, write and take back the entry of %s', async (client) => {
    const { value: shown } = await user.json('connect', client, '--print');
    const { path, snippet, changed } = shown as { path: string; snippet: string; changed: boolean };
    expect([changed, existsSync(path), path.startsWith(user.folder)]).toEqual([false, false, true]);
    expect(snippet).toContain(process.execPath);
    const { value: made } = await user.json('connect', client);
    expect(made).toMatchObject({ changed: true, backup: null });
    expect(readFileSync(path, 'utf8')).toContain('stdio');
    expect((await user.json('disconnect', client)).value).toMatchObject({ change: 'file-removed', done: true });
    expect(existsSync(path)).toBe(false);
  });

  it('keep a backup of what was there, and bring it back to the byte', async () => {
    const path = join(user.folder, '.cursor/mcp.json');
    const before = '{\n  // mine\n  "mcpServers": {"other": {"command": "x"}}\n}\n';
    mkdirSync(join(user.folder, '.cursor'));
    writeFileSync(path, before);
    const { value } = await user.json('connect', 'cursor');
    expect(readFileSync((value as { backup: string }).backup, 'utf8')).toBe(before);
    await user.run('disconnect', 'cursor');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it.each([
    ['cursor', /^cursor:\/\//],
    ['vscode', /^vscode:mcp\/install\?/],
  ])('print the link of %s', async (client, link) => {
    expect((await user.run('connect', client, '--deeplink')).stdout).toMatch(link);
  });
});
