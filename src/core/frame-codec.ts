/** @module core/frame-codec: messages on a byte stream: four bytes of length, highest first, then as many bytes. */

/** The largest message: 16 MiB. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const HEADER_BYTES = 4;

/** What a decoder tells. */
export interface FrameReceiver {
  onFrame(frame: Buffer): void;
  /** The stream cannot be read on: a length of zero, or above the limit. Nothing is told after it. */
  onBroken(length: number): void;
}

/** The bytes of one message. @throws RangeError when it is empty or above 16 MiB */
export function encodeFrame(message: Uint8Array): Buffer {
  if (message.byteLength === 0 || message.byteLength > MAX_FRAME_BYTES) throw new RangeError('a frame has 1 byte to 16 MiB');
  const frame = Buffer.allocUnsafe(HEADER_BYTES + message.byteLength);
  frame.writeUInt32BE(message.byteLength, 0);
  frame.set(message, HEADER_BYTES);
  return frame;
}

/** Cuts pieces of a stream into messages. Holds at most one message and what came with it; memory grows with what has come, not with what a length promises. */
export class FrameDecoder {
  /** May be raised once more is known about the sender. */
  maxBytes: number;
  readonly #receiver: FrameReceiver;
  #pieces: Buffer[] = [];
  #held = 0;
  #wanted: number | undefined;
  #isBroken = false;

  constructor(receiver: FrameReceiver, maxBytes: number = MAX_FRAME_BYTES) {
    this.#receiver = receiver;
    this.maxBytes = maxBytes;
  }

  /** Whether a message has begun and is not complete. */
  get isInside(): boolean {
    return !this.#isBroken && (this.#held > 0 || this.#wanted !== undefined);
  }

  /** The next piece, as it came. */
  push(piece: Buffer): void {
    if (this.#isBroken || piece.length === 0) return;
    this.#pieces.push(piece);
    this.#held += piece.length;
    while (!this.#isBroken && this.#step());
  }

  #step(): boolean {
    if (this.#wanted === undefined) {
      if (this.#held < HEADER_BYTES) return false;
      const length = this.#take(HEADER_BYTES).readUInt32BE(0);
      if (length === 0 || length > this.maxBytes) {
        this.#isBroken = true;
        this.#pieces = [];
        this.#receiver.onBroken(length);
        return false;
      }
      this.#wanted = length;
    }
    if (this.#held < this.#wanted) return false;
    const frame = this.#take(this.#wanted);
    this.#wanted = undefined;
    this.#receiver.onFrame(frame);
    return true;
  }

  #take(count: number): Buffer {
    const [first] = this.#pieces;
    const whole = this.#pieces.length === 1 && first ? first : Buffer.concat(this.#pieces, this.#held);
    const rest = whole.subarray(count);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#held = rest.length;
    return whole.subarray(0, count);
  }
}
