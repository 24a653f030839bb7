/** @module audit/chain-writer: the hot path: events become linked lines, one write per turn of the event loop. */
import type { AuditEvent } from '../contracts/audit.ts';
import type { Clock } from '../core/clock.ts';
import { type AppError, toAppError } from '../core/errors.ts';
import type { AuditKeys } from './keys.ts';
import { encodeCheckpoint, encodeEvent, GENESIS, hashOfLine } from './record-text.ts';
import { SegmentStore, type StoreOptions } from './segment-store.ts';

/** The newest record that is on disk. */
export interface ChainHead {
  readonly writer: string;
  /** File name of its segment; empty before the first record. */
  readonly segment: string;
  /** Its first record. */
  readonly fromSeq: number;
  /** 0 before the first record. */
  readonly seq: number;
  readonly hash: string;
}

/** What a writer needs. */
export interface ChainWriterOptions extends StoreOptions {
  readonly keys: AuditKeys;
  readonly clock: Clock;
  /** Says why nothing may be written now, or undefined. Called once per write. */
  readonly refusal: () => AppError | undefined;
  /** Called after each write with its lines, newest last. */
  readonly onWritten: (lines: readonly string[]) => void;
}

interface Batch {
  readonly lines: string[];
  readonly startedMs: number;
  readonly done: PromiseWithResolvers<void>;
}

/** A table that follows every call would keep their garbage alive; a few places are enough for calls that do not take long. */
const REMEMBERED_INTENTS = 64;

/** Writes one chain. `seq` and `prev` of queued records are provisional until their write succeeded; after a failure the chain goes on from what is on disk. */
export class ChainWriter {
  readonly #options: ChainWriterOptions;
  readonly #store: SegmentStore;
  #writtenSeq = 0;
  #writtenHash = GENESIS;
  #segment = '';
  #fromSeq = 0;
  #seq = 0;
  #hash = GENESIS;
  #batch: Batch | undefined;
  #failures = 0;
  readonly #intended: ({ readonly input: unknown; readonly hmac: string } | undefined)[] = [];
  #nextIntent = 0;

  constructor(options: ChainWriterOptions) {
    this.#options = options;
    this.#store = new SegmentStore(options);
  }

  /** @see AuditSink.append. The promise is shared by all records of the turn. */
  append(event: AuditEvent): Promise<void> {
    try {
      // The key first: creating it may fail, and nothing may be queued then.
      const inputHmac = event.input === undefined ? undefined : this.#hmacOf(event.input, event.phase);
      const { line, hash } = encodeEvent(event, inputHmac, { writer: this.#options.writer, seq: this.#seq + 1, prev: this.#hash });
      this.#seq += 1;
      this.#hash = hash;
      const batch = (this.#batch ??= this.#openBatch(event.at));
      batch.lines.push(line);
      return batch.done.promise;
    } catch (error) {
      return Promise.reject(toAppError(error));
    }
  }

  /** An intent and its outcome have the same input, which nobody changes in between: it is hashed once. */
  #hmacOf(input: unknown, phase: AuditEvent['phase']): string {
    const isShared = typeof input === 'object' && input !== null;
    const at = isShared && phase === 'outcome' ? this.#intended.findIndex((intent) => intent?.input === input) : -1;
    const known = this.#intended[at];
    if (known) {
      this.#intended[at] = undefined;
      return known.hmac;
    }
    const hmac = this.#options.keys.hmac()(JSON.stringify(input) ?? 'null');
    if (isShared && phase === 'intent') this.#intended[this.#nextIntent++ % REMEMBERED_INTENTS] = { input, hmac };
    return hmac;
  }

  /** Writes what is queued now instead of at the end of the turn. */
  flush(): void {
    const batch = this.#batch;
    if (!batch) return;
    this.#batch = undefined;
    const failure = this.#write(batch.lines, batch.startedMs);
    if (failure) batch.done.reject(failure);
    else batch.done.resolve();
    if (!failure) this.#options.onWritten(batch.lines);
  }

  /**
   * Adds the record of a checkpoint that covers the present head. Call `flush` first: a checkpoint
   * follows the record it covers at once.
   *
   * @throws AppError AUDIT_UNAVAILABLE
   */
  appendCheckpoint(checkpoint: string): void {
    const at = this.#options.clock.now();
    const { line, hash } = encodeCheckpoint(checkpoint, at, { writer: this.#options.writer, seq: this.#seq + 1, prev: this.#hash });
    this.#seq += 1;
    this.#hash = hash;
    const failure = this.#write([line], at);
    if (failure) throw failure;
  }

  /** The newest record on disk. */
  get head(): ChainHead {
    return { writer: this.#options.writer, segment: this.#segment, fromSeq: this.#fromSeq, seq: this.#writtenSeq, hash: this.#writtenHash };
  }

  /** Bytes of the open segment; 0 when none is open. */
  get segmentBytes(): number {
    return this.#store.size;
  }

  /** Writes that were refused or failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Ends the segment; the next record opens another one. */
  seal(): void {
    this.#store.seal();
  }

  /** Resolves when all records written before the call are on the disk. @throws AppError AUDIT_UNAVAILABLE */
  async sync(): Promise<void> {
    await this.#store.sync();
  }

  /** Writes what is queued, syncs, closes. */
  async close(): Promise<void> {
    this.flush();
    this.#store.seal();
    await this.#store.settled();
  }

  #openBatch(at: number): Batch {
    setImmediate(() => this.flush());
    const done = Promise.withResolvers<void>();
    // Who does not wait for a record must not bring the process down; who waits is told all the same.
    done.promise.catch(() => undefined);
    return { lines: [], startedMs: at, done };
  }

  #write(lines: readonly string[], startedMs: number): AppError | undefined {
    const refusal = this.#options.refusal() ?? this.#store.write(lines, startedMs, (kept, segment) => this.#commit(kept, segment));
    if (!refusal) return undefined;
    this.#failures += 1;
    this.#seq = this.#writtenSeq;
    this.#hash = this.#writtenHash;
    return refusal;
  }

  #commit(lines: readonly string[], segment: string): void {
    const last = lines.at(-1);
    if (last === undefined) return;
    if (segment !== this.#segment) this.#fromSeq = this.#writtenSeq + 1;
    this.#segment = segment;
    this.#writtenSeq += lines.length;
    this.#writtenHash = hashOfLine(last);
  }
}
