import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bin, cleanEnv } from '../../helpers/gateway.ts';
import { browse, type OAuthUpstream, startOAuthUpstream } from '../../helpers/oauth-upstream.ts';
import { makeUser, type User } from './run.ts';

const VALUE = 'xoxb-very-secret-value-17';
let user: User;
beforeEach(() => {
  user = makeUser();
});
afterEach(() => user.remove());

const configure = (text: string): void => writeFileSync(join(user.project, 'switchyard.yaml'), text);
/** Everything that lies in the state folder but the sealed values. */
const everything = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');

describe('switchyard secrets', () => {
  it('A6.j sets from stdin, lists names, fills the configuration, and shows the value nowhere', async () => {
    configure(
      `upstreams:\n  notes:\n    transport: http\n    url: http://127.0.0.1:9/mcp\n    headers: { authorization: 'Bearer \${secret:NOTES_TOKEN}' }\n    tools: { describe: { x: '\${secret:WORDS}' } }\n`,
    );
    const unset = await user.run('config', 'check');
    expect([unset.code === 0, unset.stdout]).toEqual([false, expect.stringContaining('switchyard secrets set WORDS')]);
    const set = await user.runWith({ stdin: `${VALUE}\n` }, 'secrets', 'set', 'NOTES_TOKEN');
    expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('Set NOTES_TOKEN') as unknown });
    expect((await user.runWith({ stdin: 'jot' }, 'secrets', 'set', 'WORDS')).code).toBe(0);
    const outputs = await Promise.all(
      [['config', 'check'], ['config', 'diff'], ['secrets', 'ls'], ['--json', 'secrets', 'ls'], ['doctor'], ['tools', 'ls'], ['audit', 'query']].map((args) =>
        user.run(...args),
      ),
    );
    expect(outputs.map(({ code }) => code).slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(outputs[2]?.stdout).toMatch(/NOTES_TOKEN.*\nWORDS/);
    for (const { stdout, stderr } of [set, ...outputs]) expect(stdout + stderr).not.toContain(VALUE);
    expect(everything(user.home)).not.toContain(VALUE);
    expect(everything(join(user.home, 'audit'))).toContain('config_secret_set');
  });

  it('A6.j tells what is not there, and removes also while the configuration is broken', async () => {
    expect(await user.json('secrets', 'rm', 'NONE')).toMatchObject({ code: 66, value: { error: { code: 'SECRET_UNKNOWN' } } });
    await user.runWith({ stdin: 'v' }, 'secrets', 'set', 'A');
    configure('limits: {quue: 1}\n');
    expect((await user.run('secrets', 'rm', 'A')).code).toBe(0);
    expect((await user.json('secrets', 'ls')).value).toEqual([]);
  });

  it('A6.j does not repeat a value that the configuration cannot take', async () => {
    configure('upstreams: { notes: { transport: http, url: "${secret:URL}" } }\n');
    const set = await user.runWith({ stdin: VALUE }, 'secrets', 'set', 'URL');
    expect([set.code === 0, set.stdout + set.stderr]).toEqual([false, expect.stringContaining('CONFIG_INVALID')]);
    expect(set.stdout + set.stderr).not.toContain(VALUE);
  });

  it('A6.k rotates the key under the values', async () => {
    await user.runWith({ stdin: 'v' }, 'secrets', 'set', 'A');
    const key = join(user.home, 'keys', 'secrets.key');
    const old = readFileSync(key, 'utf8');
    expect(await user.json('secrets', 'rotate')).toEqual({ code: 0, value: { count: 1 } });
    expect(readFileSync(key, 'utf8')).not.toBe(old);
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  it('A6.i starts nothing with a damaged file, and names it', async () => {
    configure('upstreams: { notes: { transport: http, url: "${secret:URL}" } }\n');
    await user.runWith({ stdin: 'http://127.0.0.1:9/mcp' }, 'secrets', 'set', 'URL');
    expect((await user.run('config', 'check')).code).toBe(0);
    writeFileSync(join(user.home, 'secrets', 'values.json'), '{}', { mode: 0o600 });
    expect(await user.json('config', 'check')).toMatchObject({ code: 74, value: { error: { code: 'SECRETS_DAMAGED' } } });
    expect((await user.run('doctor')).stdout).toContain('secrets/values.json');
    rmSync(join(user.home, 'secrets', 'values.json'));
    expect(existsSync(join(user.home, 'keys', 'secrets.key'))).toBe(true);
  });

  it.each([
    [['secrets', 'set', 'A'], '', 'USAGE'],
    [['secrets', 'set', 'not a name'], 'v', 'INVALID_PARAMS'],
  ])('refuses %j with %j', async (args, stdin, code) => {
    const { stderr } = await user.runWith({ stdin }, '--json', ...args);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code } });
  });
});

describe('switchyard upstreams login', () => {
  let upstream: OAuthUpstream;
  beforeAll(async () => {
    upstream = await startOAuthUpstream();
  });
  afterAll(() => upstream.stop());

  it('A6.b A6.m signs in by the address it prints; doctor says what is to be done before, and that it works after', async () => {
    configure(`upstreams: { guarded: { transport: http, url: "${upstream.url}" } }\n`);
    const before = await user.run('doctor');
    expect(before.stdout + before.stderr).toContain('switchyard upstreams login guarded');
    const child = spawn(process.execPath, [bin, 'upstreams', 'login', 'guarded', '--no-browser'], {
      cwd: user.project,
      env: cleanEnv({ SWITCHYARD_HOME: user.home, HOME: user.folder }),
    });
    let heard = '';
    const code = await new Promise((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        heard += text.toString();
      });
      child.stderr.on('data', (text: Buffer) => {
        heard += text.toString();
        const url = /https?:\/\/\S+/.exec(text.toString())?.[0];
        if (url !== undefined) void browse(url);
      });
      child.on('close', resolve);
    });
    expect([code, heard]).toEqual([0, expect.stringContaining('Signed in to guarded')]);
    const after = await user.run('doctor');
    expect(after.stdout).toContain('The upstream guarded answers');
    expect(everything(join(user.home, 'audit'))).toContain('key_upstream_login');
    expect((await user.run('upstreams', 'logout', 'guarded')).stdout).toContain('Forgotten');
  });

  it.each([
    [['upstreams', 'login', 'gaurded'], 'UPSTREAM_UNKNOWN', 'guarded'],
    [['upstreams', 'login', 'program'], 'USAGE', 'env'],
    [['upstreams', 'login', 'machine'], 'USAGE', 'doctor'],
    [['upstreams', 'login', 'guarded', '--wait', '0'], 'USAGE', 'help'],
  ])('refuses %j', async (args, code, fix) => {
    configure(
      `upstreams:\n  guarded: { transport: http, url: "${upstream.url}" }\n  program: { transport: stdio, command: node }\n  machine: { transport: http, url: "${upstream.url}", auth: { grant: client_credentials } }\n`,
    );
    expect((await user.json(...args)).value).toMatchObject({ error: { code, fix: expect.stringContaining(fix) as unknown } });
  });
});
