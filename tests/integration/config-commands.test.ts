import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync, chmodSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ended, runToEnd } from '../helpers/run-to-end.ts';

const url = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
/** The commands alone, so that nothing else of the command line can make them pass or fail. */
const PROGRAM = `
  import { Command } from 'commander';
  const [{ registerConfig }, { registerInit }] = await Promise.all([import(${url('src/cli/commands/config.ts')}), import(${url('src/cli/commands/init.ts')})]);
  const program = new Command('switchyard').option('--json').option('--home <folder>').option('--config <file>');
  registerConfig(program);
  registerInit(program);
  await program.parseAsync(['node', 'switchyard', ...JSON.parse(process.env.TEST_ARGUMENTS)]);`;

let root = '';
let cwd = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-commands-'));
  cwd = join(root, 'project');
  mkdirSync(cwd);
  // The evaluated program resolves the command-line library from its own folder.
  symlinkSync(new URL('../../node_modules', import.meta.url).pathname, join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(...parameters: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: root, SWITCHYARD_HOME: join(root, 'home'), TEST_ARGUMENTS: JSON.stringify(parameters) };
  return runToEnd(['--input-type=module', '--eval', PROGRAM], { cwd, env });
}

const put = (name: string, content: string): void => writeFileSync(join(cwd, name), content);

// @requirement C1.e
describe('switchyard config check', () => {
  it('is content without a file', async () => {
    expect(await run('config', 'check')).toMatchObject({ code: 0, stdout: 'valid: the defaults, without a file\n', stderr: '' });
  });

  it('lists every problem with place and fix, and exits with the code of the table', async () => {
    put('switchyard.yaml', 'server:\n  prot: 1\nlog:\n  level: degub\n');
    const { code, stdout } = await run('config', 'check');
    expect(code).toBe(78);
    expect(stdout).toBe(
      'CONFIG_INVALID\nswitchyard.yaml:2:3: server.prot is not a known key.\n  fix: Did you mean "port"?\n' +
        'switchyard.yaml:4:10: log.level must be one of debug, info, warn, error, not the text "degub".\n  fix: Did you mean debug?\n',
    );
  });

  it('answers programs in JSON', async () => {
    put('switchyard.yaml', 'server:\n  prot: 1\n');
    const { code, stdout } = await run('--json', 'config', 'check');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      78,
      { isValid: false, code: 'CONFIG_INVALID', problems: [{ source: 'switchyard.yaml', line: 2, column: 3, pointer: '/server/prot' }] },
    ]);
  });

  it('lets no control character of a file reach the terminal', async () => {
    put('switchyard.yaml', '"\\e[31mred\\x07": 1\n');
    expect((await run('config', 'check')).stdout).not.toMatch(/[\u001b\u0007]/);
  });

  it('checks the file that is named, and says when there is none', async () => {
    put('other.json', '{"log": {}}');
    expect((await run('config', 'check', 'other.json')).code).toBe(0);
    expect(await run('config', 'check', 'nowhere.yaml')).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/^CONFIG_NOT_FOUND .*nowhere\.yaml does not exist\.\n {2}fix: /),
    });
  });
});

describe('switchyard config schema', () => {
  it('prints JSON Schema', async () => {
    const { stdout } = await run('config', 'schema');
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema.org'), properties: { server: { type: 'object' } } });
  });
});

describe('switchyard config diff', () => {
  it('shows what differs from the defaults, secrets masked', async () => {
    put('switchyard.yaml', 'server: {port: 9000}\nlog: {level: debug}\nanthropic_api_key: sk-hidden\n');
    const { stdout } = await run('config', 'diff');
    expect(stdout).toBe(
      'server.port: 8000 → 9000  (next start)\nlog.level: "info" → "debug"  (next start)\nmodels.providers.anthropic.apiKey: null → "[redacted]"\norchestrator.anthropicApiKey: null → "[redacted]"  (next start)\n',
    );
  });

  it('shows what another file would change', async () => {
    put('switchyard.yaml', 'limits: {queue: 5}\n');
    put('new.yaml', 'limits: {queue: 6}\n');
    const { stdout } = await run('--json', 'config', 'diff', 'new.yaml');
    expect(JSON.parse(stdout)).toEqual({ changes: [{ pointer: '/limits/queue', before: 5, after: 6, needsRestart: false }] });
  });

  it('says when nothing differs', async () => {
    expect((await run('config', 'diff')).stdout).toBe('No difference.\n');
  });
});

describe('switchyard config fmt', () => {
  it('rewrites the file, keeping comments, permissions and links', async () => {
    put('real.yaml', 'log:   {level: debug}   # loud\n');
    chmodSync(join(cwd, 'real.yaml'), 0o600);
    symlinkSync('real.yaml', join(cwd, 'switchyard.yaml'));
    expect(await run('config', 'fmt', '--check')).toMatchObject({ code: 1, stdout: 'switchyard.yaml would be formatted.\n' });
    expect(await run('config', 'fmt')).toMatchObject({ code: 0, stdout: 'switchyard.yaml formatted.\n' });
    expect(readFileSync(join(cwd, 'real.yaml'), 'utf8')).toBe('log: {level: debug} # loud\n');
    expect(statSync(join(cwd, 'real.yaml')).mode & 0o777).toBe(0o600);
    expect(await run('config', 'fmt', '--check')).toMatchObject({ code: 0, stdout: 'switchyard.yaml is formatted already.\n' });
    expect(readdirSync(cwd).sort()).toEqual(['real.yaml', 'switchyard.yaml']);
  });

  it('leaves a file alone that it cannot parse', async () => {
    put('switchyard.yaml', 'log: [\n');
    expect((await run('config', 'fmt')).code).toBe(78);
    expect(readFileSync(join(cwd, 'switchyard.yaml'), 'utf8')).toBe('log: [\n');
  });
});

// @requirement C1.a C2.d
describe('switchyard init', () => {
  it.each([[['init']], [['init', '--production']]])('%j writes a valid file with its schema, and only once', async (parameters) => {
    expect(await run(...parameters)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Wrote switchyard\.yaml and switchyard\.schema\.json\./) });
    expect((await run('config', 'check')).code).toBe(0);
    const before = readFileSync(join(cwd, 'switchyard.yaml'), 'utf8');
    expect(await run(...parameters)).toMatchObject({
      code: 73,
      stderr: expect.stringMatching(/^CONFIG_EXISTS switchyard\.yaml exists already\.\n {2}fix: .*--force/),
    });
    expect(JSON.parse((await run('--json', ...parameters)).stderr)).toMatchObject({ error: { code: 'CONFIG_EXISTS' } });
    expect(readFileSync(join(cwd, 'switchyard.yaml'), 'utf8')).toBe(before);
  });

  it('--force keeps what was there', async () => {
    put('switchyard.json', '{"environment": "mine"}');
    put('switchyard.old.json', '{}');
    expect((await run('init', '--force')).stdout).toContain('The old file is kept as switchyard.old-2.json.');
    expect(readFileSync(join(cwd, 'switchyard.old-2.json'), 'utf8')).toBe('{"environment": "mine"}');
    expect((await run('config', 'check')).stdout).toBe(`valid: ${join(cwd, 'switchyard.yaml')}\n`);
  });

  it('makes the folder that is named', async () => {
    expect((await run('--json', 'init', 'deep/er')).code).toBe(0);
    expect(readdirSync(join(cwd, 'deep/er')).sort()).toEqual(['switchyard.schema.json', 'switchyard.yaml']);
  });
});

describe('any command with a broken configuration', () => {
  it('names every problem', async () => {
    put('switchyard.yaml', 'server:\n  prot: 1\nlog:\n  level: degub\n');
    const { code, stderr } = await run('config', 'diff');
    expect(code).toBe(78);
    expect(stderr).toBe(
      'CONFIG_INVALID switchyard.yaml:2:3: server.prot is not a known key. (and 1 more)\n  fix: Did you mean "port"?\n' +
        'switchyard.yaml:4:10: log.level must be one of debug, info, warn, error, not the text "degub".\n  fix: Did you mean debug?\n',
    );
  });
});
