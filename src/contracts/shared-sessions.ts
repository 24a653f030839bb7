/** @module contracts/shared-sessions: sessions of the legacy protocol revisions, where several nodes find them. */
import type { JsonObject } from '../core/json.ts';

/** What a session is on whichever node: it belongs to one principal and one virtual server. */
export interface SharedSession {
  readonly id: string;
  readonly contextId: string;
  readonly principalId: string;
  readonly profile: string | null;
  readonly revision: string;
  readonly capabilities: JsonObject;
  readonly clientInfo: JsonObject;
  readonly watched: readonly string[];
  readonly logRank: number;
  readonly isReady: boolean;
}

/** One event of one stream; null = the stream is over, or begins where it names a request. */
export interface SharedEvent {
  readonly stream: number;
  readonly sequence: number;
  readonly text: string | null;
  /** With the beginning of a stream: the request that it answers. */
  readonly requestId?: string | number | undefined;
}

/** What nodes tell each other of a session. */
export type SessionNotice =
  /** A message of the client that another node may be waiting for. */
  | { readonly type: 'message'; readonly id: string; readonly message: JsonObject }
  | { readonly type: 'state'; readonly id: string; readonly session: SharedSession }
  | { readonly type: 'events'; readonly id: string; readonly stream: number }
  | { readonly type: 'ended'; readonly id: string };

/** How much is kept of one session. */
export interface EventBounds {
  readonly maxEvents: number;
  readonly maxEventChars: number;
  readonly ttlMs: number;
}

/**
 * The place where nodes leave sessions. What no node has sealed there is not there. Every operation @throws AppError STORAGE_UNAVAILABLE
 */
export interface SharedSessions {
  /** Writes the session, in place of what is there; it ends when nobody extends it. */
  save(session: SharedSession, ttlMs: number): Promise<void>;
  /** The session, and a number (from 1) that no other holder of it has; undefined = there is none. */
  join(id: string): Promise<{ readonly session: SharedSession; readonly holder: number } | undefined>;
  extend(id: string, ttlMs: number): Promise<void>;
  /** Ends it for all nodes, and tells them. */
  delete(id: string): Promise<void>;
  /** Keeps an event, within the bounds, and tells the others. */
  keep(id: string, event: SharedEvent, bounds: EventBounds): Promise<void>;
  /** What is kept of the stream behind the sequence, oldest first. */
  after(id: string, stream: number, sequence: number): Promise<readonly SharedEvent[]>;
  /** Whether the node that holds the session under that number (0 = the one that made it) is alive. */
  isHeld(id: string, holder: number): Promise<boolean>;
  tell(notice: SessionNotice): Promise<void>;
  /** Hears what other nodes tell, from now on. */
  listen(hear: (notice: SessionNotice) => void): Promise<void>;
  close(): void;
}
