/** What benchmarks compare with, installed into the folder of its manifest where what lies there is not what that pins. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One of them brings 120 packages. */
const INSTALL_MS = 300_000;

/** Version of a package that is installed there. @throws Error where it is not */
export const versionIn = (folder: string, name: string): string =>
  (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

/** The packages of its `package.json`, with exact versions. No script of any package is run. @throws Error where npm fails */
export function installNode(folder: string): void {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<'dependencies' | 'overrides', Record<string, string> | undefined>;
  const isThere = ([name, version]: [string, string]): boolean =>
    existsSync(join(folder, 'node_modules', name, 'package.json')) && versionIn(folder, name) === version;
  if (Object.entries({ ...manifest.dependencies, ...manifest.overrides }).every(isThere)) return;
  execFileSync('npm', ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'pipe',
    timeout: INSTALL_MS,
  });
}

/** The interpreter of the folder's virtual environment. */
export const pythonIn = (folder: string): string => join(folder, '.venv/bin/python');

/** Its `requirements.txt`, which pins the package, in a virtual environment of its own. @returns the version @throws Error where pip fails */
export function installPython(folder: string, name: string): string {
  const file = join(folder, 'requirements.txt');
  const wanted = new RegExp(`^${name}(?:\\[\\w+\\])?==(\\S+)`, 'm').exec(readFileSync(file, 'utf8'))?.[1];
  const python = pythonIn(folder);
  const version = (): string => {
    const program =
      'import sys; from importlib.metadata import PackageNotFoundError, version\ntry: print(version(sys.argv[1]))\nexcept PackageNotFoundError: pass';
    return execFileSync(python, ['-c', program, name], { encoding: 'utf8', stdio: 'pipe' }).trim();
  };
  if (!existsSync(python) || version() !== wanted) {
    execFileSync('python3', ['-m', 'venv', '--clear', join(folder, '.venv')], { stdio: 'pipe' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', file], { stdio: 'pipe', timeout: INSTALL_MS });
  }
  return version();
}
