/** @module doors/mcp/legacy/session: what is remembered of one handshake over HTTP. */
import type { ChangeHub } from '../change-hub.ts';
import type { SessionLimits } from '../core.ts';
import type { SharedEvent } from '../../../contracts/shared-sessions.ts';
import { InFlight } from '../in-flight.ts';
import type { RequestId } from '../message.ts';
import { PRIMING_SINCE } from '../revisions.ts';
import { LegacyConversation } from './conversation.ts';
import { EventStore, type StreamPosition } from './event-store.ts';
import type { Handshake } from './handshake.ts';
import { SessionStream } from './session-stream.ts';

/** Key of the stream that answers no request. */
const STANDALONE = 0;
/** Numbers of streams, and of questions, that each holder of a session has for itself. */
export const HOLDER_SPAN = 1_000_000;
/** Finished streams that can still be asked for their end. */
const MAX_FINISHED = 32;

/** Who a session belongs to, and how it is called. */
export interface SessionIdentity {
  readonly id: string;
  /** Id of its client context: the session id itself is a secret. */
  readonly contextId: string;
  readonly principalId: string;
  /** Virtual server it was made with. */
  readonly profile: string | undefined;
  /** Which of the nodes that hold it this one is; absent = the one that made it. */
  readonly holder?: number | undefined;
}

/** One session. Everything in it belongs to one principal. */
export class Session extends LegacyConversation implements SessionIdentity {
  readonly id: string;
  readonly contextId: string;
  readonly principalId: string;
  readonly profile: string | undefined;
  readonly inFlight = new InFlight();
  readonly standalone: SessionStream;
  readonly holder: number;
  /** Told of what streams keep and of their ends (null), where other nodes shall know. */
  onEvent: ((event: SharedEvent) => void) | undefined;
  /** Monotonic milliseconds of the last request. */
  usedAt: number = performance.now();
  readonly #events: EventStore;
  readonly #streams = new Map<number, SessionStream>();
  #nextStream: number;
  #stopListening: (() => void) | undefined;

  constructor({ id, contextId, principalId, profile, holder = 0 }: SessionIdentity, handshake: Handshake, { maxEvents, maxEventChars }: SessionLimits) {
    super(handshake, holder * HOLDER_SPAN + 1);
    this.holder = holder;
    this.id = id;
    this.contextId = contextId;
    this.principalId = principalId;
    this.profile = profile;
    this.#events = new EventStore(maxEvents, maxEventChars, (event) => this.onEvent?.(event));
    const first = holder * HOLDER_SPAN + STANDALONE;
    this.standalone = new SessionStream(first, this.#events);
    this.#streams.set(first, this.standalone);
    this.#nextStream = first + 1;
  }

  /** Whether its client is waiting for something. */
  get isBusy(): boolean {
    return this.inFlight.size > 0 || this.standalone.isConnected;
  }

  /** Whether a stream may begin with an event without content. */
  get canPrime(): boolean {
    return this.revision >= PRIMING_SINCE;
  }

  /** A stream for the messages of one request. */
  openStream(requestId: RequestId): SessionStream {
    this.onEvent?.({ stream: this.#nextStream, sequence: 0, text: null, requestId });
    const stream = new SessionStream(this.#nextStream, this.#events);
    this.#nextStream += 1;
    this.#streams.set(stream.key, stream);
    this.#forgetFinished();
    return stream;
  }

  /** The stream of a position that the client remembers; undefined when it is forgotten here. */
  streamAt({ stream }: StreamPosition): SessionStream | undefined {
    return this.#streams.get(stream);
  }

  /** Changes are told on the standalone stream if the client cares. Once in its life. */
  listen(changes: ChangeHub): void {
    this.#stopListening = changes.listen((event) => {
      const text = this.changeText(event);
      if (text !== undefined) void this.standalone.send(text);
    });
  }

  /** Ends every call and stream of it. */
  close(): void {
    this.#stopListening?.();
    this.inFlight.cancelAll('The session has ended.');
    this.endWatches();
    for (const stream of this.#streams.values()) stream.finish();
    this.#streams.clear();
  }

  #forgetFinished(): void {
    const finished = [...this.#streams.values()].filter(({ isOver }) => isOver);
    for (const { key } of finished.slice(0, Math.max(0, finished.length - MAX_FINISHED))) this.#streams.delete(key);
  }
}
