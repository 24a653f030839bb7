import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventSplitter } from '../../../src/models/wire/event-stream.ts';

const split = (pieces: readonly Uint8Array[]): { data: string[]; raw: string; rest: string } => {
  const splitter = createEventSplitter();
  const events = pieces.flatMap((piece) => splitter.push(piece));
  return { data: events.map(({ data }) => data), raw: Buffer.concat(events.map(({ raw }) => raw)).toString(), rest: splitter.rest.toString() };
};

describe('cutting a stream into events', () => {
  it.each([
    ['data: a\n\n', ['a']],
    ['data:a\r\n\r\n', ['a']],
    ['event: x\ndata: a\ndata: b\n\n: comment\n\n', ['a\nb', '']],
    ['data: a\n\ndata: b', ['a']],
    ['\ufeffdata: a\n\n\ufeffdata: b\n\n', ['a', '']],
  ])('%j', (text, data) => {
    expect(split([Buffer.from(text)]).data).toEqual(data);
  });

  it('is the same however the bytes are cut, and loses none', () => {
    const text = 'event: x\r\ndata: ä€😀\r\n\r\ndata: two\ndata: lines\n\n: ping\n\ndata: rest';
    const bytes = Buffer.from(text);
    const whole = split([bytes]);
    expect(whole.raw + whole.rest).toBe(text);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        expect(split(places.slice(1).map((end, index) => bytes.subarray(places[index], end)))).toEqual(whole);
      }),
    );
    expect(split([...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it.each([': comment\rdata: smuggled\n\n', 'data: a\r\rdata: smuggled\n\n', 'event: x\rdata: smuggled\r\n\r\n'])(
    'refuses %j, of which clients would read more',
    (text) => {
      expect(() => split([Buffer.from(text)])).toThrow(expect.objectContaining({ code: 'PROVIDER_FAILED' }));
      expect(split([Buffer.from(text.replaceAll(/\r(?!\n)/g, '\n'))]).data).toContain('smuggled');
    },
  );

  it('refuses an event without end', () => {
    const splitter = createEventSplitter();
    splitter.push(Buffer.alloc(16 * 1024 * 1024, 0x61));
    expect(() => splitter.push(Buffer.from('a'))).toThrow('too large');
  });
});
