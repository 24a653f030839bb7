import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfLines, MAX_LINE_BYTES, readLines, readLinesBackward } from '../../../src/audit/lines.ts';
import { temporaryFolder } from './audit-home.ts';

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('', 'a', 'é€😀'),
      fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\n', ' ')),
    ),
    { maxLength: 30 },
  )
  .map((lines) => lines.join('\n'));

async function forward(path: string, start = 0): Promise<{ text: string; offset: number; isEnded: boolean }[]> {
  const all = [];
  for await (const lines of readLines(path, start)) for (const { bytes, offset, isEnded } of lines) all.push({ text: bytes.toString(), offset, isEnded });
  return all;
}

async function backward(path: string, chunkBytes?: number): Promise<string[]> {
  const all = [];
  for await (const lines of readLinesBackward(path, chunkBytes)) for (const line of lines) all.push(line.toString());
  return all;
}

describe('reading lines', () => {
  it('gives every line with its offset, and says whether the last one is whole', async () => {
    const path = `${temporaryFolder()}/lines`;
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        writeFileSync(path, text);
        const lines = await forward(path);
        expect(lines.map((line) => line.text + (line.isEnded ? '\n' : '')).join('')).toBe(text);
        for (const { text: line, offset } of lines)
          expect(
            Buffer.from(text)
              .subarray(offset, offset + Buffer.byteLength(line))
              .toString(),
          ).toBe(line);
        expect(lines.slice(0, -1).every(({ isEnded }) => isEnded)).toBe(true);
      }),
    );
  });

  it('gives the complete lines from the end, whatever the size of its pieces', async () => {
    const path = `${temporaryFolder()}/lines`;
    await fc.assert(
      fc.asyncProperty(anyText, fc.integer({ min: 1, max: 50 }), async (text, chunkBytes) => {
        writeFileSync(path, text);
        const complete = text.split('\n').slice(0, -1);
        expect(await backward(path, chunkBytes)).toEqual(complete.toReversed());
        expect(await endOfLines(path)).toBe(Buffer.byteLength(complete.map((line) => `${line}\n`).join('')));
      }),
    );
  });

  it('goes on from an offset', async () => {
    const path = `${temporaryFolder()}/lines`;
    writeFileSync(path, 'one\ntwo\nthree');
    expect(await forward(path, 4)).toEqual([
      { text: 'two', offset: 4, isEnded: true },
      { text: 'three', offset: 8, isEnded: false },
    ]);
  });

  it('crosses the borders of its buffer and gives an endless line in pieces', async () => {
    const path = `${temporaryFolder()}/lines`;
    writeFileSync(path, `${'a'.repeat(300_000)}\n${'b'.repeat(3 * MAX_LINE_BYTES)}\nc\n`);
    const lines = await forward(path);
    expect(lines[0]).toEqual({ text: 'a'.repeat(300_000), offset: 0, isEnded: true });
    expect(lines.at(-1)).toMatchObject({ text: 'c', isEnded: true });
    expect(lines.slice(1, -2).every(({ text, isEnded }) => !isEnded && text.length <= MAX_LINE_BYTES + 300_000)).toBe(true);
    expect(await backward(path)).toContain('a'.repeat(300_000));
  });
});
