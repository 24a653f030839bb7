import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameDecoder, MAX_FRAME_BYTES } from '../../../src/core/frame-codec.ts';

const decode = (pieces: readonly Buffer[], maxBytes?: number): { readonly frames: Buffer[]; readonly broken: number[]; readonly decoder: FrameDecoder } => {
  const [frames, broken]: [Buffer[], number[]] = [[], []];
  const decoder = new FrameDecoder({ onFrame: (frame) => void frames.push(Buffer.from(frame)), onBroken: (length) => void broken.push(length) }, maxBytes);
  for (const piece of pieces) decoder.push(piece);
  return { frames, broken, decoder };
};

describe('frames (D5.a)', () => {
  it('come back as they were, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map((message) => encodeFrame(message)));
          const pieces: Buffer[] = [];
          for (let at = 0, index = 0; at < stream.length; index += 1) {
            const size = cuts[index % cuts.length] ?? 1;
            pieces.push(stream.subarray(at, at + size));
            at += size;
          }
          const { frames, broken, decoder } = decode(pieces);
          expect(frames.map((frame) => [...frame])).toEqual(messages.map((message) => [...message]));
          expect([broken, decoder.isInside]).toEqual([[], false]);
        },
      ),
    );
  });

  it('any bytes are frames, a broken stream or the beginning of one: never an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (pieces) => {
        const { broken } = decode(pieces.map((piece) => Buffer.from(piece)));
        expect(broken.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('of no length, or above the limit, end the stream before anything of them is held', () => {
    expect(decode([Buffer.from([0, 0, 0, 0, 1])]).broken).toEqual([0]);
    expect(decode([Buffer.from('GET / HTTP/1.1\r\n\r\n')]).broken).toEqual([0x47455420]);
    const { frames, broken, decoder } = decode([Buffer.from([0, 0, 0, 11]), encodeFrame(Buffer.from('later'))], 10);
    expect([frames, broken, decoder.isInside]).toEqual([[], [11], false]);
  });

  it('have at most 16 MiB', () => {
    expect(MAX_FRAME_BYTES).toBe(16_777_216);
    expect(() => encodeFrame(Buffer.alloc(MAX_FRAME_BYTES + 1))).toThrow(RangeError);
    expect(() => encodeFrame(Buffer.alloc(0))).toThrow(RangeError);
    expect(decode([Buffer.from([1, 0, 0, 0])]).broken).toEqual([]);
    expect(decode([Buffer.from([1, 0, 0, 1])]).broken).toEqual([MAX_FRAME_BYTES + 1]);
  });
});
