/** @module audit/checkpointer: when to sign, and the way of a checkpoint to both sinks. */
import type { Clock } from '../core/clock.ts';
import { rfc3339 } from '../core/clock.ts';
import { toAppError, type AppError } from '../core/errors.ts';
import type { ChainHead } from './chain-writer.ts';
import { appendCheckpoints } from './checkpoint-sink.ts';
import { signCheckpoint, type PrunedSegment } from './checkpoint.ts';
import type { AuditKeys } from './keys.ts';

/** The chain as the checkpointer uses it. */
export interface CheckpointedChain {
  readonly head: ChainHead;
  readonly segmentBytes: number;
  flush(): void;
  appendCheckpoint(text: string): void;
  seal(): void;
  sync(): Promise<void>;
}

/** When and where. */
export interface CheckpointerOptions {
  readonly directory: string;
  readonly keys: AuditKeys;
  readonly clock: Clock;
  readonly everyRecords: number;
  readonly intervalMs: number;
  /** Until the first checkpoint: time for a short process to give its first answer before a key is loaded. */
  readonly announceAfterMs: number;
  readonly maxSegmentBytes: number;
  readonly onProblem: (error: AppError) => void;
}

/** Checkpoints kept for a second sink that does not take them; before these, the segments alone have them. */
const MAX_PENDING = 10_000;

/** Signs the head of one chain. Its timer does not keep the process alive. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #chain: CheckpointedChain;
  #uncovered = 0;
  #number = 0;
  /** Up to here the second sink has all of them. */
  #anchored = 0;
  #newestAnchored = 0;
  #segment = '';
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #pending: { readonly number: number; readonly text: string }[] = [];
  #anchoring: Promise<void> | undefined;
  #fault: AppError | undefined;

  constructor(chain: CheckpointedChain, options: CheckpointerOptions) {
    this.#chain = chain;
    this.#options = options;
  }

  /** Number of the newest checkpoint, and of the newest one that the second sink has. */
  get state(): { readonly number: number; readonly anchored: number; readonly pending: number } {
    return { number: this.#number, anchored: this.#newestAnchored, pending: this.#pending.length };
  }

  /** Tells that records were written; may plan a checkpoint, never makes one at once. */
  noteWritten(records: number): void {
    this.#uncovered += records;
    if (this.#immediate) return;
    const isNewSegment = this.#number > 0 && this.#chain.head.segment !== this.#segment;
    if (isNewSegment || this.#uncovered >= this.#options.everyRecords || this.#isFull()) {
      this.#immediate = setImmediate(() => this.checkpoint());
    } else if (!this.#timer) {
      this.#timer = setTimeout(() => this.checkpoint(), this.#number === 0 ? this.#options.announceAfterMs : this.#options.intervalMs);
      this.#timer.unref();
    }
  }

  /**
   * Why records must be refused: the key that signs them has become unusable, so they would stay
   * unprotected. Tries the key again; undefined when all is well.
   */
  refusal(): AppError | undefined {
    if (!this.#fault) return undefined;
    try {
      this.#options.keys.signer();
      this.#fault = undefined;
    } catch (error) {
      this.#fault = toAppError(error);
    }
    return this.#fault;
  }

  /**
   * Signs the head if there is anything new, and starts the way to the second sink. Returns the
   * number of the checkpoint that covers the head, or undefined when it could not be made.
   */
  checkpoint(extra: { readonly isFinal?: true; readonly pruned?: readonly PrunedSegment[] } = {}): number | undefined {
    this.#chain.flush();
    this.stop();
    if (this.#uncovered > 0 || extra.pruned !== undefined || (extra.isFinal && this.#number > 0)) {
      try {
        this.#sign(extra);
      } catch (error) {
        this.#options.onProblem(toAppError(error));
        return undefined;
      }
    }
    if (this.#isFull()) this.#chain.seal();
    return this.#number;
  }

  /** Forgets planned checkpoints. */
  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
  }

  /** Resolves when the checkpoints made so far are in the second sink, or it refused them. */
  async settled(): Promise<void> {
    await this.#startAnchoring();
  }

  #isFull(): boolean {
    return this.#chain.segmentBytes >= this.#options.maxSegmentBytes;
  }

  #sign(extra: { readonly isFinal?: true; readonly pruned?: readonly PrunedSegment[] }): void {
    const head = this.#chain.head;
    const number = this.#number + 1;
    const text = this.#signText({ ...head, number, ...extra });
    this.#chain.appendCheckpoint(text);
    this.#number = number;
    this.#uncovered = 0;
    this.#segment = head.segment;
    // The oldest goes: the newest one signs all that came before it, and says what retention removes.
    if (this.#pending.length >= MAX_PENDING) this.#pending.shift();
    this.#pending.push({ number, text });
    void this.#startAnchoring();
  }

  #signText(facts: ChainHead & { readonly number: number }): string {
    try {
      const signer = this.#options.keys.signer();
      const time = rfc3339(this.#options.clock.now());
      return signCheckpoint({ v: 1, kind: 'audit-checkpoint', keyId: signer.keyId, time, anchored: this.#anchored, ...facts }, signer);
    } catch (error) {
      this.#fault = toAppError(error);
      throw this.#fault;
    }
  }

  #startAnchoring(): Promise<void> {
    if (this.#pending.length === 0) return Promise.resolve();
    this.#anchoring ??= this.#anchor();
    return this.#anchoring;
  }

  async #anchor(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const batch = this.#pending.slice();
        // The order matters: what the second sink says was written must have survived a power cut.
        await this.#chain.sync();
        await appendCheckpoints(
          this.#options.directory,
          batch.map(({ text }) => text),
        );
        const taken = new Set(batch);
        this.#pending = this.#pending.filter((one) => !taken.has(one));
        for (const { number } of batch) if (number === this.#anchored + 1) this.#anchored = number;
        this.#newestAnchored = batch.at(-1)?.number ?? this.#newestAnchored;
      }
    } catch (error) {
      this.#options.onProblem(toAppError(error, 'AUDIT_UNAVAILABLE'));
    } finally {
      this.#anchoring = undefined;
    }
  }
}
