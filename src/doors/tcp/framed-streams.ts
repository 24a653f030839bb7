/** @module doors/tcp/framed-streams: frames of a socket as lines of JSON, and lines as frames. */
import { Transform } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import { encodeFrame, MAX_FRAME_BYTES } from '../../core/frame-codec.ts';
import { isObject } from '../../core/json.ts';
import { errorText } from '../mcp/errors.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** One line of JSON from a frame. Line breaks between its parts become spaces; within texts JSON has none. */
export function lineOf(frame: Buffer): Buffer {
  const line = Buffer.allocUnsafe(frame.length + 1);
  frame.copy(line);
  for (const byte of [NEWLINE, CARRIAGE_RETURN]) {
    for (let at = line.indexOf(byte); at >= 0 && at < frame.length; at = line.indexOf(byte, at + 1)) line[at] = SPACE;
  }
  line[frame.length] = NEWLINE;
  return line;
}

/** Takes lines of the door, gives frames. An answer that fits no frame becomes an error with its id. */
export function createFramer(): Transform {
  let pieces: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const line = Buffer.concat([...pieces, chunk.subarray(from, at)]);
        pieces = [];
        from = at + 1;
        if (line.length > 0) this.push(frameOf(line));
      }
      if (from < chunk.length) pieces.push(chunk.subarray(from));
      done();
    },
  });
}

function frameOf(line: Buffer): Buffer {
  if (line.length <= MAX_FRAME_BYTES) return encodeFrame(line);
  const message: unknown = JSON.parse(line.toString('utf8'));
  const id = isObject(message) && (typeof message['id'] === 'string' || typeof message['id'] === 'number') ? message['id'] : null;
  return encodeFrame(Buffer.from(errorText(new AppError('RESPONSE_TOO_LARGE'), { id, correlationId: '-', isModern: true })));
}
