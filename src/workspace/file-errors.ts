/** @module workspace/file-errors: what the operating system says, in the codes of the house. */
import { AppError, type ErrorCode } from '../core/errors.ts';

const CODES: Readonly<Record<string, readonly [code: ErrorCode, message?: string]>> = {
  ENOENT: ['PATH_NOT_FOUND'],
  ENOTDIR: ['PATH_WRONG_KIND', 'Something on the way is not a folder'],
  EISDIR: ['PATH_WRONG_KIND', 'This is a folder'],
  ENXIO: ['PATH_WRONG_KIND', 'This is a socket, a pipe or a device'],
  ELOOP: ['PATH_OUTSIDE', 'This is a link, and links are not followed'],
  EMLINK: ['PATH_OUTSIDE', 'This is a link, and links are not followed'],
  ENAMETOOLONG: ['PATH_INVALID', 'A name is too long for this disk'],
  EILSEQ: ['PATH_INVALID', 'A name has characters this disk cannot store'],
  EINVAL: ['PATH_INVALID', 'A name has characters this disk cannot store'],
  EACCES: ['PATH_FORBIDDEN'],
  EPERM: ['PATH_FORBIDDEN'],
  EROFS: ['PATH_FORBIDDEN', 'The disk is mounted read-only'],
  ENOSPC: ['STORAGE_FULL'],
  EDQUOT: ['STORAGE_FULL'],
  EFBIG: ['FILE_TOO_LARGE'],
  EMFILE: ['OVERLOADED', 'Too many files are open'],
  ENFILE: ['OVERLOADED', 'Too many files are open'],
};

/** The errno name (`ENOENT`) of a failed system call, if the value is one. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * The failure as clients may see it: it names the path relative to the workspace, never the
 * machine's. Anything the table does not know is the disk's trouble: WORKSPACE_UNAVAILABLE.
 */
export function toFileError(error: unknown, path: string): AppError {
  if (AppError.is(error)) return error;
  const errno = errnoOf(error);
  const [code, message] = CODES[errno ?? ''] ?? (['WORKSPACE_UNAVAILABLE', `The disk answers ${errno ?? 'with an error'}`] as const);
  const cause = { cause: error };
  if (code === 'PATH_NOT_FOUND') return new AppError(code, { message: `No such file or folder: ${path}`, ...cause });
  return new AppError(code, message === undefined ? cause : { message: `${message}: ${path}`, ...cause });
}
