/** @module audit/segment-file: one open segment; a write happens whole or not at all. */
import { closeSync, fdatasync, fstatSync, ftruncateSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { isMissing, type SegmentPath } from './segment-name.ts';

/** The calls of the file system that a test replaces to make them fail. */
export interface SegmentIo {
  readonly write: (descriptor: number, bytes: Uint8Array, offset: number) => number;
  readonly stat: (descriptor: number) => { readonly size: number; readonly nlink: number };
  readonly truncate: (descriptor: number, bytes: number) => void;
  readonly sync: (descriptor: number) => Promise<void>;
}

/** The file system itself. */
export const fileIo: SegmentIo = {
  write: (descriptor, bytes, offset) => writeSync(descriptor, bytes, offset),
  stat: (descriptor) => fstatSync(descriptor),
  truncate: ftruncateSync,
  sync: (descriptor) =>
    new Promise((resolve, reject) => {
      fdatasync(descriptor, (error) => (error ? reject(error) : resolve()));
    }),
};

/** A write that did not happen as a whole. */
export interface WriteFailure {
  readonly cause: unknown;
  /** Bytes of this write that stay in the file because they could not be taken back; 0 = none. */
  readonly keptBytes: number;
}

/** A file that only grows. Not safe for two writers. */
export class SegmentFile {
  readonly place: SegmentPath;
  readonly #descriptor: number;
  readonly #io: SegmentIo;
  #size = 0;
  #isUsable = true;
  #syncing: Promise<void> = Promise.resolve();

  private constructor(place: SegmentPath, descriptor: number, io: SegmentIo) {
    this.place = place;
    this.#descriptor = descriptor;
    this.#io = io;
  }

  /** Makes the file (0600) and, when missing, its folder (0700). Errors of the file system pass through; EEXIST when the name is taken. */
  static create(place: SegmentPath, io: SegmentIo = fileIo): SegmentFile {
    try {
      return new SegmentFile(place, openSync(place.path, 'ax', 0o600), io);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    mkdirSync(place.path.slice(0, place.path.lastIndexOf('/')), { recursive: true, mode: 0o700 });
    return new SegmentFile(place, openSync(place.path, 'ax', 0o600), io);
  }

  /** Bytes that belong to the chain. */
  get size(): number {
    return this.#size;
  }

  /** False after a write that could neither be finished nor taken back: the file may end in half a line and takes no more. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Writes all bytes, or takes back what was written and says why. */
  write(bytes: Uint8Array): WriteFailure | undefined {
    let written = 0;
    try {
      // A full disk accepts a part first; only the next write says ENOSPC.
      while (written < bytes.length) written += this.#io.write(this.#descriptor, bytes, written);
      this.#size += written;
      return undefined;
    } catch (cause) {
      return { cause, keptBytes: this.#takeBack() ? 0 : written };
    }
  }

  /** Whether the file still has a name: what is written into a deleted one is lost when it is closed. */
  isLinked(): boolean {
    return this.#io.stat(this.#descriptor).nlink > 0;
  }

  /** Resolves when everything written before the call is on the disk. Rejects with the error of the file system. */
  sync(): Promise<void> {
    const synced = this.#syncing.catch(() => undefined).then(() => this.#io.sync(this.#descriptor));
    this.#syncing = synced;
    return synced;
  }

  /** Syncs and closes. Rejects, when closed, with the error of that sync. */
  async close(): Promise<void> {
    this.#isUsable = false;
    try {
      await this.sync();
    } finally {
      closeQuietly(this.#descriptor);
    }
  }

  /** Closes and removes a file that holds no record. False when it could not be removed. */
  discard(): boolean {
    this.#isUsable = false;
    closeQuietly(this.#descriptor);
    try {
      unlinkSync(this.place.path);
      return true;
    } catch {
      return false;
    }
  }

  #takeBack(): boolean {
    try {
      if (this.#io.stat(this.#descriptor).size > this.#size) this.#io.truncate(this.#descriptor, this.#size);
      return true;
    } catch {
      this.#isUsable = false;
      return false;
    }
  }
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // The descriptor is gone already; there is nothing left to release.
  }
}
