/**
 * @module doors/mcp/legacy/session-stream: a stream that outlives its connection: a client that comes
 * back with the last event it saw gets the rest.
 *
 * @see MCP 2025-11-25, basic/transports, "Resumability and Redelivery"
 */
import type { MaybePromise } from '../../../core/json.ts';
import type { SseStream } from '../streams.ts';
import type { EventStore } from './event-store.ts';

/** One logical stream of a session. */
export class SessionStream {
  readonly key: number;
  readonly #events: EventStore;
  #connection: SseStream | undefined;
  #isOver = false;

  constructor(key: number, events: EventStore) {
    this.key = key;
    this.#events = events;
  }

  /** Everything was said. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen === true;
  }

  /** Sends the message; without a connection it is kept for the client that comes back. */
  send(text: string): MaybePromise<void> {
    const id = this.#events.add(this.key, text);
    return this.#connection?.send(text, id);
  }

  /** The last message, if there is one; the connection ends behind it. */
  finish(text?: string): void {
    if (text !== undefined) void this.send(text);
    if (!this.#isOver) this.#events.finish(this.key);
    this.#isOver = true;
    this.disconnect();
  }

  /** Continues over this connection, after what was missed; an earlier connection is closed. */
  connect(connection: SseStream, lastSequence?: number): void {
    this.#connection?.end();
    if (lastSequence !== undefined) {
      for (const { id, text } of this.#events.after({ stream: this.key, sequence: lastSequence })) void connection.send(text, id);
    }
    if (this.#isOver) connection.end();
    else this.#connection = connection;
  }

  /** An event without content, so that the client can come back before anything was said. */
  prime(retryMs: number): void {
    this.#connection?.prime(this.#events.nextId(this.key), retryMs);
  }

  /** The client has left that connection, which may no longer be the one in use. */
  release(connection: SseStream): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  /** Closes the connection; with `retryMs` the client is told when to come back. */
  disconnect(retryMs?: number): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (retryMs === undefined) connection?.end();
    else connection?.pause(retryMs);
  }
}
