/**
 * Clients that only tests need, each with its own manifest and exact versions below tests/clients/. They are
 * installed when a test first asks for them; where that is not possible the test is skipped with the reason.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../../tools/paths.ts';

const run = promisify(execFile);
const INSTALL_MS = 240_000;

/** A client that is there, or why it is not. */
export interface Installed {
  readonly folder: string;
  /** For `context.skip`. */
  readonly missing?: string;
}

/**
 * `npm install` of tests/clients/<name>. No script of any package is run.
 *
 * @param nested a folder of a package whose own dependencies a script of it would install
 */
export function installNode(name: string, nested?: string): Promise<Installed> {
  const npm = ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  return install(name, 'package.json', 'node_modules', async (folder) => {
    await run('npm', npm, { cwd: folder, timeout: INSTALL_MS });
    if (nested !== undefined) await run('npm', [...npm, '--omit=dev', '--legacy-peer-deps'], { cwd: join(folder, nested), timeout: INSTALL_MS });
  });
}

/** `pip install` of tests/clients/<name>/requirements.txt into its own virtual environment. */
export function installPython(name: string): Promise<Installed> {
  return install(name, 'requirements.txt', '.venv', async (folder) => {
    await run('python3', ['-m', 'venv', '--clear', '.venv'], { cwd: folder, timeout: INSTALL_MS });
    await run('.venv/bin/python', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'], {
      cwd: folder,
      timeout: INSTALL_MS,
    });
  });
}

/** The stamp holds the manifest that was installed: a half installation, or one of other versions, does not count. */
async function install(name: string, manifest: string, made: string, work: (folder: string) => Promise<unknown>): Promise<Installed> {
  const folder = join(root, 'tests/clients', name);
  const wanted = readFileSync(join(folder, manifest), 'utf8');
  const stamp = join(folder, made, '.installed');
  const there = (): boolean => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (there()) return { folder };
  if (process.env['SWITCHYARD_TEST_INSTALL'] === '0')
    return { folder, missing: `needs tests/clients/${name}, which is not installed, and SWITCHYARD_TEST_INSTALL=0 forbids to install it` };
  const free = await takeTurn(join(folder, '.installing'));
  try {
    if (there()) return { folder };
    await work(folder);
    writeFileSync(stamp, wanted);
    return { folder };
  } catch (error) {
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return { folder, missing: `needs tests/clients/${name}, which cannot be installed: ${detail.trim().split('\n')[0] ?? ''}` };
  } finally {
    free();
  }
}

/** Test files run in processes of their own, and two installations into one folder break each other. */
async function takeTurn(lock: string): Promise<() => void> {
  for (;;) {
    try {
      mkdirSync(lock);
      return () => rmSync(lock, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    // Left by a run that was killed.
    if (Date.now() - since > 2 * INSTALL_MS) rmSync(lock, { recursive: true, force: true });
    else await sleep(200);
  }
}
