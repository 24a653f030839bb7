/** @module doors/mcp/legacy/remote-stream: the rest of a stream that another node fills. */
import type { SharedSessions } from '../../../contracts/shared-sessions.ts';
import { AppError } from '../../../core/errors.ts';
import { errorText } from '../errors.ts';
import type { Readmission } from '../readmission.ts';
import type { SseStream } from '../streams.ts';
import type { StreamPosition } from './event-store.ts';
import { HOLDER_SPAN } from './session.ts';

/** Whatever is heard, what is kept is looked at this often. */
const LOOK_MS = 1_000;
const KEEP_ALIVE_MS = 15_000;

interface Reader {
  readonly id: string;
  readonly position: { readonly stream: number; sequence: number };
  readonly connection: SseStream;
  readonly correlationId: string;
  readonly readmission: Readmission;
  isLooking: boolean;
  isAskedAgain: boolean;
}

/** What a client came back for. */
export interface RemoteReading {
  /** Of the session, which is the caller's. */
  readonly id: string;
  readonly position: StreamPosition;
  readonly connection: SseStream;
  readonly correlationId: string;
  readonly readmission: Readmission;
}

/** Connections of clients that came here for a stream of another node. */
export class RemoteStreams {
  readonly #shared: SharedSessions;
  readonly #readers = new Set<Reader>();
  #timer: NodeJS.Timeout | undefined;

  constructor(shared: SharedSessions) {
    this.#shared = shared;
  }

  /** Sends what is kept behind the position, then what comes, until the stream is over. */
  connect({ id, position, connection, correlationId, readmission }: RemoteReading): void {
    const reader: Reader = { id, position: { ...position }, connection, correlationId, readmission, isLooking: false, isAskedAgain: false };
    this.#readers.add(reader);
    this.#timer ??= setInterval(() => {
      const now = performance.now();
      for (const each of this.#readers) {
        each.connection.keepAlive(now, KEEP_ALIVE_MS);
        each.readmission.check(now, () => this.#end(each));
        void this.#look(each);
      }
    }, LOOK_MS).unref();
    void this.#look(reader);
  }

  /** Something was kept. */
  hear(id: string, stream: number): void {
    for (const reader of this.#readers) if (reader.id === id && reader.position.stream === stream) void this.#look(reader);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const reader of this.#readers) this.#end(reader);
  }

  async #look(reader: Reader): Promise<void> {
    reader.isAskedAgain = reader.isLooking;
    if (reader.isLooking) return;
    reader.isLooking = true;
    try {
      await this.#send(reader);
    } catch {
      // Looked at again in a second.
    }
    reader.isLooking = false;
    if (reader.isAskedAgain && this.#readers.has(reader)) void this.#look(reader);
  }

  async #send(reader: Reader): Promise<void> {
    const { id, position, connection, correlationId } = reader;
    if (!connection.isOpen) return this.#end(reader);
    const events = await this.#shared.after(id, position.stream, position.sequence);
    for (const { stream, sequence, text } of events) {
      if (sequence === 0) continue;
      position.sequence = sequence;
      if (text === null) return this.#end(reader);
      await connection.send(text, `${stream}-${sequence}`);
    }
    if (events.length > 0 || (await this.#shared.isHeld(id, Math.floor(position.stream / HOLDER_SPAN)))) return undefined;
    // Its beginning says which request it was, unless so much was said since that it is no longer kept.
    const [begun] = await this.#shared.after(id, position.stream, -1);
    const requestId = begun?.sequence === 0 ? (begun.requestId ?? null) : null;
    const error = new AppError('SESSION_UNKNOWN', {
      message: 'The node that worked on this request is gone, and its answer with it.',
      fix: 'Send the request again.',
    });
    void connection.send(errorText(error, { id: requestId, correlationId, isModern: false }));
    this.#end(reader);
    return undefined;
  }

  #end(reader: Reader): void {
    this.#readers.delete(reader);
    reader.connection.end();
    if (this.#readers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
