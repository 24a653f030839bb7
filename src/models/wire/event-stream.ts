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
  /** Events that these bytes complete. @throws AppError PROVIDER_FAILED for an event above the limit, or with a line that ends with CR alone */
  push(bytes: Uint8Array): readonly WireEvent[];
  /** Bytes after the last complete event. */
  readonly rest: Buffer;
}

const MAX_EVENT_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const LONE_RETURN = /\r(?!\n)/;
const EMPTY = Buffer.alloc(0);

/**
 * Works on bytes: an event is decoded only when it is whole, so a character that is split across
 * pieces is never broken. Lines end with LF or CRLF. A CR alone ends a line for clients too: behind one,
 * they would read what is not read here, so that it is refused. A byte-order mark is no part of the first line.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createEventSplitter(): EventSplitter {
  let rest: Buffer = EMPTY;
  /** Where the search goes on: bytes before it hold no end of an event. */
  let searchedTo = 0;
  let isFirst = true;

  return {
    get rest() {
      return rest;
    },
    push(bytes) {
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const events: WireEvent[] = [];
      let start = 0;
      for (let end = eventEnd(all, searchedTo); end > 0; end = eventEnd(all, start)) {
        const text = all.toString('utf8', start, end);
        events.push({ raw: all.subarray(start, end), data: dataOf(isFirst ? text.replace(/^\ufeff/, '') : text) });
        isFirst = false;
        start = end;
      }
      rest = start === 0 ? all : all.subarray(start);
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

/** @throws AppError PROVIDER_FAILED */
function dataOf(event: string): string {
  if (event.includes('\r') && LONE_RETURN.test(event)) throw new AppError('PROVIDER_FAILED', { message: 'A line of the stream ends with CR alone.' });
  let data: string | undefined;
  for (let at = 0, end = event.indexOf('\n'); end >= 0; at = end + 1, end = event.indexOf('\n', at)) {
    if (!event.startsWith('data:', at)) continue;
    const line = event.slice(at + (event[at + 5] === ' ' ? 6 : 5), event[end - 1] === '\r' ? end - 1 : end);
    data = data === undefined ? line : `${data}\n${line}`;
  }
  return data ?? '';
}

/** The pieces in one. Those that lie side by side in memory, as the events of one read do, are not copied. */
export function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first === undefined) return EMPTY;
  let end = first.byteOffset;
  for (const { buffer, byteOffset, byteLength } of pieces) {
    if (buffer !== first.buffer || byteOffset !== end) return Buffer.concat(pieces);
    end += byteLength;
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
}
