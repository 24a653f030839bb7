/** @module doors/mcp/stdio-streams: a pair of byte streams with one client behind it. */
import type { Readable, Writable } from 'node:stream';
import type { Credential } from '../../contracts/principal.ts';

/** The streams of one client. They are used, not owned: whoever opened them closes them. */
export interface StdioStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** Default: the operating system vouches for the client. */
  readonly credential?: Credential;
  /** Default `stdio`. */
  readonly source?: string;
  /** Name of the door, for records. Default `mcp-stdio`. */
  readonly door?: string | undefined;
  /** Bytes of one message; default as the options say. */
  readonly maxLineBytes?: number | undefined;
  /** Absolute path of the client's project folder. */
  readonly workspaceRoot?: string | undefined;
  /** Virtual server the client speaks to; absent = the whole catalogue. */
  readonly profile?: string | undefined;
}

/** A client being served. */
export interface StdioConnection {
  /** Resolves when the input has ended, running calls had their time, and what they wrote was taken, or not in time. */
  readonly closed: Promise<void>;
  /** Takes no further message; the same end as that of the input. */
  close(): void;
}
