/**
 * @module models/providers/bedrock/event-frames: cuts `application/vnd.amazon.eventstream` into messages.
 * A message: length of the whole and of its headers, checksum of these, headers, payload, checksum of all.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { crc32 } from 'node:zlib';
import { AppError } from '../../../core/errors.ts';

/** One message. */
export interface EventMessage {
  /** Headers that are texts; those of other types do not matter to anybody here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

/** A stream that is being cut. */
export interface FrameSplitter {
  /** Messages that these bytes complete. @throws AppError PROVIDER_FAILED for a checksum that is wrong or a message that is none */
  push(bytes: Uint8Array): readonly EventMessage[];
}

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024 + 131_072;
const MAX_HEADERS_BYTES = 131_072;
/** Bytes of a header's value by its type; those that are not listed tell their length themselves. */
const VALUE_BYTES: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const TEXT_TYPE = 7;

/** Cuts wherever the pieces of the network end. */
export function createFrameSplitter(): FrameSplitter {
  let pieces: Buffer[] = [];
  let size = 0;
  /** Bytes that the message under way has; known once its prelude is there. */
  let wanted = PRELUDE_BYTES;

  return {
    push(bytes) {
      pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      size += bytes.byteLength;
      // A large message comes in many pieces: they are joined once, not at each.
      if (size < wanted) return [];
      let rest = Buffer.concat(pieces);
      const messages: EventMessage[] = [];
      for (;;) {
        wanted = rest.length < PRELUDE_BYTES ? PRELUDE_BYTES : lengthOf(rest);
        if (rest.length < wanted || rest.length < PRELUDE_BYTES) break;
        messages.push(readMessage(rest.subarray(0, wanted)));
        rest = rest.subarray(wanted);
      }
      pieces = [rest];
      size = rest.length;
      return messages;
    },
  };
}

function lengthOf(message: Buffer): number {
  const length = message.readUInt32BE(0);
  const headers = message.readUInt32BE(4);
  if (crc32(message.subarray(0, 8)) !== message.readUInt32BE(8)) throw broken('The checksum of a message is wrong.');
  if (length > MAX_MESSAGE_BYTES || headers > MAX_HEADERS_BYTES || headers + PRELUDE_BYTES + CHECKSUM_BYTES > length)
    throw broken('A message has an impossible length.');
  return length;
}

function readMessage(message: Buffer): EventMessage {
  const end = message.length - CHECKSUM_BYTES;
  if (crc32(message.subarray(0, end)) !== message.readUInt32BE(end)) throw broken('The checksum of a message is wrong.');
  const payloadAt = PRELUDE_BYTES + message.readUInt32BE(4);
  return { headers: readHeaders(message.subarray(PRELUDE_BYTES, payloadAt)), payload: message.subarray(payloadAt, end) };
}

function readHeaders(bytes: Buffer): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  let at = 0;
  const take = (count: number): Buffer => {
    const taken = bytes.subarray(at, at + count);
    if (taken.length < count) throw broken('A header of a message is cut off.');
    at += count;
    return taken;
  };
  while (at < bytes.length) {
    const name = take(take(1).readUInt8()).toString('utf8');
    const type = take(1).readUInt8();
    if (type >= VALUE_BYTES.length) throw broken('A header of a message has a type that nobody knows.');
    const value = take(VALUE_BYTES[type] ?? take(2).readUInt16BE());
    if (type === TEXT_TYPE) headers.set(name, value.toString('utf8'));
  }
  return Object.fromEntries(headers);
}

function broken(message: string): AppError {
  return new AppError('PROVIDER_FAILED', { message });
}
