/** @module upstreams/connection/wire: how messages get to an upstream; answers come back to the conversation. */
import type { UpstreamListener } from '../../contracts/upstream.ts';
import type { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { OwnId } from './protocol.ts';

/** A request that waits for its answer. */
export interface Waiting {
  readonly id: OwnId;
  readonly method: string;
  readonly params: JsonObject;
  readonly listener: UpstreamListener | undefined;
  /** Questions the upstream has asked about it so far. */
  questions: number;
  /** Parts that its client has not taken yet. */
  unsentParts: number;
  /** Told when nobody waits any more, whatever the reason. */
  onSettled: (() => void) | undefined;
}

/** One way to an upstream. Nothing here throws: failures go to the conversation. */
export interface Wire {
  /** @param text the whole message */
  send(waiting: Waiting, text: string): void;
  /** A notification or an answer of ours. Best effort. */
  tell(text: string): void;
  /** Nobody waits for the answer any more. */
  abandon(waiting: Waiting, reason: AppError): void;
  close(): Promise<void>;
}

/** What an HTTP connection knows beyond a pipe: which request a message belongs to. */
export interface Inbox {
  /** @param from the request on whose stream it came; absent = one stream for everything @returns whether it was a message of the protocol */
  receive(value: unknown, from?: Waiting): boolean;
  /** This request alone has failed. */
  fail(waiting: Waiting, failure: AppError): void;
  /** Everything that waits has failed, and so will everything that comes: what waits was sent, whatever the failure says of what comes. */
  end(failure: AppError): void;
  /** The session is over: everything that comes fails; what was sent waits for its own end. */
  retire(failure: AppError): void;
}
