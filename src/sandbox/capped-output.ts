/** @module sandbox/capped-output: what a program writes, up to a bound, as text that is well-formed at every moment. */
import { StringDecoder } from 'node:string_decoder';

/** Keeps the first bytes of a stream, and counts the rest. */
export class CappedOutput {
  readonly #maxBytes: number;
  readonly #onText: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  #kept = 0;
  /** All bytes that came, kept or not. */
  total = 0;

  constructor(maxBytes: number, onText: (text: string) => void) {
    this.#maxBytes = maxBytes;
    this.#onText = onText;
  }

  push(piece: Buffer): void {
    this.total += piece.length;
    const room = this.#maxBytes - this.#kept;
    if (room <= 0) return;
    const taken = piece.subarray(0, room);
    this.#kept += taken.length;
    this.#add(this.#decoder.write(taken));
  }

  /** The text so far; a character that was cut in two is a replacement character. */
  end(): string {
    this.#add(this.#decoder.end());
    return this.#text;
  }

  get isCut(): boolean {
    return this.total > this.#kept;
  }

  #add(text: string): void {
    if (text === '') return;
    this.#text += text;
    this.#onText(text);
  }
}
