/** @module sandbox/native/server-fence: a program that serves, behind the same fence as code: it sees the system's programs, its own, and what it was granted. */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, sep } from 'node:path';
import type { SandboxedProgram } from '../../contracts/sandbox.ts';
import type { SandboxGrants } from '../../contracts/sandbox-config.ts';
import { AppError } from '../../core/errors.ts';
import { fenceArguments } from './fence.ts';
import { SERVER_LAUNCHER } from './harness.ts';
import { userOf } from './native-driver.ts';
import { seccompFilter } from './seccomp-filter.ts';

/** What is started. */
export interface ServerProgram {
  /** The upstream's name. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it would run without a fence; used where a grant shows it. */
  readonly cwd: string | undefined;
}

const SECCOMP_FD = 3;
const BASH = '/usr/bin/bash';
const TEMPORARY_BYTES = 256 * 1_048_576;
/** Servers have threads and helpers; a bomb still ends. */
const PROCESSES = 512;
const SYSTEM = /^\/(?:usr|bin|sbin|lib\w*)(?:\/|$)/;

/**
 * The way to start it behind the fence. As root, it runs as the owner of the first folder that it may write, else as a user of its own.
 *
 * @param home absolute path of the gateway's state @param bwrap the program of bubblewrap
 * @throws AppError SANDBOX_GRANT_REFUSED for a folder that is never given or not there; UPSTREAM_UNREACHABLE when the program is not found
 */
export function fenceServer(program: ServerProgram, grants: SandboxGrants, home: string, bwrap: string): SandboxedProgram {
  const readable = grants.read.map((path) => requireGrant(path, home));
  const writable = grants.write.map((path) => requireGrant(path, home));
  const command = findProgram(program.command, program.env['PATH'] ?? '');
  for (const path of [...readable, ...writable, command]) requireOwnHand(path, writable);
  // What lies in a folder that it may write is seen there already.
  const isGiven = writable.some((folder) => isWithin(command, folder));
  const homes = isGiven ? [] : [dirname(dirname(command)), dirname(dirname(realpathSync(command)))];
  const own = homes.filter((folder) => !SYSTEM.test(folder));
  const seen = [...own.map((folder) => requireGrant(folder, home)), ...readable];
  const cwd = [...readable, ...writable].some((folder) => isWithin(program.cwd ?? '', folder)) ? (program.cwd ?? '/tmp') : '/tmp';
  const args = [
    ...fenceArguments({
      readable: [...new Set(seen)].map((path) => [path, path] as const),
      writable: writable.map((path) => [path, path] as const),
      hasNetwork: grants.network,
      temporaryBytes: TEMPORARY_BYTES,
      dropTo: userFor(program.name, writable),
      secretFd: { seccomp: SECCOMP_FD },
    }),
    ...[BASH, '--norc', '--noprofile', '-p', '-c', SERVER_LAUNCHER, 'launcher', cwd, '-c', '0', '-u', String(PROCESSES), '--'],
    ...['/usr/bin/env', 'HOME=/tmp', 'TMPDIR=/tmp', command, ...program.args],
  ];
  return { command: bwrap, args, inputs: [seccompFilter(grants.network)] };
}

/** The path, when it is absolute, there, and not a folder whose giving away would give the fence away. @throws AppError SANDBOX_GRANT_REFUSED */
export function requireGrant(path: string, home: string): string {
  const refuse = (why: string): never => {
    throw new AppError('SANDBOX_GRANT_REFUSED', { message: `The sandbox is not given a folder: ${why}` });
  };
  if (!isAbsolute(path) || !existsSync(path)) return refuse('one that is granted does not exist.');
  const real = realpathSync(path);
  const state = existsSync(home) ? realpathSync(home) : home;
  if (real === sep || isWithin(homedir(), real)) return refuse('/ and the home folder of the user are never given.');
  if (isWithin(state, real) || (isWithin(real, state) && !isInstalled(real, state))) return refuse('the state of the gateway is never given.');
  if (/^\/(?:proc|sys|dev|etc)(?:\/|$)/.test(real)) return refuse('those of the kernel and of the settings of the machine are never given.');
  return path;
}

/** The server itself may have changed what lies in folders that it writes: a link there that leads out of them would widen its grants at the next start. */
function requireOwnHand(path: string, writable: readonly string[]): void {
  const outer = writable.find((folder) => folder !== path && isWithin(path, folder));
  if (outer === undefined || isWithin(realpathSync(path), realpathSync(outer))) return;
  throw new AppError('SANDBOX_GRANT_REFUSED', {
    message: 'The sandbox is not started: a path in a folder that the server may write is a link that leads out of it.',
  });
}

/** One server's own folder of those that were installed, not the folder that holds them all. */
function isInstalled(path: string, state: string): boolean {
  return path.startsWith(`${join(state, 'servers')}${sep}`);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function findProgram(command: string, path: string): string {
  const places = command.includes(sep) ? [command] : path.split(delimiter).map((folder) => join(folder, command));
  const found = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
  if (found === undefined || !isAbsolute(found)) {
    throw new AppError('UPSTREAM_UNREACHABLE', {
      message: 'The program of the upstream is not there.',
      fix: 'Check command of the upstream: the program must be in PATH or be named by its path.',
    });
  }
  return found;
}

function userFor(name: string, writable: readonly string[]): number | undefined {
  const unprivileged = userOf(`upstream:${name}`);
  const [first] = writable;
  if (unprivileged === undefined || first === undefined) return unprivileged;
  const { uid } = statSync(first);
  return uid === 0 ? unprivileged : uid;
}
