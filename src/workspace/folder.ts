/** @module workspace/folder: a folder that stays the same one while we work in it, two mechanisms. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, realpathSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';

/**
 * How a folder is held. `pinned`: by descriptor, entries are reached through /proc/self/fd, so that
 * no rename or link above them changes where they are (Linux). `rechecked`: by real path, compared
 * before and after each use; weaker, since somebody who swaps folders in the right microseconds, twice,
 * goes unnoticed (everywhere else).
 */
export type Mechanism = 'pinned' | 'rechecked';

/** An open folder. Close it exactly once. Methods throw what the system throws, besides `confirm`. */
export interface Folder {
  /** The folder as the system knows it; only valid until `close`. */
  readonly location: string;
  /** How the entry of exactly this folder is named to the system. `name` is one valid segment. */
  address(name: string): string;
  /** The folder below; fails with ENOTDIR or ELOOP on a link. */
  child(name: string): Folder;
  /** Whether the entry exists in exactly this spelling; matters on disks that ignore case. */
  hasExactly(name: string): boolean;
  /** @throws AppError PATH_OUTSIDE when the folder is no longer the one that was opened, or the entry (if named) not the one of this identity */
  confirm(entry?: { readonly name: string; readonly identity: string }): void;
  close(): void;
}

/** O_NOFOLLOW and friends are absent on Windows. */
export const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_DIRECTORY = 0 } = constants;

/** How often `rechecked` looks: whoever swaps must hit the right moment twice for each look (about 1 in 8). */
const LOOKS = 3;

/** Identity of a file or folder on this machine. */
export function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** The folder behind an open descriptor, which the Folder owns from here on. */
export function pinFolder(descriptor: number): Folder {
  const location = `/proc/self/fd/${descriptor}`;
  return {
    location,
    address: (name) => `${location}/${name}`,
    child: (name) => pinFolder(openSync(`${location}/${name}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)),
    hasExactly: (name) => readdirSync(location).includes(name),
    confirm: () => undefined,
    close: () => closeSync(descriptor),
  };
}

/** The identity of an open descriptor. */
export function identityOfDescriptor(descriptor: number): string {
  return identityOf(fstatSync(descriptor, { bigint: true }));
}

function identityAt(path: string): string {
  return identityOf(lstatSync(path, { bigint: true }));
}

function moved(): AppError {
  return new AppError('PATH_OUTSIDE', { message: 'A folder of the path was replaced meanwhile, or is a link.' });
}

/** The folder at a path that is already real (no link, true spelling). */
export function watchFolder(realPath: string): Folder {
  const stats = lstatSync(realPath, { bigint: true });
  if (!stats.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  const identity = identityOf(stats);
  return {
    location: realPath,
    address: (name) => join(realPath, name),
    child: (name) => {
      const path = join(realPath, name);
      const folder = watchFolder(path);
      if (realpathSync.native(path) !== path) throw moved();
      return folder;
    },
    hasExactly: (name) => readdirSync(realPath).includes(name),
    confirm: (entry) => {
      for (let look = 0; look < LOOKS; look += 1) {
        if (entry && identityAt(join(realPath, entry.name)) !== entry.identity) throw moved();
        if (realpathSync.native(realPath) !== realPath || identityAt(realPath) !== identity) throw moved();
      }
    },
    close: () => undefined,
  };
}
