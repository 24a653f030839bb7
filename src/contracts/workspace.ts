/** @module contracts/workspace: files of one named root, and nothing outside it. */
import type { CallPlace } from './target.ts';

/** A directory entry. */
export interface DirectoryItem {
  /** Relative to the workspace root, `/` as separator. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Bytes for files, else 0. */
  readonly size: number;
}

/** Safe access below one root. Every path is relative; none is ever resolved through a link. */
export interface Workspace {
  /** The normalized relative path (`/` as separator, `.` = the root), without touching the disk. @throws AppError PATH_INVALID, PATH_OUTSIDE */
  normalize(path: string): string;
  /**
   * A regular file with one link: its bytes from `offset` (default 0), at most `limit`.
   *
   * @throws AppError PATH_*, FILE_TOO_LARGE (limit absent and the file above maxFileBytes), WORKSPACE_UNAVAILABLE
   */
  read(
    path: string,
    range?: { readonly offset?: number | undefined; readonly limit?: number | undefined },
  ): Promise<{ readonly bytes: Buffer; readonly size: number }>;
  /** Replaces or creates the file atomically (temporary file, fsync, rename). @throws AppError PATH_*, FILE_TOO_LARGE, STORAGE_FULL */
  write(path: string, bytes: Uint8Array, options: { readonly createDirectories: boolean }): Promise<void>;
  /** Entries sorted by path; at most `maxItems` (`isTruncated` says so). Links are listed, never followed. */
  list(
    path: string,
    options: { readonly isRecursive: boolean; readonly maxItems: number },
  ): Promise<{ readonly items: readonly DirectoryItem[]; readonly isTruncated: boolean }>;
  /** Writes, reads and removes a probe file. @throws AppError as the root is unusable */
  check(): Promise<void>;
}

/** Where a path leads, told by its spelling alone. */
export interface FoundFile {
  /** As policy judges it and answers spell it: `a/b` in the workspace, `scratch:/a/b`, `scratch:<owner>/a/b`; never ends in `/`. */
  readonly path: string;
  /** Principal id of the scratch folder that the caller named; null = the workspace or the caller's own. Nothing says yet that there is one. */
  readonly owner: string | null;
  /**
   * Takes `path` and answers with paths of that kind.
   *
   * @param caller principal id of who calls @throws AppError PATH_NOT_FOUND where the named owner has no folder
   */
  open(caller: string): Workspace;
}

/** The named roots that callers reach: their workspace by plain paths, scratch folders by `scratch:`. */
export interface NamedRoots {
  /** @throws AppError PATH_INVALID, PATH_OUTSIDE */
  find(path: string, place: CallPlace): FoundFile;
}
