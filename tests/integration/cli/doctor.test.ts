import { appendFileSync, chmodSync, cpSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { examineClock, examineNode } from '../../../src/app/doctor/machine.ts';
import { root } from '../../../tools/paths.ts';
import { makeUser, type User } from './run.ts';

interface Finding {
  readonly id: string;
  readonly level: string;
  readonly message: string;
  readonly fix: string | null;
}

let user: User;
beforeEach(() => {
  user = makeUser();
});
afterEach(() => user.remove());

async function examine(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly ok: boolean; readonly findings: readonly Finding[]; of(id: string): Finding | undefined }> {
  const { code, value } = await user.json('doctor', ...args);
  const { ok, findings } = value as { ok: boolean; findings: readonly Finding[] };
  return { code, ok, findings, of: (id) => findings.find((finding) => finding.id === id) };
}

// @requirement C1.b C4.d
describe('doctor', () => {
  it('C4.c makes one real call through the road for each tool, and is content with a fresh machine', async () => {
    const { code, ok, findings } = await examine();
    expect([code, ok]).toEqual([0, true]);
    expect(findings.filter(({ level }) => level === 'fail')).toEqual([]);
    const ofCode = findings.find(({ id }) => id === 'call.execute_python');
    expect(ofCode?.level, ofCode?.message).toBe(findings.find(({ id }) => id === 'sandbox')?.message.startsWith('Level none') ? 'warn' : 'ok');
    const called = findings.filter((finding) => finding.id.startsWith('call.') && finding !== ofCode).map(({ id, level }) => `${id} ${level}`);
    expect(called).toEqual(['ping', 'echo', 'health_check', 'platform_status', 'write_file', 'read_file', 'list_directory'].map((tool) => `call.${tool} ok`));
    expect(findings.find(({ id }) => id === 'stdio')?.level).toBe('ok');
    expect(() => statSync(user.home)).toThrow('ENOENT');
  });

  it('knows the versions of its libraries also where they are bundled and nothing is installed', async () => {
    const installed = join(user.folder, 'installed');
    for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(installed, part), { recursive: true });
    const { stdout } = await user.runWith({ script: join(installed, 'dist/cli/main.js') }, '--json', 'doctor');
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    const found = findings.filter(({ id }) => id.startsWith('libraries'));
    expect(found).toMatchObject([{ level: 'ok' }]);
    for (const name of ['valibot', 'yaml', 'jsonc-parser', 'commander']) expect(found[0]?.message).toMatch(new RegExp(String.raw`\b${name} \d+\.\d+\.\d+`));
  });

  it('records its calls in a home that exists', async () => {
    await user.run('tools', 'call', 'ping');
    await examine();
    const { value } = await user.json('audit', 'query', '--target', 'tool:list_directory');
    expect(value).toMatchObject([{ outcome: 'ok', door: 'cli' }]);
  });

  it('C4.a finds an old Node, a taken port and a refused key, each with a fix', async () => {
    expect(examineNode('20.19.0')).toMatchObject({ level: 'fail', fix: expect.stringContaining('node@24') });
    expect(examineNode('22.18.9')).toMatchObject({ level: 'fail' });
    expect(examineNode('22.19.0')).toMatchObject({ level: 'warn' });
    expect(examineNode('24.0.0')).toMatchObject({ level: 'ok' });
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    writeFileSync(join(user.project, 'switchyard.yaml'), `server: {port: ${port}}\n`);
    await user.run('keys', 'create', 'other');
    writeFileSync(join(user.home, 'admin.key'), 'sk-sy-000000000000-000000000000000000000000000000000000000000000000\n', { mode: 0o600 });
    const { code, of } = await examine();
    server.close();
    expect([code, of('port'), of('admin-key')]).toMatchObject([
      1,
      { level: 'fail', message: expect.stringContaining(`Port ${port} is taken by`), fix: expect.stringContaining('--port') },
      { level: 'warn', message: expect.stringContaining('refused'), fix: expect.stringContaining('serve') },
    ]);
    if (process.platform === 'linux') expect(of('port')?.message).toContain(`process ${process.pid}`);
  });

  it('C4.b finds permissions of state files, and repairs them', async () => {
    await user.run('keys', 'create', 'a');
    chmodSync(join(user.home, 'state.db'), 0o644);
    chmodSync(join(user.home, 'audit'), 0o755);
    // As npm leaves it behind `switchyard add <package>`: no fault, and nothing to repair.
    const installed = join(user.home, 'servers/npm-x/node_modules/.bin');
    mkdirSync(join(user.home, 'servers'), { mode: 0o700 });
    mkdirSync(installed, { recursive: true });
    symlinkSync('../x/index.js', join(installed, 'x'));
    const found = await examine();
    expect([found.code, found.of('home.permissions')]).toMatchObject([
      1,
      { level: 'fail', message: expect.stringMatching(/audit.*mode 755.*state\.db.*mode 644/), fix: expect.stringContaining('doctor --fix') },
    ]);
    expect((await user.run('tools', 'ls')).code).toBe(78);
    const repaired = await examine('--fix');
    expect([repaired.code, repaired.of('home.permissions')?.message]).toMatchObject([0, expect.stringMatching(/^Repaired/)]);
    expect([statSync(join(user.home, 'state.db')).mode & 0o777, statSync(join(user.home, 'audit')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('C4.b finds a clock that disagrees with the program, and says what it cannot know', async () => {
    expect(await examineClock(undefined)).toMatchObject([{ level: 'ok', message: expect.stringContaining('not compared with the time of the network') }]);
    expect(await examineClock(undefined, Date.UTC(2001, 0, 1))).toMatchObject([{ level: 'fail', fix: expect.stringContaining('clock') }]);
    await user.run('tools', 'call', 'ping');
    const hourAgo = Date.now() - 3_600_000;
    expect(await examineClock(join(user.home, 'audit'), hourAgo)).toMatchObject([{ level: 'warn', message: expect.stringContaining('future') }]);
  });

  it('C4.b finds mistakes in client configurations', async () => {
    mkdirSync(join(user.folder, '.cursor'));
    writeFileSync(join(user.folder, '.cursor/mcp.json'), '{"mcpServers": {"switchyard": {"command": "npx", "args": ["-y", "switchyard"]}}}');
    writeFileSync(
      join(user.folder, '.claude.json'),
      '{"mcpServers": {"switchyard": {"command": "/no/node", "args": ["/no/main.js"]}, "other": {"command": "/no/other"}}}',
    );
    writeFileSync(join(user.project, '.mcp.json'), '{"mcpServers": {"switchyard": {"type": "http", "url": "http://127.0.0.1:8000"}}}');
    mkdirSync(join(user.folder, '.gemini'));
    writeFileSync(join(user.folder, '.gemini/settings.json'), '{broken');
    await user.run('connect', 'windsurf');
    const { code, of } = await examine();
    expect([
      code,
      of('client.cursor.user'),
      of('client.claude-code.user'),
      of('client.claude-code.project'),
      of('client.gemini.user'),
      of('client.windsurf.user'),
    ]).toMatchObject([
      1,
      { level: 'warn', message: expect.stringContaining('npx'), fix: expect.stringContaining('connect cursor') },
      { level: 'fail', message: expect.stringContaining('/no/node does not exist') },
      { level: 'fail', message: expect.stringContaining('does not end in /mcp') },
      { level: 'warn' },
      { level: 'ok' },
    ]);
  });

  it('tells every problem of a broken configuration with its line, and looks at the rest all the same', async () => {
    writeFileSync(join(user.project, 'switchyard.yaml'), 'server:\n  prot: 1\nlog:\n  level: degub\n');
    const { code, findings, of } = await examine();
    expect(code).toBe(1);
    expect(findings.filter(({ id }) => id === 'configuration')).toMatchObject([
      { message: expect.stringMatching(/^switchyard\.yaml:2:3/) },
      { message: expect.stringMatching(/^switchyard\.yaml:4:10/) },
    ]);
    expect([of('skipped')?.level, of('stdio')?.level]).toEqual(['warn', 'ok']);
  });

  it('finds a broken audit trail, the kill switch and what a killed gateway left', async () => {
    await user.run('tools', 'call', 'ping');
    await user.run('kill', 'on', 'tool', 'ping');
    writeFileSync(join(user.home, 'run/serve.json'), '{"pid": 4194304, "url": "http://127.0.0.1:1"}', { mode: 0o600 });
    const left = await examine();
    expect([left.of('home.leftovers')?.level, left.of('kill-switch')?.level, left.of('call.ping')?.level]).toEqual(['warn', 'warn', 'warn']);
    expect([left.code, (await examine('--fix')).of('home.leftovers')?.message]).toMatchObject([0, expect.stringMatching(/^Repaired/)]);
    const [file = ''] = readdirSync(join(user.home, 'audit'));
    appendFileSync(join(user.home, 'audit', file), '{}\n');
    const broken = await examine();
    expect([broken.code, broken.of('audit')]).toMatchObject([1, { level: 'fail', fix: expect.stringContaining('evidence') }]);
    expect((await user.run('audit', 'verify')).code).toBe(new AppError('AUDIT_BROKEN').facts.exitCode);
  });
});
