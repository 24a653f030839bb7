/** @module core/read-bytes: bodies that come in pieces, as one. */

/** All of it; a body of one piece is not copied. Bounds are whoever's who opened it. */
export async function readWhole(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return await readUpTo(body, Infinity);
}

/** Its beginning: stops with the piece that passes the limit, so that the result tells whether there was more. */
export async function readUpTo(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.byteLength;
    if (size > maxBytes) break;
  }
  const [only] = pieces;
  return pieces.length === 1 && only ? Buffer.from(only.buffer, only.byteOffset, only.byteLength) : Buffer.concat(pieces);
}
