import { expect, test } from 'vitest';
import { hello } from '../../../examples/hello-tool/hello.ts';
import { wordCount } from '../../../examples/word-count-with-progress/word-count.ts';
import { road } from './road.ts';

test('T14.a hello-tool: ten lines make a tool', async () => {
  const { data, failure } = road([hello]);
  expect(await data('hello', { name: 'Ann' })).toEqual({ greeting: 'Hello Ann, says key:alice.' });
  expect(await failure('tool', 'hello', {})).toBe('INPUT_INVALID: /name: is required');
});

test('T14.b word-count-with-progress', async () => {
  const made = road([wordCount]);
  const text = 'the cat and the dog and the bird\n'.repeat(10_000);
  expect(await made.run('word_count', { text, top: 2 })).toMatchObject({
    content: [{ type: 'text', text: '80000 words; most frequent: the (30000), and (20000)' }],
    structuredContent: {
      data: {
        words: 80_000,
        frequent: [
          { word: 'the', count: 30_000 },
          { word: 'and', count: 20_000 },
        ],
      },
    },
  });
  expect(made.parts.length).toBeGreaterThan(3);
  expect(made.parts.at(-1)).toMatchObject({ type: 'progress', progress: text.length, total: text.length });
});

test('T14.b a cancelled word count stops', async () => {
  const controller = new AbortController();
  const made = road([wordCount]);
  const emit = (): void => controller.abort();
  expect(await made.failure('tool', 'word_count', { text: 'a '.repeat(1_000_000) }, { signal: controller.signal, emit })).toMatch(/^CANCELLED/);
});
