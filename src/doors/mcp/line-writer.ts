/** @module doors/mcp/line-writer: messages as lines on an output that may be slow or gone. */
import type { Writable } from 'node:stream';
import type { MaybePromise } from '../../core/json.ts';

/** From this much unread output on, notices wait. */
const MAX_UNREAD_BYTES = 16 * 1_048_576;
/** Notices that wait; whoever is further behind is not served any more. */
const MAX_HELD_NOTICES = 4000;

/** Writes whole lines. Does nothing once the output has failed or was closed. */
export class LineWriter {
  readonly #output: Writable;
  #draining: Promise<void> | undefined;
  #isGone = false;
  readonly #held = new Set<string>();

  /** `onGone` is called once when the output fails or closes: nobody reads any more. */
  constructor(output: Writable, onGone: () => void) {
    this.#output = output;
    const gone = (): void => {
      if (this.#isGone) return;
      this.#isGone = true;
      onGone();
    };
    output.on('error', gone);
    output.on('close', gone);
  }

  /** Bytes the reader has not taken yet. */
  get backlog(): number {
    return this.#output.writableLength;
  }

  /** JSON text has no line breaks of its own. The promise resolves when the reader has taken enough to go on. */
  write(text: string): MaybePromise<void> {
    if (this.#isGone || this.#output.write(`${text}\n`)) return undefined;
    this.#draining ??= new Promise((resolve) => {
      const done = (): void => {
        this.#output.off('drain', done);
        this.#output.off('close', done);
        this.#output.off('error', done);
        this.#draining = undefined;
        resolve();
      };
      this.#output.on('drain', done);
      this.#output.on('close', done);
      this.#output.on('error', done);
    });
    return this.#draining;
  }

  /**
   * Something that nobody asked for in this moment, and that says the same when it is said once. While the reader is far
   * behind, each is kept once: what upstreams tell of, however often, fills no memory.
   */
  notice(text: string): void {
    if (this.#held.size === 0 && this.backlog <= MAX_UNREAD_BYTES) {
      void this.write(text);
      return;
    }
    if (this.#held.size >= MAX_HELD_NOTICES) {
      this.#output.destroy();
      return;
    }
    if (this.#held.size === 0) void this.flushed().then(() => this.#writeHeld());
    this.#held.add(text);
  }

  #writeHeld(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const text of held) void this.write(text);
  }

  /** Resolves when everything written so far was taken, or the output is gone. */
  flushed(): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#output.write('', () => resolve());
    });
  }
}
