/** @module upstreams/entries/npm-install: installs a package once, so that no start has to resolve it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';

/** What to install. */
export interface InstallOptions {
  /** As npm takes it: name, name@version, a tarball. */
  readonly spec: string;
  /** Absolute; the package's own. */
  readonly folder: string;
  /** Absolute path of `node`. */
  readonly node: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A package that can be started. */
export interface InstalledPackage {
  readonly packageName: string;
  readonly version: string;
  /** Absolute. */
  readonly script: string;
  /** The package wants scripts to run at its installation; they were not. */
  readonly hasSkippedScripts: boolean;
}

const INSTALL_TIMEOUT_MS = 180_000;
const MAX_OUTPUT_BYTES = 4_194_304;

/**
 * Installs into the folder, without the package's install scripts, and finds its program.
 *
 * @throws AppError INSTALL_FAILED with npm's last line; SOURCE_INVALID when the package has no program
 */
export async function installPackage({ spec, folder, node, env }: InstallOptions): Promise<InstalledPackage> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const wasEmpty = !existsSync(join(folder, 'node_modules'));
  const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--save-exact', '--', spec];
  try {
    await runNpm(args, folder, node, env);
    return findProgram(folder);
  } catch (error) {
    if (wasEmpty) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function runNpm(args: readonly string[], cwd: string, node: string, env: InstallOptions['env']): Promise<void> {
  // The npm that came with this node; on Windows the one in PATH is a .cmd file that cannot be started without a shell.
  const beside = [
    join(dirname(node), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(node), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ].find(existsSync);
  const [program, own] = beside === undefined ? ['npm', args] : [node, [beside, ...args]];
  return new Promise((done, fail) => {
    execFile(program, [...own], { cwd, env, timeout: INSTALL_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES }, (error, _, stderr) => {
      if (!error) return done();
      const isMissing = 'code' in error && error.code === 'ENOENT';
      const line = stderr
        .split('\n')
        .filter((text) => /^npm (?:error|ERR!)/i.test(text) && !/log|A complete/.test(text))[0]
        ?.replace(/^npm (?:error|ERR!)\s*/i, '');
      fail(
        new AppError('INSTALL_FAILED', {
          message: isMissing ? 'npm is not installed.' : `npm cannot install it: ${line ?? 'it did not say why'}.`,
          cause: error,
        }),
      );
    });
  });
}

function readJson(path: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return isObject(value) ? value : {};
}

function findProgram(folder: string): InstalledPackage {
  const { dependencies } = readJson(join(folder, 'package.json'));
  const packageName = isObject(dependencies) ? Object.keys(dependencies).at(-1) : undefined;
  if (packageName === undefined) throw new AppError('INSTALL_FAILED', { message: 'npm installed nothing.' });
  const root = join(folder, 'node_modules', ...packageName.split('/'));
  const manifest = readJson(join(root, 'package.json'));
  const bin = manifest['bin'];
  const programs = typeof bin === 'string' ? [[packageName.split('/').at(-1) ?? '', bin] as const] : isObject(bin) ? Object.entries(bin) : [];
  const own = programs.find(([name]) => name === packageName.split('/').at(-1)) ?? programs[0];
  const script = typeof own?.[1] === 'string' ? resolve(root, own[1]) : undefined;
  if (script === undefined || !script.startsWith(root + sep) || !existsSync(script))
    throw new AppError('SOURCE_INVALID', {
      message: `The package ${packageName} has no program to start.`,
      fix: 'Look in its documentation for the name of its server package.',
    });
  const { scripts, version } = manifest;
  const hasSkippedScripts = isObject(scripts) && ['preinstall', 'install', 'postinstall'].some((name) => name in scripts);
  return { packageName, version: typeof version === 'string' ? version : '', script, hasSkippedScripts };
}
