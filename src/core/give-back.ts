/** @module core/give-back: memory of buffers outside of the heap. */

/**
 * Gives the memory of a piece back at once, where nobody else has a part of it; the piece is empty afterwards. Each piece of
 * a stream is a buffer of its own outside of the heap, and the collector comes to them only when many have piled up.
 *
 * @param piece as a stream gave it; nothing may hold it, or a part of it, any more
 */
export function giveBack({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}
