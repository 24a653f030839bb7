/** @module audit/segment-store: which file takes the next lines, and what happens when it does not. */
import type { Clock } from '../core/clock.ts';
import { AppError, toAppError } from '../core/errors.ts';
import { SegmentFile, type SegmentIo } from './segment-file.ts';
import { segmentPath } from './segment-name.ts';

/** Where segments go. */
export interface StoreOptions {
  readonly writer: string;
  /** Tried in this order whenever a segment is opened; the first is the audit folder. */
  readonly directories: readonly string[];
  readonly clock: Clock;
  /** Called before a segment is opened; what it throws is the failure of the write. */
  readonly beforeOpen: () => void;
  readonly io?: SegmentIo | undefined;
}

/**
 * A segment that was not written to for this long is left alone: the next record opens another. So
 * retention, which is at least a day, never removes a file that a process still writes to.
 */
const IDLE_MS = 12 * 3_600_000;
/** How long records go to a folder that is not the first before the first is tried again. */
const FALLBACK_MS = 600_000;

/** Lines on their way. What could not be taken back from a broken file is committed and leaves `rest`. */
interface Job {
  rest: readonly string[];
  cause: unknown;
  readonly startedMs: number;
  readonly commit: (lines: readonly string[], segment: string) => void;
}

/** The segments of one chain: at most one is open. */
export class SegmentStore {
  readonly #options: StoreOptions;
  readonly #closing = new Set<Promise<void>>();
  #segment: SegmentFile | undefined;
  #directory = '';
  #number = 0;
  #openedAt = 0;
  #writtenAt = 0;
  #current = '';
  #syncFailure: unknown;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Bytes of the open segment, else 0. */
  get size(): number {
    return this.#segment?.size ?? 0;
  }

  /**
   * Writes the lines into the open segment, or into a new one of the first folder that takes them.
   * `commit` is called with exactly the lines that are on disk and the name of their file, also when an error is returned
   * because the rest is not.
   */
  write(lines: readonly string[], startedMs: number, commit: Job['commit']): AppError | undefined {
    const job: Job = { rest: lines, cause: undefined, startedMs, commit };
    this.#sealIfStale();
    if (this.#segment && this.#put(this.#segment, job)) return undefined;
    // A file that could be made whole again is not at fault: its folder takes no more.
    const full = this.#segment?.isUsable === true ? this.#directory : undefined;
    for (const directory of this.#options.directories) {
      if (directory !== full && this.#putIntoNew(directory, job)) return undefined;
    }
    return toAppError(job.cause, 'AUDIT_UNAVAILABLE');
  }

  /** Ends the open segment, if there is one. */
  seal(): void {
    this.#seal((error) => {
      this.#syncFailure = error;
    });
  }

  /** Resolves when all that was written before the call is on the disk. @throws AppError AUDIT_UNAVAILABLE */
  async sync(): Promise<void> {
    const segment = this.#segment;
    try {
      await Promise.all([...this.#closing, segment?.sync()]);
      if (segment?.isUsable && !segment.isLinked())
        throw new AppError('AUDIT_UNAVAILABLE', { message: 'The open audit segment was deleted; records go to a new one.' });
    } catch (error) {
      this.#syncFailure = error;
      // After a failed sync the kernel may have dropped the pages: what follows goes to another file.
      if (this.#segment === segment) this.#seal(() => undefined);
    }
    if (this.#syncFailure === undefined) return;
    const cause = this.#syncFailure;
    this.#syncFailure = undefined;
    throw toAppError(cause, 'AUDIT_UNAVAILABLE');
  }

  /** Resolves when no sealed segment is open any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#closing);
  }

  #seal(onSyncFailure: (error: unknown) => void): void {
    if (!this.#segment) return;
    const closed = this.#segment
      .close()
      .catch(onSyncFailure)
      .finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
    this.#segment = undefined;
  }

  #sealIfStale(): void {
    if (!this.#segment) return;
    const now = this.#options.clock.now();
    const isIdle = Math.abs(now - this.#writtenAt) > IDLE_MS;
    const isAside = this.#directory !== this.#options.directories[0] && Math.abs(now - this.#openedAt) > FALLBACK_MS;
    if (isIdle || isAside || !this.#segment.isUsable) this.seal();
  }

  #put(segment: SegmentFile, job: Job): boolean {
    const failure = segment.write(Buffer.from(job.rest.join('')));
    const written = failure ? linesWithin(job.rest, failure.keptBytes) : job.rest;
    if (written.length > 0) {
      this.#current = segment.place.name;
      this.#writtenAt = this.#options.clock.now();
      job.commit(written, segment.place.name);
    }
    if (!failure) return true;
    job.rest = job.rest.slice(written.length);
    job.cause = failure.cause;
    return false;
  }

  #putIntoNew(directory: string, job: Job): boolean {
    try {
      this.#options.beforeOpen();
      const place = segmentPath(directory, this.#options.writer, Math.max(0, Math.floor(job.startedMs)), this.#number + 1);
      const segment = SegmentFile.create(place, this.#options.io);
      const isWritten = this.#put(segment, job);
      // A file without a record must not take a number, unless it cannot be removed.
      if (this.#current !== place.name && segment.discard()) return false;
      this.seal();
      this.#segment = segment;
      this.#directory = directory;
      this.#number = place.number;
      this.#openedAt = this.#options.clock.now();
      return isWritten;
    } catch (error) {
      job.cause = error;
      return false;
    }
  }
}

function linesWithin(lines: readonly string[], bytes: number): readonly string[] {
  let end = 0;
  let count = 0;
  for (const line of lines) {
    end += Buffer.byteLength(line);
    if (end > bytes) break;
    count += 1;
  }
  return lines.slice(0, count);
}
