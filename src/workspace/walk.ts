/** @module workspace/walk: from the root to an entry, one name at a time, following nothing. */
import { lchownSync, lstatSync, mkdirSync, statSync, type BigIntStats } from 'node:fs';
import { AppError } from '../core/errors.ts';
import { errnoOf, toFileError } from './file-errors.ts';
import type { Folder } from './folder.ts';
import { joinPath } from './path-rules.ts';
import type { Root } from './root.ts';

/** Refuses a name that the disk found under another spelling: a rule for `secrets/**` must hold for `SECRETS/` too. */
export function requireSpelling(root: Root, folder: Folder, name: string, path: string): void {
  if (root.isCaseBlind() && !folder.hasExactly(name)) {
    throw new AppError('PATH_NOT_FOUND', { message: `On this disk it is spelled differently: ${path}`, fix: 'Use the spelling that list_directory shows.' });
  }
}

/** The entry itself, a link not followed; undefined when there is none. */
export function inspect(folder: Folder, name: string, path: string): BigIntStats | undefined {
  try {
    return lstatSync(folder.address(name), { bigint: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw toFileError(error, path);
  }
}

/** The error for something that is a link: never says where it leads, or whether anything is there. */
export function linkError(path: string): AppError {
  return new AppError('PATH_OUTSIDE', { message: `A link, and links are not followed: ${path}` });
}

function step(root: Root, folder: Folder, name: string, path: string, create: boolean): Folder {
  try {
    const child = folder.child(name);
    try {
      requireSpelling(root, folder, name, path);
    } catch (error) {
      child.close();
      throw error;
    }
    return child;
  } catch (error) {
    const errno = errnoOf(error);
    if (create && errno === 'ENOENT') {
      makeFolder(folder, name);
      return step(root, folder, name, path, false);
    }
    // O_DIRECTORY answers ENOTDIR for a link as well: look which it was.
    if ((errno === 'ENOTDIR' || errno === 'ELOOP') && inspect(folder, name, path)?.isSymbolicLink()) throw linkError(path);
    throw error;
  }
}

function makeFolder(folder: Folder, name: string): void {
  try {
    mkdirSync(folder.address(name));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    return;
  }
  const owner = ownerFor(folder);
  if (owner) lchownSync(folder.address(name), owner.uid, owner.gid);
}

/** Whom something new in the folder belongs to, where it is not us: a gateway that runs as root leaves nothing of root's in the folders of others. */
export function ownerFor(folder: Folder): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = statSync(`${folder.location}/.`);
  return uid === 0 ? undefined : { uid, gid };
}

/**
 * The folder at these segments. Every folder on the way is closed again.
 *
 * @param create makes missing folders (mode 0777 less the umask)
 * @throws AppError PATH_*, WORKSPACE_UNAVAILABLE
 */
export function openFolder(root: Root, segments: readonly string[], create = false): Folder {
  let folder = root.open();
  for (const [index, name] of segments.entries()) {
    const path = joinPath(segments.slice(0, index + 1));
    let next: Folder;
    try {
      next = step(root, folder, name, path, create);
    } catch (error) {
      folder.close();
      throw toFileError(error, path);
    }
    folder.close();
    folder = next;
  }
  return folder;
}
