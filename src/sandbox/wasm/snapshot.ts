/** @module sandbox/wasm/snapshot: the memory of an interpreter that has started, made once and kept in the home: loading it takes a tenth of a start. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import { readPrivateFile, writePrivateFile } from '../../core/private-file.ts';
import { startChild } from './child-process.ts';

/** Milliseconds that making it may take: it is the slow start that it spares. */
const MAKE_MS = 120_000;
const MEBIBYTE = 1_048_576;

/** An open snapshot that is what was made. */
export interface Snapshot {
  readonly fd: number;
  close(): void;
}

/**
 * Opens the snapshot of this version, or makes it. What lies there is compared with the hash that was taken when it was made: a
 * file that was damaged is made anew.
 *
 * @param folder absolute; made when it is not there
 * @throws AppError SANDBOX_FAILED when it cannot be made, STORAGE_*
 */
export async function openSnapshot(folder: string, pyodide: { readonly folder: string; readonly version: string }): Promise<Snapshot> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `python-${pyodide.version}-node-${process.versions.node}-${process.arch}.snapshot`);
  const expected = readPrivateFile(`${path}.sha256`)?.trim();
  const kept = expected === undefined ? undefined : openIntact(path, expected);
  if (kept) return kept;
  const beside = `${path}.${randomHex(6)}.tmp`;
  try {
    await make(beside, pyodide.folder);
    const fd = openSync(beside, 'r');
    writePrivateFile(`${path}.sha256`, `${hashOf(fd)}\n`);
    renameSync(beside, path);
    return { fd, close: () => closeSync(fd) };
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

async function make(path: string, pyodide: string): Promise<void> {
  const fd = openSync(path, 'wx', 0o600);
  try {
    const child = startChild({ mode: 'make', pyodide, memoryBytes: 0, cpuSeconds: MAKE_MS / 1000, snapshot: fd });
    const timer = setTimeout(() => child.kill('SIGKILL'), MAKE_MS);
    let said = '';
    child.stderr?.on('data', (piece: Buffer) => {
      said = `${said}${piece.toString('utf8')}`.slice(-2000);
    });
    const [code] = (await once(child, 'close').finally(() => clearTimeout(timer))) as [number | null];
    if (code !== 0 || fstatSync(fd).size < MEBIBYTE)
      throw new AppError('SANDBOX_FAILED', { message: 'The memory snapshot of Python cannot be made.', cause: new Error(said) });
  } finally {
    closeSync(fd);
  }
}

function openIntact(path: string, expected: string): Snapshot | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  if (hashOf(fd) === expected) return { fd, close: () => closeSync(fd) };
  closeSync(fd);
  return undefined;
}

/** Of the whole file, whatever its position. */
function hashOf(fd: number): string {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(MEBIBYTE);
  for (let from = 0; ; ) {
    const count = readSync(fd, piece, 0, piece.length, from);
    if (count === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, count));
    from += count;
  }
}
