/** @module workspace/read-file: bytes of a regular file with one link. */
import { closeSync, fstatSync, openSync, read, readSync, type BigIntStats } from 'node:fs';
import { promisify } from 'node:util';
import { AppError } from '../core/errors.ts';
import { toFileError } from './file-errors.ts';
import { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, identityOf, type Folder } from './folder.ts';
import { joinPath } from './path-rules.ts';
import type { Root } from './root.ts';
import { inspect, linkError, openFolder, requireSpelling } from './walk.ts';

/** Up to here a read costs less than handing it to a thread; above, it would hold up the event loop. */
const SYNC_BYTES = 64 * 1024;
const readLater = promisify(read);

/** Bytes wanted; both are whole numbers from 0. */
export interface ByteRange {
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** The error for an entry that is there but is not a regular file with one link; undefined when it is one. */
export function refusal(stats: BigIntStats, path: string): AppError | undefined {
  const wrongKind = (message: string): AppError => new AppError('PATH_WRONG_KIND', { message: `${message}: ${path}` });
  if (stats.isSymbolicLink()) return linkError(path);
  if (stats.isDirectory()) return wrongKind('This is a folder, not a file');
  if (!stats.isFile()) return wrongKind('This is a socket, a pipe or a device, not a regular file');
  // A second name may lie outside the workspace, and nobody can tell.
  return stats.nlink > 1n ? wrongKind('This file has further hard links, so it may also belong elsewhere') : undefined;
}

/** Opens the file without side effects on pipes and devices, and makes sure that it is what was looked at. */
function openRegular(root: Root, folder: Folder, name: string, path: string): { readonly descriptor: number; readonly size: number } {
  const seen = inspect(folder, name, path);
  if (!seen) throw new AppError('PATH_NOT_FOUND', { message: `No such file or folder: ${path}` });
  // Before the open: opening a pipe or a device is already an effect.
  const early = refusal(seen, path);
  if (early) throw early;
  requireSpelling(root, folder, name, path);
  const descriptor = openSync(folder.address(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor, { bigint: true });
    // Again on what was really opened: the entry may have been swapped in between.
    const late = refusal(stats, path);
    if (late) throw late;
    folder.confirm({ name, identity: identityOf(stats) });
    return { descriptor, size: Number(stats.size) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

async function fill(descriptor: number, bytes: Buffer, offset: number): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const wanted = bytes.length - filled;
    const count =
      bytes.length <= SYNC_BYTES
        ? readSync(descriptor, bytes, filled, wanted, offset + filled)
        : (await readLater(descriptor, bytes, filled, wanted, offset + filled)).bytesRead;
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

function checkRange({ offset = 0, limit = Infinity }: ByteRange): { readonly offset: number; readonly limit: number } {
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (!isWhole(offset) || !(limit === Infinity || isWhole(limit)))
    throw new AppError('INPUT_INVALID', { message: 'offset and limit must be whole numbers from 0.' });
  return { offset, limit };
}

/**
 * Bytes from `offset` (default 0), at most `limit` and never more than `maxFileBytes`; fewer when the
 * file ends or shrinks. `size` is the size of the whole file when it was opened.
 *
 * @throws AppError PATH_*, FILE_TOO_LARGE (no limit, and the file above maxFileBytes), INPUT_INVALID
 */
export async function readFile(
  root: Root,
  segments: readonly string[],
  range: ByteRange,
  maxFileBytes: number,
): Promise<{ readonly bytes: Buffer; readonly size: number }> {
  const { offset, limit } = checkRange(range);
  const path = joinPath(segments);
  const name = segments.at(-1);
  if (name === undefined) throw new AppError('PATH_WRONG_KIND', { message: 'This is a folder, not a file: .' });
  const { descriptor, size } = openEntry(root, segments, name, path);
  try {
    if (limit === Infinity && size > maxFileBytes) {
      throw new AppError('FILE_TOO_LARGE', { message: `The file has ${size} bytes, more than ${maxFileBytes}: ${path}` });
    }
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(size - offset, limit, maxFileBytes)));
    const filled = await fill(descriptor, bytes, offset);
    return { bytes: bytes.subarray(0, filled), size };
  } catch (error) {
    throw toFileError(error, path);
  } finally {
    closeSync(descriptor);
  }
}

function openEntry(root: Root, segments: readonly string[], name: string, path: string): { readonly descriptor: number; readonly size: number } {
  const folder = openFolder(root, segments.slice(0, -1));
  try {
    return openRegular(root, folder, name, path);
  } catch (error) {
    throw toFileError(error, path);
  } finally {
    folder.close();
  }
}
