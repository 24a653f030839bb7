/** @module doors/mcp/body: request bodies, within a size and a time. */
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors.ts';
import type { Pulse, Ticking } from './pulse.ts';

/** Bounds of one body. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Given exactly one of the two. */
export type BodyReceiver = (error: AppError | undefined, bytes: Buffer) => void;

const EMPTY = Buffer.alloc(0);

/**
 * Reads the whole body and hands it over once. A body that comes in one piece is not copied, and not
 * waited for longer than its Content-Length says; never more than `maxBytes` are held.
 *
 * The receiver gets BODY_TOO_LARGE, REQUEST_TIMEOUT, or CANCELLED when the client went away first.
 */
export function readBody(request: IncomingMessage, { maxBytes, timeoutMs }: BodyLimits, pulse: Pulse, receive: BodyReceiver): void {
  const declared = request.headers['content-length'];
  const expected = declared === undefined ? -1 : Number(declared);
  const since = performance.now();
  const pieces: Buffer[] = [];
  let size = 0;
  let isOver = false;

  const finish = (error?: AppError): void => {
    if (isOver) return;
    isOver = true;
    pulse.delete(waiting);
    receive(error, error ? EMPTY : join(pieces, size));
  };
  const waiting: Ticking = {
    place: -1,
    tick: (now) => {
      if (now - since > timeoutMs) finish(new AppError('REQUEST_TIMEOUT'));
    },
  };

  pulse.add(waiting);
  request.on('data', (piece: Buffer) => {
    if (isOver) return;
    size += piece.length;
    if (size > maxBytes) {
      finish(new AppError('BODY_TOO_LARGE'));
      return;
    }
    pieces.push(piece);
    if (size === expected) finish();
  });
  request.on('end', () => finish());
  request.on('close', () => {
    if (!isOver) finish(new AppError('CANCELLED'));
  });
}

function join(pieces: readonly Buffer[], size: number): Buffer {
  const [only] = pieces;
  if (only === undefined) return EMPTY;
  return pieces.length === 1 ? only : Buffer.concat(pieces, size);
}
