/** @module doors/mcp/legacy/event-store: what a broken stream may have to say again. */

/** One message of one stream. */
export interface StoredEvent {
  /** `<stream>-<sequence>`, unique within the session. */
  readonly id: string;
  readonly stream: number;
  readonly sequence: number;
  readonly text: string;
}

/** A place in a stream, as a client names it in Last-Event-ID. */
export interface StreamPosition {
  readonly stream: number;
  readonly sequence: number;
}

const EVENT_ID = /^(\d{1,9})-(\d{1,15})$/;

/** The newest events of a session, bounded in number and size: the oldest are forgotten first. */
export class EventStore {
  readonly #maxEvents: number;
  readonly #maxChars: number;
  readonly #onAdd: ((event: Omit<StoredEvent, 'id' | 'text'> & { readonly text: string | null }) => void) | undefined;
  readonly #events: StoredEvent[] = [];
  #chars = 0;
  #sequence = 0;

  /** @param onAdd told of every event, and of the ends of streams (null) */
  constructor(
    maxEvents: number,
    maxChars: number,
    onAdd?: (event: { readonly stream: number; readonly sequence: number; readonly text: string | null }) => void,
  ) {
    this.#onAdd = onAdd;
    this.#maxEvents = maxEvents;
    this.#maxChars = maxChars;
  }

  /** Keeps a message and returns its event id. A single message above the size limit is not kept. */
  add(stream: number, text: string): string {
    const id = this.nextId(stream);
    this.#onAdd?.({ stream, sequence: this.#sequence, text });
    if (text.length > this.#maxChars) return id;
    this.#events.push({ id, stream, sequence: this.#sequence, text });
    this.#chars += text.length;
    while (this.#events.length > this.#maxEvents || this.#chars > this.#maxChars) this.#chars -= this.#events.shift()?.text.length ?? 0;
    return id;
  }

  /** Nothing will be added to the stream any more. */
  finish(stream: number): void {
    this.#sequence += 1;
    this.#onAdd?.({ stream, sequence: this.#sequence, text: null });
  }

  /** An id for an event without content. */
  nextId(stream: number): string {
    this.#sequence += 1;
    return `${stream}-${this.#sequence}`;
  }

  /** The messages of that stream behind the position, oldest first. */
  after({ stream, sequence }: StreamPosition): StoredEvent[] {
    return this.#events.filter((event) => event.stream === stream && event.sequence > sequence);
  }
}

/** Undefined for anything that this server cannot have written. */
export function parseEventId(text: string): StreamPosition | undefined {
  const [, stream, sequence] = EVENT_ID.exec(text) ?? [];
  return stream === undefined ? undefined : { stream: Number(stream), sequence: Number(sequence) };
}
