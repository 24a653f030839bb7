import { setImmediate as nextTurn } from 'node:timers/promises';
import * as v from 'valibot';
import { defineTool } from '../../src/index.ts';

const CHUNK = 64 * 1024;

/**
 * Long work done well: it reports progress, gives way to other calls between chunks, and stops when
 * the caller cancels. The schema is valibot's, so `input` has its type and defaults are filled in.
 */
export const wordCount = defineTool({
  name: 'word_count',
  description: 'Counts the words of a text, and how often each of the most frequent ones occurs.',
  input: v.object({
    text: v.pipe(v.string(), v.description('The text to count.')),
    top: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100), v.description('How many frequent words.')), 3),
  }),
  output: {
    type: 'object',
    properties: {
      words: { type: 'integer' },
      frequent: { type: 'array', items: { type: 'object', properties: { word: { type: 'string' }, count: { type: 'integer' } }, required: ['word', 'count'] } },
    },
    required: ['words', 'frequent'],
  },
  annotations: { readOnlyHint: true, idempotentHint: true },
  metadata: { category: 'text', cpuIntensive: true, timeoutSeconds: 60 },
  async handler({ text, top }, { progress }) {
    const counts = new Map<string, number>();
    let words = 0;
    for (let start = 0; start < text.length; ) {
      const end = endOfChunk(text, start);
      for (const [word] of text
        .slice(start, end)
        .toLowerCase()
        .matchAll(/[\p{L}\p{N}]+/gu)) {
        words += 1;
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      start = end;
      await nextTurn();
      await progress(start, text.length);
    }
    const frequent = [...counts].sort(([, one], [, other]) => other - one).slice(0, top);
    return { words, frequent: frequent.map(([word, count]) => ({ word, count })) };
  },
  text: ({ words, frequent }) => `${words} words; most frequent: ${frequent.map(({ word, count }) => `${word} (${count})`).join(', ')}`,
});

/** After the first white space beyond the chunk, so that no word is cut. */
function endOfChunk(text: string, start: number): number {
  const space = text.slice(start + CHUNK).search(/\s/);
  return space < 0 ? text.length : start + CHUNK + space;
}
