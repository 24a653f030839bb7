/** @module config/home: finds and prepares the state folder. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { posix, resolve, win32 } from 'node:path';
import type { HomePaths } from '../contracts/home.ts';
import { AppError } from '../core/errors.ts';

/** Variables by name; `process.env` has this form. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Socket paths are kept in 104 bytes on macOS and 108 on Linux, with a closing NUL. */
const MAX_SOCKET_BYTES = 100;

/**
 * The state folder: `SWITCHYARD_HOME`, else by platform: `$XDG_STATE_HOME/switchyard` or
 * `~/.local/state/switchyard`; `~/Library/Application Support/switchyard`;
 * `%LOCALAPPDATA%\switchyard`. Absolute. Does not touch the disk.
 */
export function resolveHome(env: Environment, platform: NodeJS.Platform = process.platform): string {
  const { SWITCHYARD_HOME: own, XDG_STATE_HOME: state, LOCALAPPDATA: local, HOME: home, USERPROFILE: profile } = env;
  if (own !== undefined && own !== '') return platform === 'win32' ? win32.resolve(own) : resolve(own);
  if (platform === 'win32') return win32.join(local || win32.join(profile || homedir(), 'AppData', 'Local'), 'switchyard');
  const user = home || homedir();
  if (platform === 'darwin') return posix.join(user, 'Library', 'Application Support', 'switchyard');
  // The XDG specification tells readers to ignore relative paths.
  return posix.join(state?.startsWith('/') ? state : posix.join(user, '.local', 'state'), 'switchyard');
}

/** The paths below a home. Where the socket's path would be too long for the system, it lies in the temporary folder. */
export function homePaths(root: string, platform: NodeJS.Platform = process.platform): HomePaths {
  const { join } = platform === 'win32' ? win32 : posix;
  const run = platform === 'win32' ? undefined : runFolder(root);
  return {
    root,
    adminKey: join(root, 'admin.key'),
    database: join(root, 'state.db'),
    modelCache: join(root, 'model-cache.db'),
    audit: join(root, 'audit'),
    keys: join(root, 'keys'),
    socket: run === undefined ? `\\\\.\\pipe\\switchyard-${shortHash(root.toLowerCase())}` : posix.join(run, 'gateway.sock'),
    run,
    serving: join(run ?? root, 'serve.json'),
    workspace: join(root, 'workspace'),
    scratch: join(root, 'scratch'),
    killSwitch: join(root, 'kill-switch.json'),
    approvals: join(root, 'approvals.json'),
  };
}

/**
 * Creates the folders that are missing (0700) and checks that the home, the socket's folder and the
 * secrets in the home belong to this user and admit nobody else. On Windows only creates: access
 * follows the profile folder's permissions there.
 *
 * @throws AppError HOME_INSECURE with the chmod or chown to run, STORAGE_UNAVAILABLE when a folder cannot be made
 */
export function prepareHome(root: string, platform: NodeJS.Platform = process.platform): HomePaths {
  const paths = homePaths(root, platform);
  for (const folder of [paths.root, paths.run, paths.audit, paths.keys, paths.workspace]) {
    if (folder !== undefined) makeFolder(folder);
  }
  if (platform === 'win32') return paths;
  // The home may be a link of its owner's making; below it, and in the shared temporary folder, links are refused.
  requirePrivate(paths.root, statSync(paths.root));
  for (const path of [paths.run, paths.keys, paths.audit, paths.adminKey, paths.database, paths.modelCache, paths.killSwitch, paths.approvals]) {
    const stats = path === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
    if (path !== undefined && stats) requirePrivate(path, stats);
  }
  return paths;
}

function runFolder(root: string): string {
  const beside = posix.join(root, 'run');
  if (Buffer.byteLength(beside) + '/gateway.sock'.length <= MAX_SOCKET_BYTES) return beside;
  return posix.join(tmpdir(), `switchyard-${process.getuid?.() ?? 0}-${shortHash(root)}`);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', {
      message: `The state folder ${path} cannot be made.`,
      fix: 'Make it writable, or set SWITCHYARD_HOME to another folder.',
      cause,
    });
  }
}

function requirePrivate(path: string, stats: Stats): void {
  const insecure = (message: string, fix: string): AppError => new AppError('HOME_INSECURE', { message, fix });
  const user = process.getuid?.();
  if (stats.isSymbolicLink()) throw insecure(`${path} is a link.`, `Replace it: rm ${shellQuote(path)}`);
  if (user !== undefined && stats.uid !== user) {
    throw insecure(
      `${path} belongs to user ${stats.uid}, not to ${user}.`,
      `Run: chown ${user} ${shellQuote(path)}, or set SWITCHYARD_HOME to a folder of your own.`,
    );
  }
  if ((stats.mode & 0o077) !== 0) {
    const mode = stats.isDirectory() ? '700' : '600';
    throw insecure(`${path} admits other users (mode ${(stats.mode & 0o777).toString(8)}).`, `Run: chmod ${mode} ${shellQuote(path)}`);
  }
}

function shellQuote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
