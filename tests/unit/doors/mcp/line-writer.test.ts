/** Lines for a reader that is slow. */
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { LineWriter } from '../../../../src/doors/mcp/line-writer.ts';

/** Takes nothing before `read`. */
function slowReader() {
  const read: string[] = [];
  const waiting: (() => void)[] = [];
  let isReading = false;
  const output = new Writable({
    write(piece: Buffer, _encoding, done) {
      const take = (): void => {
        read.push(
          ...String(piece)
            .split('\n')
            .filter((line) => line !== ''),
        );
        done();
      };
      if (isReading) take();
      else waiting.push(take);
    },
  });
  const start = (): void => {
    isReading = true;
    for (const take of waiting.splice(0)) take();
  };
  return { output, read, start };
}

it('keeps each notice once while its reader is far behind, and writes it when that has caught up', async () => {
  const { output, read, start } = slowReader();
  let isGone = false;
  const writer = new LineWriter(output, () => (isGone = true));
  writer.notice('first');
  void writer.write('x'.repeat(17 * 1_048_576));
  for (let count = 0; count < 100_000; count += 1) writer.notice(`updated ${count % 3}`);
  // The control: answers wait in full.
  void writer.write('answer');
  expect(writer.backlog).toBeLessThan(18 * 1_048_576);
  start();
  await writer.flushed();
  await new Promise((resolve) => setImmediate(resolve));
  await writer.flushed();
  expect(read.map((line) => line.slice(0, 20))).toEqual(['first', 'x'.repeat(20), 'answer', 'updated 0', 'updated 1', 'updated 2']);
  writer.notice('later');
  await writer.flushed();
  expect([read.at(-1), isGone]).toEqual(['later', false]);
});

it('ends with a reader that is behind by thousands of different notices', async () => {
  const { output } = slowReader();
  const gone = new Promise<void>((resolve) => {
    const writer = new LineWriter(output, resolve);
    void writer.write('x'.repeat(17 * 1_048_576));
    for (let count = 0; count <= 4000; count += 1) writer.notice(`different ${count}`);
  });
  await gone;
  expect(output.destroyed).toBe(true);
});
