/** @module doors/mcp/peer: who sent a request, and where the messages that belong to it go. */
import type { Asker } from '../../contracts/ask.ts';
import type { Admission } from '../../contracts/call.ts';
import type { ClientContext } from '../../contracts/principal.ts';
import type { JsonObject, MaybePromise } from '../../core/json.ts';
import type { Scope } from '../../core/scope.ts';
import type { Revision } from './revisions.ts';

/** What a handshake established and later requests rely on. Legacy revisions only. */
export interface Conversation {
  /** Rank of the lowest log level the client wants. */
  logRank: number;
  /** URIs whose updates the client asked for, each with the way to ask for no more. */
  readonly watched: Map<string, () => void>;
}

/** The sender of one request, after it was let in. */
export interface Peer {
  readonly admission: Admission;
  readonly client: ClientContext;
  readonly revision: Revision;
  readonly isModern: boolean;
  /** As the client declared them: with this request, or in its handshake. */
  readonly capabilities: JsonObject;
  readonly logRank: number;
  /** Absent for modern requests and for legacy ones without a session. */
  readonly conversation?: Conversation | undefined;
}

/** The way back for one request. */
export interface Outlet {
  /** Cancelled when nobody waits for the answer any more. */
  readonly scope: Scope;
  /** Whether `send` reaches the client. */
  readonly canStream: boolean;
  /** Sends a message ahead of the answer; a promise is backpressure. Does nothing when the client is gone. */
  send(text: string): MaybePromise<void>;
  /** How a legacy client is asked over this way; undefined = it cannot be. */
  readonly asker?: Asker | undefined;
}
