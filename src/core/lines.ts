/** @module core/lines: a byte stream as lines, within a size. */

/** Told of lines. */
export interface LineReceiver {
  /** One line without its line break; never empty. */
  onLine(line: Buffer): void;
  /** A line grew beyond the limit; the rest of it will be skipped. @param head its first bytes, at most 256 */
  onTooLong(head: Buffer): void;
  /** The line that was too long has ended. @param tail its last bytes, at most 256 */
  onSkipped?(tail: Buffer): void;
  /** A line without anything in it. */
  onEmpty?(): void;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Of each end of a line that was too long. */
const END_BYTES = 256;
const NOTHING = Buffer.alloc(0);

/** Cuts pieces of a stream at line feeds; a carriage return before one is dropped. Holds at most one line. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #receiver: LineReceiver;
  #pieces: Buffer[] = [];
  #size = 0;
  #isSkipping = false;
  #tail: Buffer = NOTHING;

  constructor(maxBytes: number, receiver: LineReceiver) {
    this.#maxBytes = maxBytes;
    this.#receiver = receiver;
  }

  /** Whether what comes next belongs to a line that was too long: nothing of the last piece is kept. */
  get isSkipping(): boolean {
    return this.#isSkipping;
  }

  /** The next piece, as it came. */
  push(piece: Buffer): void {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      this.#keep(piece.subarray(start, end));
      this.#flush();
      start = end + 1;
    }
    if (start < piece.length) this.#keep(piece.subarray(start));
  }

  /** The stream has ended: what is there counts as a line. */
  end(): void {
    if (this.#size > 0) this.#flush();
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#isSkipping) {
      this.#keepTail(piece);
      return;
    }
    this.#size += piece.length;
    if (this.#size <= this.#maxBytes) {
      this.#pieces.push(piece);
      return;
    }
    const head = headOf([...this.#pieces, piece]);
    this.#pieces = [];
    this.#isSkipping = true;
    this.#keepTail(piece);
    this.#receiver.onTooLong(head);
  }

  /** A copy: the piece itself is not held. */
  #keepTail(piece: Buffer): void {
    const before = piece.length < END_BYTES ? this.#tail.subarray(piece.length - END_BYTES) : NOTHING;
    this.#tail = Buffer.concat([before, piece.subarray(-END_BYTES)]);
  }

  #flush(): void {
    const [only] = this.#pieces;
    const whole = this.#pieces.length > 1 ? Buffer.concat(this.#pieces, this.#size) : only;
    this.#pieces = [];
    this.#size = 0;
    const [wasSkipping, tail] = [this.#isSkipping, this.#tail];
    this.#isSkipping = false;
    this.#tail = NOTHING;
    if (wasSkipping) this.#receiver.onSkipped?.(tail);
    const line = whole?.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    if (line && line.length > 0) this.#receiver.onLine(line);
    else if (!wasSkipping) this.#receiver.onEmpty?.();
  }
}

/** A copy. */
function headOf(pieces: readonly Buffer[]): Buffer {
  const ends: Buffer[] = [];
  let size = 0;
  for (const piece of pieces) {
    if (size >= END_BYTES) break;
    ends.push(piece.subarray(0, END_BYTES - size));
    size += piece.length;
  }
  return Buffer.concat(ends);
}
