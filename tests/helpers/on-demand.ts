/**
 * Clients that only tests need, each with its own manifest and exact versions below tests/clients/. They are
 * installed when a test first asks for them; where that is not possible the test is skipped with the reason.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** `npm install` of tests/clients/<name>. No script of any package is run. */
export function installNode(name: string): Promise<Installed> {
  const npm = ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  return install(name, 'package.json', 'node_modules', (folder) => run('npm', npm, { cwd: folder, timeout: INSTALL_MS }));
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
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { folder };
  if (process.env['SWITCHYARD_TEST_INSTALL'] === '0')
    return { folder, missing: `needs tests/clients/${name}, which is not installed, and SWITCHYARD_TEST_INSTALL=0 forbids to install it` };
  try {
    await work(folder);
    writeFileSync(stamp, wanted);
    return { folder };
  } catch (error) {
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return { folder, missing: `needs tests/clients/${name}, which cannot be installed: ${detail.trim().split('\n')[0] ?? ''}` };
  }
}
