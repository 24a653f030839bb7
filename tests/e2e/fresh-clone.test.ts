import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import { freePort } from '../helpers/free-port.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-clone-'));
const clone = join(folder, 'clone');
const home = join(folder, 'home');
/** As a newcomer's shell has it: without the programs of this checkout. */
const path = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((entry) => !entry.includes('node_modules'))
  .join(delimiter);
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && !name.startsWith('VITEST'))),
  PATH: path,
  SWITCHYARD_HOME: home,
};
const running: ChildProcess[] = [];

const npm = (...parameters: readonly string[]): string =>
  execFileSync('npm', [...parameters], { cwd: clone, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** `npm start` until it has printed the pattern; the whole output so far. */
async function start(port: number, pattern: RegExp): Promise<{ readonly child: ChildProcess; readonly output: string }> {
  const child = spawn('npm', ['start', '--', '--port', String(port)], { cwd: clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (pattern.test(output)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${output}`)));
  });
  return { child, output };
}

/** Ends npm and everything below it as Ctrl-C in a terminal does. */
async function interrupt(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  await exited;
}

// The files of the working tree that git knows or would add: what a clone of the next commit holds.
beforeAll(() => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    // A worktree may have a link here, which git does not ignore; `npm ci` in the clone would empty what it points to.
    .filter((file) => file !== '' && !file.split('/').includes('node_modules') && existsSync(join(root, file)));
  execFileSync('mkdir', ['-p', clone]);
  execFileSync('tar', ['cf', join(folder, 'tree.tar'), '--null', '--no-recursion', '-T', '-'], { cwd: root, input: files.join('\0') });
  execFileSync('tar', ['xf', join(folder, 'tree.tar')], { cwd: clone });
  npm('ci', '--prefer-offline', '--no-audit', '--no-fund');
}, 300_000);

afterAll(async () => {
  for (const child of running) if (child.exitCode === null && child.signalCode === null) await interrupt(child);
  rmSync(folder, { recursive: true, force: true });
});

describe('a fresh clone after npm ci', () => {
  it('C3.a: npm start serves and prints what to do next', async () => {
    const port = await freePort();
    const { child, output } = await start(port, /claude mcp add/);
    expect(output).toContain(`http://127.0.0.1:${port}/mcp`);
    expect(output).toMatch(
      new RegExp(`http://127\\.0\\.0\\.1:${port}/\\S*\\?\\S+|http://127\\.0\\.0\\.1:${port}/\\S+#\\S+|http://127\\.0\\.0\\.1:${port}/\\S*[\\w-]{20,}`),
    );
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      status: 'healthy',
      version: (JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as { version: string }).version,
    });
    expect(statSync(join(home, 'admin.key')).mode & 0o777).toBe(0o600);
    await interrupt(child);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  }, 60_000);

  it('C3.a: serves on port 8000 when none is named', () => {
    expect(readFileSync(join(clone, 'package.json'), 'utf8')).toContain('"start": "node dist/cli/main.js serve"');
  });

  it('C3.a: npm start builds first when npm ci has run no scripts', async () => {
    rmSync(join(clone, 'dist'), { recursive: true });
    const port = await freePort();
    const { child } = await start(port, /claude mcp add/);
    expect(existsSync(join(clone, 'dist/lib/main.mjs'))).toBe(true);
    await interrupt(child);
  }, 60_000);

  it('C3.a: leaves the working tree clean', () => {
    const ignored = readFileSync(join(clone, '.gitignore'), 'utf8');
    for (const made of ['node_modules', 'dist/']) expect(ignored).toContain(made);
  });
});
