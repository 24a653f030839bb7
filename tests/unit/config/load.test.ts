import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir, homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_ROUTING } from '../../../src/contracts/orchestrator-config.ts';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { diffConfig } from '../../../src/config/diff.ts';
import { redactConfig } from '../../../src/config/redact.ts';
import { loadConfig, type LoadedConfig, type LoadOptions } from '../../../src/config/load.ts';
import { AppError } from '../../../src/core/errors.ts';

let root = '';
let cwd = '';
let home = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-load-'));
  cwd = join(root, 'project');
  home = join(root, 'home');
  mkdirSync(cwd);
  mkdirSync(home);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const load = (options: Partial<LoadOptions> = {}): Promise<LoadedConfig> => loadConfig({ cwd, home, env: {}, ...options });
const put = (name: string, content: string, folder: string = cwd): void => writeFileSync(join(folder, name), content);

// @requirement C2.a C2.c C2.e C2.f
describe('loadConfig', () => {
  it('needs no file', async () => {
    const { config, file, sources, warnings } = await load();
    expect(config).toBe(DEFAULT_CONFIG);
    expect({ file, sources, warnings }).toEqual({ file: null, sources: [{ kind: 'defaults' }], warnings: [] });
  });

  it('the defaults are what the schema makes of an empty file', async () => {
    put('switchyard.json', '{}');
    expect((await load()).config).toEqual(DEFAULT_CONFIG);
  });

  it('a file of comments, and sections without keys, are defaults too', async () => {
    put('switchyard.yaml', '# nothing\nserver:\n  # port: 1\nlog:\n');
    expect((await load()).config).toEqual(DEFAULT_CONFIG);
  });

  it('loads neither parser nor schema without a file, and no parser for another format', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const seen = new Set();
      registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); seen.add(found.url); return found; } });
      const { loadConfig } = await import(${JSON.stringify(new URL('../../../src/config/load.ts', import.meta.url).href)});
      const packages = () => [...new Set([...seen].flatMap((url) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1] ?? []))].sort();
      await loadConfig({ cwd: ${JSON.stringify(cwd)}, home: ${JSON.stringify(home)}, env: process.env });
      const none = packages();
      await loadConfig({ cwd: ${JSON.stringify(cwd)}, home: ${JSON.stringify(home)}, env: {}, overrides: { server: { port: 1 } } });
      const overrides = packages();
      await loadConfig({ cwd: ${JSON.stringify(cwd)}, home: ${JSON.stringify(home)}, env: {}, file: 'x.jsonc' });
      console.log(JSON.stringify({ none, overrides, jsonc: packages() }));`;
    put('x.jsonc', '{ /* x */ }');
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
    expect(JSON.parse(output)).toEqual({ none: [], overrides: ['valibot'], jsonc: ['jsonc-parser', 'valibot'] });
  });

  it.each(['switchyard.yaml', 'switchyard.yml', 'switchyard.json', 'switchyard.jsonc'])('finds %s in the current folder before the home', async (name) => {
    const content = name.includes('json') ? '{"server": {"port": 1}}' : 'server:\n  port: 1\n';
    put(name, content);
    put('switchyard.yaml', 'server:\n  port: 2\n', home);
    const { config, file, warnings } = await load();
    expect([config.server.port, file]).toEqual([1, join(cwd, name)]);
    expect(warnings).toMatchObject([{ source: join(home, 'switchyard.yaml'), message: expect.stringContaining('not read') }]);
  });

  it('falls back to the home', async () => {
    put('switchyard.yml', 'server:\n  port: 2\n', home);
    expect((await load()).config.server.port).toBe(2);
  });

  it('prefers the named file, then the one of SWITCHYARD_CONFIG, to any search', async () => {
    put('switchyard.yaml', 'server: {port: 1}');
    put('a.yaml', 'server: {port: 2}');
    put('b.yaml', 'server: {port: 3}', home);
    expect((await load({ file: 'a.yaml' })).config.server.port).toBe(2);
    expect((await load({ env: { SWITCHYARD_CONFIG: join(home, 'b.yaml') } })).config.server.port).toBe(3);
    expect((await load({ file: 'a.yaml', env: { SWITCHYARD_CONFIG: join(home, 'b.yaml') } })).config.server.port).toBe(2);
  });

  it.each([
    ['a file that does not exist', 'nowhere.yaml', 'CONFIG_NOT_FOUND'],
    ['a folder', '.', 'CONFIG_SYNTAX'],
    ['a folder with the name of a file', 'folder.yaml', 'CONFIG_UNREADABLE'],
  ])('refuses %s', async (_, file, code) => {
    mkdirSync(join(cwd, 'folder.yaml'));
    await expect(load({ file })).rejects.toMatchObject({ code });
  });

  it('does not take a link that leads nowhere for no file', async () => {
    symlinkSync('gone.yaml', join(cwd, 'switchyard.yaml'));
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE', message: 'switchyard.yaml: The file cannot be read (ENOENT).' });
  });

  it('bears a home that is no folder', async () => {
    put('file', '');
    expect((await load({ home: join(cwd, 'file', 'home') })).config).toBe(DEFAULT_CONFIG);
  });

  it('says when a folder cannot be searched', async () => {
    symlinkSync('loop', join(root, 'loop'));
    await expect(load({ home: join(root, 'loop') })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE', message: expect.stringContaining('(ELOOP)') });
  });

  it('does not wait for the writer of a pipe', async () => {
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(cwd, 'pipe.yaml')]);
    await expect(load({ file: 'pipe.yaml' })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('command line over environment over .env over file over defaults', async () => {
    put('switchyard.yaml', 'environment: file\nserver: {port: 1, host: 127.0.0.2}\nlog: {level: warn}\nlimits: {queue: 7}\n');
    put('.env', 'SWITCHYARD_ENVIRONMENT=dotenv\nSWITCHYARD_SERVER__PORT=2\nSWITCHYARD_LOG__LEVEL=error\n');
    const { config, sources } = await load({
      env: { SWITCHYARD_ENVIRONMENT: 'process', SWITCHYARD_SERVER__PORT: '3' },
      overrides: { server: { port: 4, host: undefined } },
    });
    expect([config.server.port, config.environment, config.log.level, config.limits.queue, config.server.host, config.limits.burst]).toEqual([
      4,
      'process',
      'error',
      7,
      '127.0.0.2',
      20,
    ]);
    expect(sources.map(({ kind }) => kind)).toEqual(['defaults', 'file', '.env', 'environment', 'command line']);
  });

  it('reads references from .env, the process first', async () => {
    put('.env', '# keys\nexport NAME="from dotenv"\nOTHER=x # y\n');
    put('switchyard.yaml', 'environment: ${NAME}-${OTHER}\n');
    expect((await load()).config.environment).toBe('from dotenv-x');
    expect((await load({ env: { NAME: 'process' } })).config.environment).toBe('process-x');
  });

  it('ignores a .env that is a folder, and says so when it cannot be read', async () => {
    mkdirSync(join(cwd, '.env'));
    expect((await load()).warnings).toEqual([]);
    rmSync(join(cwd, '.env'), { recursive: true });
    put('.env', 'A=\0');
    expect((await load()).warnings).toMatchObject([{ source: '.env', message: expect.stringContaining('ignored') }]);
  });

  it('warns that SWITCHYARD_HOME in .env comes too late', async () => {
    put('.env', 'SWITCHYARD_HOME=/elsewhere\n');
    expect((await load()).warnings).toMatchObject([{ message: expect.stringContaining('no effect') }]);
  });

  it('turns texts from variables into numbers and booleans only where they belong', async () => {
    put('switchyard.yaml', 'environment: ${N}\nserver:\n  port: ${N}\n  trustedProxy: ${NOTHING:-null}\n');
    const { config } = await load({ env: { N: '2026' } });
    expect([config.environment, config.server.port, config.server.trustedProxy]).toEqual(['2026', 2026, null]);
  });

  it('leaves out credentials whose variable is not set, and only those', async () => {
    put('switchyard.yaml', 'log: {}\nanthropic_api_key: ${ANTHROPIC_API_KEY}\n');
    const { config, missingCredentials } = await load();
    expect(config.orchestrator.anthropicApiKey).toBeNull();
    expect(missingCredentials).toEqual([{ pointer: '/orchestrator/anthropicApiKey', variable: 'ANTHROPIC_API_KEY', source: 'switchyard.yaml', line: 2 }]);
    expect((await load({ env: { ANTHROPIC_API_KEY: 'sk-1' } })).config.orchestrator.anthropicApiKey).toBe('sk-1');
  });

  it('what came from variables is masked wherever the configuration is shown', async () => {
    put('switchyard.yaml', 'environment: x-${NAME}\nserver: {port: "${PORT}"}\n');
    const { config, interpolated } = await load({ env: { NAME: 'hidden', PORT: '9000' } });
    expect(interpolated).toEqual(['/environment', '/server/port']);
    expect(redactConfig(config)).toMatchObject({ environment: '[redacted]', server: { host: '127.0.0.1', port: '[redacted]' } });
    expect(JSON.stringify(diffConfig(DEFAULT_CONFIG, config))).not.toMatch(/hidden|9000/);
  });

  it("accepts the orchestrator's own keys as they are", async () => {
    put(
      'switchyard.json',
      JSON.stringify({ anthropic_api_key: 'sk', gemini_cli_path: 'gemini', default_max_tokens: 100, retry_attempts: 0, timeout_seconds: 1.5 }),
    );
    expect((await load()).config.orchestrator).toEqual({
      ...DEFAULT_ROUTING,
      anthropicApiKey: 'sk',
      geminiCliPath: 'gemini',
      defaultMaxTokens: 100,
      retryAttempts: 0,
      timeoutSeconds: 1.5,
    });
  });

  it('starts relative paths of a file at the file, others at the current folder', async () => {
    put('switchyard.yaml', 'workspace: {root: files}\naudit: {directory: ~/audit, checkpointDirectory: ../elsewhere}\ngemini_cli_path: ./gemini\n', home);
    const fromFile = (await load()).config;
    expect([fromFile.workspace.root, fromFile.audit.directory, fromFile.audit.checkpointDirectory, fromFile.orchestrator.geminiCliPath]).toEqual([
      join(home, 'files'),
      join(homedir(), 'audit'),
      join(root, 'elsewhere'),
      join(home, 'gemini'),
    ]);
    expect((await load({ overrides: { workspace: { root: '.' } } })).config.workspace.root).toBe(cwd);
    expect((await load({ env: { SWITCHYARD_WORKSPACE__ROOT: 'x' } })).config.workspace.root).toBe(join(cwd, 'x'));
  });

  it('keeps the built-in roles and rates beside those of the file', async () => {
    put('switchyard.yaml', 'policy: {roles: {auditor: {scopes: ["admin:logs"]}, guest: {}}}\nlimits: {roles: {auditor: 5, user: 6}}\n');
    const { policy, limits } = (await load()).config;
    expect(Object.keys(policy.roles).sort()).toEqual(['admin', 'auditor', 'developer', 'guest', 'user']);
    expect(policy.roles['guest']).toEqual({});
    expect(limits.roles).toEqual({ guest: 60, user: 6, developer: 600, admin: 1000, auditor: 5 });
  });

  it('aliases repeat what their anchor holds', async () => {
    put('switchyard.yaml', 'server:\n  allowedHosts: &names [a.example, b.example]\ntools:\n  disabled: *names\n');
    expect((await load()).config.tools.disabled).toEqual(['a.example', 'b.example']);
  });

  it('freezes what it returns', async () => {
    put('switchyard.yaml', 'tools: {disabled: [echo]}\n');
    const { config } = await load();
    expect([config, config.tools, config.tools.disabled, config.policy.roles].every(Object.isFrozen)).toBe(true);
  });

  it('checks overrides of the command line and names them', async () => {
    await expect(load({ overrides: { server: { port: 'x' } } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^command line: server\.port must be/),
    });
    const unsafe = await load({ overrides: { server: { host: '0.0.0.0' } } }).catch((error: unknown) => error);
    expect(AppError.is(unsafe) && unsafe.code).toBe('ADDRESS_UNSAFE');
    expect((await load({ overrides: { server: { host: '::', trustedProxy: ['10.0.0.0/8'] } } })).config.server.host).toBe('::');
  });
});
