/** @module sandbox/native/fence: the arguments of bubblewrap: what a program in the sandbox sees of the machine. */
import { existsSync, lstatSync, readlinkSync } from 'node:fs';

/** What is seen beside the system's own programs. */
export interface FenceOptions {
  /** Source and place. */
  readonly readable: readonly (readonly [source: string, place: string])[];
  readonly writable: readonly (readonly [source: string, place: string])[];
  readonly hasNetwork: boolean;
  /** Bytes of /tmp and of /dev/shm, each: they are memory. */
  readonly temporaryBytes: number;
  /** User that the program gets where the gateway is root; undefined = a user namespace of its own keeps root away. */
  readonly dropTo: number | undefined;
  readonly secretFd: {
    readonly seccomp: number;
    readonly info?: number;
    readonly block?: number;
    readonly code?: { readonly fd: number; readonly path: string };
  };
}

const SYSTEM_FOLDERS = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
/** No accounts, no keys, no names of hosts. */
const SYSTEM_FILES = ['/etc/ld.so.cache', '/etc/alternatives'];
/** Names and certificates: only with the network. */
const NETWORK_FILES = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/ssl', '/etc/ca-certificates', '/etc/pki'];
/** There already, or not ours to make. */
const READY = /^\/(?:tmp$|(?:usr|bin|sbin|lib\w*|proc|dev)(?:\/|$))/;
const SETPRIV = '/usr/bin/setpriv';

/** `/bin` and the like: links on most systems, folders on others. */
function systemMounts(): readonly string[] {
  return SYSTEM_FOLDERS.flatMap((name) => {
    const stats = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) return ['--symlink', readlinkSync(`/${name}`), `/${name}`];
    return stats?.isDirectory() ? ['--ro-bind', `/${name}`, `/${name}`] : [];
  });
}

/** Folders on the way to the places, which bubblewrap would make for their owner alone. */
function parentsOf(places: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const place of places) {
    const names = place.split('/').slice(1, -1);
    for (const index of names.keys()) folders.add(`/${names.slice(0, index + 1).join('/')}`);
  }
  return [...folders]
    .filter((folder) => !READY.test(folder))
    .sort()
    .flatMap((folder) => ['--perms', '0755', '--dir', folder]);
}

/** Two ways to be nobody: a user namespace; or, for root, a real change of the user, because limits do not bind root. */
function identity(dropTo: number | undefined): { readonly arguments: readonly string[]; readonly command: readonly string[] } {
  if (dropTo === undefined) return { arguments: ['--unshare-user', '--cap-drop', 'ALL'], command: [] };
  const ids = [`--reuid=${dropTo}`, `--regid=${dropTo}`, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'];
  return {
    arguments: ['--cap-drop', 'ALL', ...['SETUID', 'SETGID', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`])],
    command: [SETPRIV, ...ids],
  };
}

/** Arguments of bwrap up to the program, which follows. Nothing in them is secret: they can be read inside, from /proc/1. */
export function fenceArguments({ readable, writable, hasNetwork, temporaryBytes, dropTo, secretFd }: FenceOptions): readonly string[] {
  const { seccomp, info, block, code } = secretFd;
  const who = identity(dropTo);
  const temporary = (place: string): readonly string[] => ['--perms', '1777', '--size', String(temporaryBytes), '--tmpfs', place];
  return [
    ...['--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try', '--hostname', 'sandbox', '--die-with-parent', '--new-session'],
    ...(hasNetwork ? [] : ['--unshare-net']),
    ...['--ro-bind', '/usr', '/usr'],
    ...systemMounts(),
    ...['--proc', '/proc', '--dev', '/dev', ...temporary('/dev/shm'), '--remount-ro', '/dev', ...temporary('/tmp')],
    ...parentsOf([...SYSTEM_FILES, ...readable.map(([, place]) => place), ...writable.map(([, place]) => place), ...(code ? [code.path] : [])]),
    ...[...SYSTEM_FILES, ...(hasNetwork ? NETWORK_FILES : [])].filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind-try', path, path]),
    ...readable.flatMap(([source, place]) => ['--ro-bind', source, place]),
    ...writable.flatMap(([source, place]) => ['--bind', source, place]),
    ...(code ? ['--perms', '0444', '--ro-bind-data', String(code.fd), code.path] : []),
    ...['--remount-ro', '/', '--chdir', '/'],
    ...who.arguments,
    ...['--seccomp', String(seccomp)],
    ...(info === undefined ? [] : ['--info-fd', String(info)]),
    ...(block === undefined ? [] : ['--block-fd', String(block)]),
    '--',
    ...who.command,
  ];
}
