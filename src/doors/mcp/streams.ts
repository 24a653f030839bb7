/** @module doors/mcp/streams: Server-Sent Events with backpressure. */
import type { ServerResponse } from 'node:http';
import type { MaybePromise } from '../../core/json.ts';
import { cutWhenStalled, STALL_MS } from '../http/slow-reader.ts';
import { writeStreamHead } from './http-answer.ts';

/** A client this far behind is disconnected: nothing it does not read may fill the memory. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/** One open event stream. Every method does nothing once the client is gone. */
export class SseStream {
  readonly #response: ServerResponse;
  #draining: Promise<void> | undefined;
  #fullSince = 0;
  /** Monotonic milliseconds. */
  readonly openedAt: number = performance.now();
  #lastWriteAt: number = this.openedAt;

  /** Writes the head at once; what follows goes out as it comes. */
  constructor(response: ServerResponse, headers: readonly string[]) {
    this.#response = response;
    writeStreamHead(response, headers);
    response.flushHeaders();
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** One message (JSON text, so without line breaks). The promise resolves when the client has read enough to go on. */
  send(text: string, eventId?: string): MaybePromise<void> {
    return this.#write(`event: message\n${eventId === undefined ? '' : `id: ${eventId}\n`}data: ${text}\n\n`);
  }

  /** An event without content: its id lets the client come back before anything was said. */
  prime(eventId: string, retryMs: number): void {
    void this.#write(`id: ${eventId}\nretry: ${retryMs}\ndata: \n\n`);
  }

  /** A comment when nothing was written for that long, so that nothing on the way takes the stream for dead. A client that is behind for a minute is disconnected. */
  keepAlive(now: number, afterMs: number): void {
    // What waits to be read is sign enough.
    if (this.#draining) {
      if (now - this.#fullSince > STALL_MS) this.#response.destroy();
    } else if (now - this.#lastWriteAt >= afterMs) void this.#write(': keep-alive\n\n');
  }

  /** Tells the client when to come back, and closes the connection. */
  pause(retryMs: number): void {
    void this.#write(`retry: ${retryMs}\n\n`);
    this.end();
  }

  /** Closes the stream after what was written. */
  end(): void {
    if (!this.isOpen) return;
    cutWhenStalled(this.#response, this.#response.writableLength);
    this.#response.end();
  }

  #write(text: string): MaybePromise<void> {
    if (!this.isOpen) return undefined;
    // What it has not read before this message: a message may itself be larger, and the answer of a call is.
    if (this.#response.writableLength > MAX_BUFFERED_BYTES) {
      this.#response.destroy();
      return undefined;
    }
    this.#lastWriteAt = performance.now();
    if (this.#response.write(text)) return undefined;
    if (!this.#draining) {
      this.#fullSince = this.#lastWriteAt;
      this.#draining = this.#drained();
    }
    return this.#draining;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#response.off('drain', done);
        this.#response.off('close', done);
        this.#draining = undefined;
        resolve();
      };
      this.#response.on('drain', done);
      this.#response.on('close', done);
    });
  }
}
