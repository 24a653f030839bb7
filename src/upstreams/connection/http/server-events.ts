/** @module upstreams/connection/http/server-events: a stream of server-sent events as messages. */
import { AppError } from '../../../core/errors.ts';
import { LineSplitter } from '../../../core/lines.ts';

/** One event. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** What a stream says beside its events. @see MCP 2025-11-25, basic/transports, "Resumability and Redelivery" */
export interface StreamState {
  /** Where to go on after a break; undefined = the server keeps nothing. */
  lastEventId: string | undefined;
  /** Milliseconds that the server wants before a new connection. */
  retryMs: number | undefined;
}

/**
 * Reads to the end of the body.
 *
 * @throws AppError RESPONSE_TOO_LARGE for an event above the limit; whatever the body throws
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export async function readEvents(body: AsyncIterable<Uint8Array>, maxBytes: number, state: StreamState, onEvent: (event: ServerEvent) => void): Promise<void> {
  let name = 'message';
  let data: string[] = [];
  let size = 0;
  const flush = (): void => {
    if (data.length > 0) onEvent({ name, data: data.join('\n') });
    name = 'message';
    data = [];
    size = 0;
  };
  const tooLarge = (): never => {
    throw new AppError('RESPONSE_TOO_LARGE', { message: `The upstream sent a message of more than ${maxBytes} bytes.` });
  };
  const onLine = (text: string): void => {
    const colon = text.indexOf(':');
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      size += value.length;
      if (size > maxBytes) tooLarge();
      data.push(value);
    } else if (field === 'event') name = value;
    else if (field === 'id' && !value.includes('\0')) state.lastEventId = value;
    else if (field === 'retry' && /^\d{1,8}$/.test(value)) state.retryMs = Number(value);
  };
  const lines = new LineSplitter(maxBytes + 16, { onLine: (line) => onLine(line.toString('utf8')), onTooLong: tooLarge, onEmpty: flush });
  for await (const piece of body) lines.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
}
