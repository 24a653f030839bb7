/** The binary event stream of AWS, wherever the network cuts it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelDialect } from '../../../../src/contracts/model.ts';
import { readerOf } from '../../../../src/models/dialects/dialects.ts';
import { createFrameSplitter } from '../../../../src/models/providers/bedrock/event-frames.ts';
import { toServerSentEvents } from '../../../../src/models/providers/bedrock/event-stream.ts';
import { createEventSplitter } from '../../../../src/models/wire/event-stream.ts';
import { chunkFrame, CONVERSE_FRAMES, CONVERSE_STREAM, eventFrame, exceptionFrame, frame } from '../../../helpers/vendors/bedrock.ts';

const STREAM = { 'content-type': 'application/vnd.amazon.eventstream' };

async function* bodyOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

async function reframe(pieces: readonly Uint8Array[], dialect: ModelDialect = 'bedrock-converse'): Promise<string> {
  const texts: Buffer[] = [];
  for await (const piece of toServerSentEvents({ status: 200, headers: STREAM, body: bodyOf(pieces) }, dialect).body) texts.push(Buffer.from(piece));
  return Buffer.concat(texts).toString();
}

function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((one, other) => one - other), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

// @requirement M1.d
describe('the event stream of Bedrock', () => {
  it('is the same events wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 40 }), async (places) => {
        expect(await reframe(cut(CONVERSE_FRAMES, places))).toBe(CONVERSE_STREAM);
      }),
    );
    expect(await reframe([...CONVERSE_FRAMES].map((byte) => Buffer.of(byte)))).toBe(CONVERSE_STREAM);
  });

  it('is never misread when one byte of it is another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(CONVERSE_FRAMES.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(CONVERSE_FRAMES);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        await expect(reframe([bytes])).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
      }),
    );
  });

  it('gives the headers that are texts, beside headers of every other type', () => {
    const types: readonly (readonly [type: number, bytes: number])[] = [
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 4],
      [5, 8],
      [8, 8],
      [9, 16],
    ];
    const others = Buffer.concat(types.map(([type, bytes]) => Buffer.concat([Buffer.from([1, 0x78, type]), Buffer.alloc(bytes, 7)])));
    const binary = Buffer.from([1, 0x79, 6, 0, 2, 1, 2]);
    const text = Buffer.from([1, 0x7a, 7, 0, 2, 0x6f, 0x6b]);
    expect(createFrameSplitter().push(withHeaders(Buffer.concat([others, binary, text])))).toMatchObject([
      { headers: { z: 'ok' }, payload: Buffer.from('{}') },
    ]);
    expect(() => createFrameSplitter().push(withHeaders(Buffer.from([1, 0x7a, 10])))).toThrowError(expect.objectContaining({ code: 'PROVIDER_FAILED' }));
    expect(() => createFrameSplitter().push(withHeaders(Buffer.from([1, 0x7a, 7, 0, 9, 0x6f])))).toThrowError(
      expect.objectContaining({ code: 'PROVIDER_FAILED' }),
    );
  });

  it('holds no more than a message may have', () => {
    const endless = frame({}, Buffer.alloc(17 * 1024 * 1024));
    expect(() => createFrameSplitter().push(endless.subarray(0, 12))).toThrowError(expect.objectContaining({ code: 'PROVIDER_FAILED' }));
  });

  it.each([
    ['throttlingException', 'PROVIDER_BUSY'],
    ['serviceUnavailableException', 'PROVIDER_BUSY'],
    ['validationException', 'PROVIDER_REJECTED'],
    ['modelStreamErrorException', 'PROVIDER_FAILED'],
    ['internalServerException', 'PROVIDER_FAILED'],
  ])('the exception %s is %s to the reader of either dialect', async (exception, code) => {
    for (const dialect of ['bedrock-converse', 'anthropic-messages'] as const) {
      const text = await reframe([exceptionFrame(exception, '{"message":"said"}')], dialect);
      const reader = readerOf(dialect).createReader();
      const failures = createEventSplitter()
        .push(Buffer.from(text))
        .map(({ data }) => reader.read(data).failure?.code);
      expect(failures, dialect).toEqual([code]);
    }
  });

  it('understands an error that the API does not name', async () => {
    const text = await reframe([frame({ ':message-type': 'error', ':error-code': 'ThrottlingException', ':error-message': 'slow down' }, '')]);
    expect(text).toBe('data: {"throttlingException":{"message":"slow down"}}\n\n');
    expect(await reframe([frame({ ':message-type': 'error', ':error-code': '"}\n' }, '')])).toBe('data: {"internalServerException":{"message":""}}\n\n');
  });

  it('lets nothing of a payload end an event early', async () => {
    expect(await reframe([eventFrame('contentBlockDelta', '{"delta":\n\n{"text":"a"}}')])).toBe('data: {"contentBlockDelta":{"delta": {"text":"a"}}}\n\n');
    expect(await reframe([chunkFrame('{"type":"ping"}\r\n')], 'anthropic-messages')).toBe('event: ping\ndata: {"type":"ping"} \n\n');
    for (const bad of [eventFrame('a b', '{}'), eventFrame('metadata', '[]'), eventFrame('metadata', 'x')])
      await expect(reframe([bad])).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    await expect(reframe([eventFrame('chunk', '{}')], 'anthropic-messages')).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
  });

  it('reads no further than it is asked, and lets go when it is left', async () => {
    const seen = { read: 0, isReleased: false };
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          seen.read += 1;
          yield await Promise.resolve(CONVERSE_FRAMES);
        }
      } finally {
        seen.isReleased = true;
      }
    }
    let pieces = 0;
    for await (const piece of toServerSentEvents({ status: 200, headers: STREAM, body: endless() }, 'bedrock-converse').body) {
      expect(Buffer.from(piece).toString()).toBe(CONVERSE_STREAM);
      pieces += 1;
      await new Promise(setImmediate);
      expect(seen.read).toBe(pieces);
      if (pieces === 3) break;
    }
    expect(seen.isReleased).toBe(true);
  });

  it('leaves other framings alone', () => {
    const sent = { status: 200, headers: { 'content-type': 'text/event-stream' }, body: bodyOf([]) };
    expect(toServerSentEvents(sent, 'anthropic-messages')).toBe(sent);
    const failed = { ...sent, status: 500, headers: STREAM };
    expect(toServerSentEvents(failed, 'anthropic-messages')).toBe(failed);
  });
});

/** A message with these bytes as its headers. */
function withHeaders(headers: Buffer): Buffer {
  const bare = frame({}, '{}');
  const whole = Buffer.concat([bare.subarray(0, 12), headers, bare.subarray(12)]);
  whole.writeUInt32BE(whole.length, 0);
  whole.writeUInt32BE(headers.length, 4);
  return resealed(whole);
}

function resealed(message: Buffer): Buffer {
  const prelude = crc(message.subarray(0, 8));
  message.writeUInt32BE(prelude, 8);
  message.writeUInt32BE(crc(message.subarray(0, -4)), message.length - 4);
  return message;
}

function crc(bytes: Uint8Array): number {
  let register = ~0;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1) register = (register >>> 1) ^ (register & 1 ? 0xedb88320 : 0);
  }
  return ~register >>> 0;
}
