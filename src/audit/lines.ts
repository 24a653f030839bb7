/** @module audit/lines: a file line by line, from either end, without holding it in memory. */
import { promises } from 'node:fs';

/** One line of a file. */
export interface Line {
  /** Without its newline. */
  readonly bytes: Buffer;
  /** Of the first byte. */
  readonly offset: number;
  /** Whether a newline follows; only the last line of a file may lack it. */
  readonly isEnded: boolean;
}

/** Longer lines come in pieces of at least this size, the pieces with isEnded false: no writer makes such lines, and a reader must not be filled by one. */
export const MAX_LINE_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** The lines from `start` to the end of the file, in groups as they are read. Errors of the file system pass through. */
export async function* readLines(path: string, start = 0): AsyncGenerator<readonly Line[], void, undefined> {
  const file = await promises.open(path, 'r');
  try {
    let pending: Buffer = Buffer.alloc(0);
    let position = start;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position + pending.length);
      if (bytesRead === 0) break;
      pending = Buffer.concat([pending, buffer.subarray(0, bytesRead)]);
      const lines = splitLines(pending, position);
      const used = lines.reduce((sum, line) => sum + line.bytes.length + 1, 0);
      position += used;
      pending = pending.subarray(used);
      if (pending.length > MAX_LINE_BYTES) {
        lines.push({ bytes: pending, offset: position, isEnded: false });
        position += pending.length;
        pending = Buffer.alloc(0);
      }
      if (lines.length > 0) yield lines;
    }
    if (pending.length > 0) yield [{ bytes: pending, offset: position, isEnded: false }];
  } finally {
    await file.close();
  }
}

function splitLines(bytes: Buffer, offset: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines.push({ bytes: bytes.subarray(start, end), offset: offset + start, isEnded: true });
    start = end + 1;
  }
  return lines;
}

/** Complete lines from the end of the file to its beginning, in groups, newest first. What follows the last newline is left out. */
export async function* readLinesBackward(path: string, chunkBytes = 64 * 1024): AsyncGenerator<readonly Buffer[], void, undefined> {
  const file = await promises.open(path, 'r');
  try {
    let position = (await file.stat()).size;
    // Bytes before the first newline of what was read; undefined until the last newline of the file is found.
    let head: Buffer | undefined;
    while (position > 0) {
      const length = Math.min(chunkBytes, position);
      position -= length;
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
      let chunk = buffer.subarray(0, bytesRead);
      if (head === undefined) chunk = chunk.subarray(0, chunk.lastIndexOf(NEWLINE) + 1);
      else chunk = Buffer.concat([chunk, head]);
      if (chunk.length === 0) continue;
      const first = position === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
      const complete = chunk.subarray(first);
      head = chunk.subarray(first > MAX_LINE_BYTES ? first - 1 : 0, first);
      const lines = splitLines(complete, 0)
        .map((line) => line.bytes)
        .reverse();
      if (lines.length > 0) yield lines;
    }
  } finally {
    await file.close();
  }
}

/** Offset behind the last newline of the file; 0 when it has none. */
export async function endOfLines(path: string): Promise<number> {
  const file = await promises.open(path, 'r');
  try {
    let position = (await file.stat()).size;
    while (position > 0) {
      const length = Math.min(4096, position);
      position -= length;
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
      const last = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
      if (last >= 0) return position + last + 1;
    }
    return 0;
  } finally {
    await file.close();
  }
}
