/** @module audit/audit-log: the tamper-evident log of one process. */
import type { AuditEvent, AuditReader, AuditRecord, AuditSink } from '../contracts/audit.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, toAppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { ChainWriter, type ChainHead } from './chain-writer.ts';
import { Checkpointer } from './checkpointer.ts';
import type { PrunedSegment } from './checkpoint.ts';
import { createAuditKeys } from './keys.ts';
import type { EndCache } from './records.ts';
import type { SegmentIo } from './segment-file.ts';

/** How a log is made. Folders are made when they are first needed. */
export interface AuditLogOptions {
  /** Holds the segments, as `<home>/audit`. */
  readonly directory: string;
  /** Takes records while `directory` does not. */
  readonly fallbackDirectory?: string | undefined;
  /** Second sink of the checkpoints, as `<home>/audit-checkpoints`; better on another device. Of one home only. */
  readonly checkpointDirectory: string;
  /** As `<home>/keys`. */
  readonly keysDirectory: string;
  readonly clock: Clock;
  /** 1–32 of [A-Za-z0-9_], never used before in this home. Default: 12 random hexadecimal characters. */
  readonly writerId?: string | undefined;
  /** A segment is ended by the first write that reaches this. Default 64 MiB. */
  readonly maxSegmentBytes?: number | undefined;
  /** Default 1 000. */
  readonly checkpointEveryRecords?: number | undefined;
  /** Default 10 000; without new records there is no checkpoint. */
  readonly checkpointIntervalMs?: number | undefined;
  /** From the first record to the first checkpoint. Default 250. */
  readonly announceAfterMs?: number | undefined;
  /** Segments that nobody has written to for so many days are removed. At least 1. Absent = never. */
  readonly retentionDays?: number | undefined;
  /** Told of what goes wrong behind the appends: keys, second sink, retention. Default: only `stats().lastProblem`. */
  readonly onProblem?: ((error: AppError) => void) | undefined;
  /** For tests that make the file system fail. */
  readonly io?: SegmentIo | undefined;
}

/** Numbers for the status page, the metrics and `doctor`. */
export interface AuditStats {
  /** Records of this process, checkpoints included. */
  readonly records: number;
  /** Writes that no sink took. */
  readonly failedWrites: number;
  readonly segment: string;
  readonly segmentBytes: number;
  readonly checkpoints: number;
  /** Checkpoints that are not in the second sink yet. */
  readonly pendingCheckpoints: number;
  readonly lastProblem: AppError | undefined;
}

/** The log of one process. Making one touches nothing; the first record makes and opens its file. */
export interface AuditLog extends AuditSink, AuditReader {
  /** The newest record that is on disk. */
  head(): ChainHead;
  stats(): AuditStats;
  /** Signs the head now. Resolves when both sinks have it. @throws AppError the problem that prevented it */
  checkpoint(): Promise<void>;
  /**
   * Removes what is older than `retentionDays` and returns it. The removal is stated in a signed
   * checkpoint first; without that nothing is removed. Nothing happens when no retention is set.
   *
   * @throws AppError the problem that prevented it
   */
  prune(): Promise<readonly PrunedSegment[]>;
  /** Writes what is queued, signs a last checkpoint and syncs. Later appends are refused. Safe to call again. */
  close(): Promise<void>;
}

const RING_SIZE = 200;
const FIRST_PRUNE_MS = 60_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A log with a chain of its own. @throws AppError INTERNAL on options out of range */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  return new FileAuditLog(options);
}

class FileAuditLog implements AuditLog {
  readonly #options: AuditLogOptions;
  readonly #directories: readonly string[];
  readonly #writer: ChainWriter;
  readonly #checkpointer: Checkpointer;
  #newest: string[] = [];
  #eventCount = 0;
  readonly #ends: EndCache = new Map();
  #lastProblem: AppError | undefined;
  #pruneTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: AuditLogOptions) {
    const { writerId = randomHex(6), clock, io } = options;
    assertOptions(options, writerId);
    this.#options = options;
    this.#directories = options.fallbackDirectory === undefined ? [options.directory] : [options.directory, options.fallbackDirectory];
    const keys = createAuditKeys(options.keysDirectory);
    this.#writer = new ChainWriter({
      writer: writerId,
      clock,
      io,
      keys,
      directories: this.#directories,
      beforeOpen: () => keys.check(),
      refusal: () => this.#checkpointer.refusal(),
      onWritten: (lines) => this.#onWritten(lines),
    });
    this.#checkpointer = new Checkpointer(this.#writer, {
      directory: options.checkpointDirectory,
      keys,
      clock,
      everyRecords: options.checkpointEveryRecords ?? 1000,
      intervalMs: options.checkpointIntervalMs ?? 10_000,
      announceAfterMs: options.announceAfterMs ?? 250,
      maxSegmentBytes: options.maxSegmentBytes ?? 64 * 1024 * 1024,
      onProblem: (error) => this.#onProblem(error),
    });
  }

  append(event: AuditEvent): Promise<void> {
    if (this.#closing) return Promise.reject(new AppError('AUDIT_UNAVAILABLE', { message: 'The audit log is closed.' }));
    return this.#writer.append(event);
  }

  async recent(limit: number): Promise<readonly AuditRecord[]> {
    const { readRecent } = await import('./recent.ts');
    const own = { writer: this.#writer.head.writer, lines: this.#newest, isComplete: this.#newest.length === this.#eventCount };
    return readRecent({ directories: this.#directories, limit, own, cache: this.#ends });
  }

  head(): ChainHead {
    return this.#writer.head;
  }

  stats(): AuditStats {
    const { number, pending } = this.#checkpointer.state;
    const { seq, segment } = this.#writer.head;
    return {
      records: seq,
      segment,
      failedWrites: this.#writer.failures,
      segmentBytes: this.#writer.segmentBytes,
      checkpoints: number,
      pendingCheckpoints: pending,
      lastProblem: this.#lastProblem,
    };
  }

  async checkpoint(): Promise<void> {
    await this.#anchor(this.#checkpointer.checkpoint());
  }

  async prune(): Promise<readonly PrunedSegment[]> {
    const { retentionDays, clock } = this.#options;
    if (retentionDays === undefined || this.#closing) return [];
    const { findPrunable, removeSegments } = await import('./prune.ts');
    const { writer } = this.#writer.head;
    const prunable = await findPrunable(this.#directories, clock.now() - retentionDays * DAY_MS, writer);
    if (prunable.length === 0) return [];
    await this.#anchor(this.#checkpointer.checkpoint({ pruned: prunable.map(({ statement }) => statement) }));
    return removeSegments(prunable);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#pruneTimer);
    this.#writer.flush();
    // First what is under way: the last checkpoint then says that the second sink has all others.
    await this.#checkpointer.settled();
    this.#checkpointer.checkpoint({ isFinal: true });
    await this.#checkpointer.settled();
    await this.#writer.close();
  }

  /** Waits until the second sink has the checkpoint. */
  async #anchor(number: number | undefined): Promise<void> {
    if (number !== undefined) await this.#checkpointer.settled();
    if (number !== undefined && this.#checkpointer.state.anchored >= number) return;
    throw this.#lastProblem ?? new AppError('AUDIT_UNAVAILABLE', { message: 'The second sink has not taken the checkpoint.' });
  }

  #onWritten(lines: readonly string[]): void {
    this.#eventCount += lines.length;
    this.#newest.push(...lines.slice(-RING_SIZE));
    if (this.#newest.length > 2 * RING_SIZE) this.#newest = this.#newest.slice(-RING_SIZE);
    this.#checkpointer.noteWritten(lines.length);
    if (this.#options.retentionDays !== undefined && !this.#pruneTimer) this.#planPrune(FIRST_PRUNE_MS);
  }

  #planPrune(delayMs: number): void {
    this.#pruneTimer = setTimeout(() => {
      this.prune()
        .catch((error: unknown) => this.#onProblem(toAppError(error)))
        .finally(() => this.#planPrune(PRUNE_EVERY_MS));
    }, delayMs);
    this.#pruneTimer.unref();
  }

  #onProblem(error: AppError): void {
    this.#lastProblem = error;
    this.#options.onProblem?.(error);
  }
}

function assertOptions({ retentionDays, maxSegmentBytes, checkpointEveryRecords }: AuditLogOptions, writerId: string): void {
  if (!/^[A-Za-z0-9_]{1,32}$/.test(writerId)) throw new AppError('INTERNAL', { message: 'The writer id must be 1–32 of [A-Za-z0-9_].' });
  if (retentionDays !== undefined && !(retentionDays >= 1)) throw new AppError('INTERNAL', { message: 'Audit retention must be at least one day.' });
  if (!((maxSegmentBytes ?? 1) > 0 && (checkpointEveryRecords ?? 1) > 0)) throw new AppError('INTERNAL', { message: 'Audit limits must be positive.' });
}
