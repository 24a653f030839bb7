/** @module models/wire/event-stream: cuts a stream of server-sent events into events, bytes kept. */
import { AppError } from '../../core/errors.ts';

/** One event: what was sent, and what it says. */
export interface WireEvent {
  /** From its first byte to the empty line that ends it. */
  readonly raw: Buffer;
  /** Its `data` lines joined; empty for comments. */
  readonly data: string;
}

/** A stream that is being cut. */
export interface EventSplitter {
  /** Events that these bytes complete. @throws AppError PROVIDER_FAILED for an event above the limit */
  push(bytes: Uint8Array): readonly WireEvent[];
  /** Bytes after the last complete event. */
  readonly rest: Buffer;
}

const MAX_EVENT_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Works on bytes: an event is decoded only when it is whole, so a character that is split across
 * pieces is never broken. Lines end with LF or CRLF.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createEventSplitter(): EventSplitter {
  let rest: Buffer = Buffer.alloc(0);
  /** Where the search goes on: bytes before it hold no end of an event. */
  let searchedTo = 0;

  return {
    get rest() {
      return rest;
    },
    push(bytes) {
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const events: WireEvent[] = [];
      for (let end = eventEnd(rest, searchedTo); end > 0; end = eventEnd(rest, 0)) {
        const raw = rest.subarray(0, end);
        events.push({ raw, data: dataOf(raw) });
        rest = rest.subarray(end);
      }
      if (rest.length > MAX_EVENT_BYTES) throw new AppError('PROVIDER_FAILED', { message: 'An event of the stream is too large.' });
      searchedTo = Math.max(0, rest.length - 3);
      return events;
    },
  };
}

/** Index behind the first empty line at or after `from`; 0 when there is none yet. */
function eventEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    if (bytes[at + 1] === NEWLINE) return at + 2;
    if (bytes[at + 1] === RETURN && bytes[at + 2] === NEWLINE) return at + 3;
  }
  return 0;
}

function dataOf(raw: Buffer): string {
  const lines = raw.toString('utf8').split(/\r?\n/);
  return lines
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
    .join('\n');
}
