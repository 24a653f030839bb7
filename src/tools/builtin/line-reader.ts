/** @module tools/builtin/line-reader: some lines of a file of any size. */
import type { Workspace } from '../../contracts/workspace.ts';
import { AppError } from '../../core/errors.ts';

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** Which lines, and how much of them at most. */
export interface LineRange {
  /** 1 = the first. */
  readonly first: number;
  /** Infinity = to the end. */
  readonly count: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Lines as bytes, with their line ends. */
export interface Lines {
  readonly bytes: Buffer;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Whether the file goes on after these lines. */
  readonly hasMore: boolean;
}

/**
 * Reads piece by piece up to the last line wanted: files larger than the memory one would give them
 * can be paged through. A file that changes meanwhile gives lines of both states.
 *
 * @throws AppError as the workspace; FILE_TOO_LARGE above maxBytes; the signal's reason between pieces
 */
export async function readLines(workspace: Workspace, path: string, { first, count, maxBytes, signal }: LineRange): Promise<Lines> {
  const pieces: Buffer[] = [];
  let [toSkip, toTake, taken, offset] = [first - 1, count, 0, 0];
  for (;;) {
    signal.throwIfAborted();
    const { bytes, size } = await workspace.read(path, { offset, limit: CHUNK_BYTES });
    const start = afterLines(bytes, 0, toSkip);
    toSkip -= start.passed;
    const end = toSkip > 0 ? start : afterLines(bytes, start.at, toTake);
    if (toSkip <= 0) toTake -= end.passed;
    taken += end.at - start.at;
    if (taken > maxBytes)
      throw new AppError('FILE_TOO_LARGE', { message: `The lines have more than ${maxBytes} bytes.`, fix: 'Use offset and limit to read fewer lines.' });
    pieces.push(bytes.subarray(start.at, end.at));
    const reached = offset + end.at;
    offset += bytes.length;
    if (toTake <= 0 || bytes.length === 0 || offset >= size) return { bytes: Buffer.concat(pieces), size, hasMore: toTake <= 0 && reached < size };
  }
}

/** Where the text goes on after that many line ends, or the end of the bytes. */
function afterLines(bytes: Buffer, from: number, count: number): { readonly at: number; readonly passed: number } {
  let [at, passed] = [from, 0];
  while (passed < count) {
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline < 0) return { at: bytes.length, passed };
    at = newline + 1;
    passed += 1;
  }
  return { at, passed };
}

/** Lines in the bytes; the last one need not have a line end. */
export function countLines(bytes: Buffer): number {
  const { passed } = afterLines(bytes, 0, Infinity);
  return passed + (bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE ? 1 : 0);
}
