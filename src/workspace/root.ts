/** @module workspace/root: the folder everything is below, and the folders that must not be it. */
import { closeSync, existsSync, openSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { errnoOf } from './file-errors.ts';
import { O_DIRECTORY, O_RDONLY, identityOf, identityOfDescriptor, pinFolder, watchFolder, type Folder, type Mechanism } from './folder.ts';

/** File systems (statfs type) that take `SECRET` for `secret`: vfat, exfat, ntfs, ntfs3, cifs, smb2, 9p (WSL), hfs, hfs+. */
const CASE_BLIND: ReadonlySet<number> = new Set([0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e, 0xff534d42, 0xfe534d42, 0x01021997, 0x4244, 0x482b]);

/** Where the workspace is, and what it must not reveal. */
export interface RootOptions {
  /** Absolute path of the root. */
  readonly root: string;
  /** Absolute path of the gateway's own state folder; need not exist yet. */
  readonly home: string;
  /** Absolute path of the user's home folder. */
  readonly userHome: string | undefined;
  readonly mechanism: Mechanism;
}

/** The root, opened anew for each use: it may be deleted and made again while the gateway runs. */
export interface Root {
  /** @throws AppError WORKSPACE_UNAVAILABLE when it is missing or must not be served */
  open(): Folder;
  /** Whether the disk may take another spelling for the same name. Known after the first `open`. */
  isCaseBlind(): boolean;
}

/** The user's home folder, or undefined where there is none. */
export function findUserHome(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/** `/proc` may be missing (some containers): then the descriptor cannot be used as a path. */
export function chooseMechanism(): Mechanism {
  return process.platform === 'linux' && existsSync('/proc/self/fd') ? 'pinned' : 'rechecked';
}

function unavailable(message: string, fix?: string, cause?: unknown): AppError {
  return new AppError('WORKSPACE_UNAVAILABLE', { message, ...(fix === undefined ? {} : { fix }), ...(cause === undefined ? {} : { cause }) });
}

function identityAt(path: string): string | undefined {
  try {
    return identityOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

/** Identities of the folder and of everything above it, whatever links or mounts spell the path. */
function lineage(path: string): ReadonlySet<string> {
  let place = resolve(path);
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const found = new Set<string>();
  for (place = realpathSync.native(place); ; place = dirname(place)) {
    const identity = identityAt(place);
    if (identity !== undefined) found.add(identity);
    if (dirname(place) === place) return found;
  }
}

/** Compares identities, not spellings: links, bind mounts and case do not matter. */
function checkPlace(identity: string, { root, home, userHome }: RootOptions): void {
  const real = realpathSync.native(root);
  if (identityAt(real) !== identity) throw unavailable('The workspace root is being replaced.', 'Try again.');
  if (dirname(real) === real || identityAt('/') === identity) throw unavailable('The workspace root is the root of the file system, which must not be served.');
  if (userHome !== undefined && lineage(userHome).has(identity))
    throw unavailable('The workspace root is, or contains, the home folder of the user, which must not be served.');
  if (lineage(home).has(identity)) throw unavailable("The workspace root contains the gateway's own state, which must not be served.");
  const above = lineage(real);
  const own = identityAt(home);
  if (own === undefined || !above.has(own)) return;
  const shared = identityAt(join(home, 'workspace'));
  // Of the scratch folders each is one client's: the folder that holds them is nobody's.
  const scratch = identityAt(join(home, 'scratch'));
  const isShared = shared !== undefined && above.has(shared);
  const isScratch = scratch !== undefined && above.has(scratch) && scratch !== identity;
  if (!isShared && !isScratch)
    throw unavailable(
      "The workspace root lies inside the gateway's own state, which must not be served.",
      'Point --workspace at a project folder, or use the folder `workspace` there.',
    );
}

/** A root that is checked at its first use, and again whenever another folder has taken its place. */
export function createRoot(options: RootOptions): Root {
  let approved: string | undefined;
  let caseBlind = false;
  const approve = (identity: string): void => {
    if (identity === approved) return;
    checkPlace(identity, options);
    caseBlind = options.mechanism === 'rechecked' || CASE_BLIND.has(statfsSync(options.root).type);
    approved = identity;
  };
  const openPinned = (): Folder => {
    // Links above the root, and the root itself being one, are the operator's choice: followed.
    const descriptor = openSync(options.root, O_RDONLY | O_DIRECTORY);
    try {
      approve(identityOfDescriptor(descriptor));
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    return pinFolder(descriptor);
  };
  const openWatched = (): Folder => {
    const real = realpathSync.native(options.root);
    approve(identityOf(statSync(real, { bigint: true })));
    return watchFolder(real);
  };
  return {
    open() {
      try {
        return options.mechanism === 'pinned' ? openPinned() : openWatched();
      } catch (error) {
        throw toRootError(error);
      }
    },
    isCaseBlind: () => caseBlind,
  };
}

function toRootError(error: unknown): AppError {
  if (AppError.is(error)) return error;
  const errno = errnoOf(error);
  if (errno === 'ENOENT')
    return unavailable('The workspace root does not exist.', 'Create the folder, or point --workspace at an existing project folder.', error);
  if (errno === 'ENOTDIR') return unavailable('The workspace root is not a folder.', undefined, error);
  if (errno === 'EACCES' || errno === 'EPERM')
    return unavailable('The operating system refuses access to the workspace root.', 'Change its permissions, or point --workspace at another folder.', error);
  if (errno === 'EMFILE' || errno === 'ENFILE') return new AppError('OVERLOADED', { message: 'Too many files are open.', cause: error });
  return unavailable(`The workspace root cannot be opened (${errno ?? 'unknown error'}).`, undefined, error);
}
