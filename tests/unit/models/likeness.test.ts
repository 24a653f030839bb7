import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelStreamReader } from '../../../src/contracts/model.ts';
import { createAnthropicReader } from '../../../src/models/dialects/anthropic-messages/reader.ts';
import { createOpenAiReader } from '../../../src/models/dialects/openai-chat/reader.ts';
import { createLikeness } from '../../../src/models/wire/likeness.ts';
import { joinPieces } from '../../../src/models/wire/event-stream.ts';

const chunk = (content: string): string => JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const delta = (text: string): string => JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });

const outcome = (reader: ModelStreamReader, data: string): string => {
  try {
    return `${JSON.stringify(reader.read(data))} ${reader.isComplete} ${JSON.stringify(reader.usage)}`;
  } catch (error) {
    return String(error);
  }
};

/** Readers that have just begun, so that nothing is known again. */
const BEGUN: readonly [name: string, begin: () => ModelStreamReader, event: (text: string) => string][] = [
  ['chat completions', createOpenAiReader, chunk],
  [
    'messages',
    () => {
      const reader = createAnthropicReader();
      reader.read('{"type":"message_start","message":{}}');
      reader.read('{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}');
      return reader;
    },
    delta,
  ],
];

describe('an event like the last', () => {
  it('is known again by everything but its text', () => {
    const likeness = createLikeness(/content": ?"/);
    expect(likeness.matches(chunk('a'))).toBe(false);
    likeness.learn(chunk('a'));
    expect([chunk('b'), chunk('a much longer text €😀')].map((data) => likeness.matches(data))).toEqual([true, true]);
    likeness.forget();
    expect(likeness.matches(chunk('b'))).toBe(false);
  });

  it.each([
    ['no text', chunk('')],
    ['an escape', chunk('"')],
    ['a line feed in the text', chunk('x').replace('x', '\n')],
    ['a quote that ends the text early', chunk('x').replace('"x"', '"x","content":"y"')],
    ['a bracket less', chunk('x').slice(0, -1)],
    ['a bracket more', `${chunk('x')}}`],
    ['another member before', chunk('x').replace('{"id"', '{"error":{},"id"')],
    ['another member behind', chunk('x').replace('null}]', '"stop"}]')],
    ['what is before without what is behind', chunk('x').slice(0, chunk('x').indexOf('"x"') + 1)],
  ])('is not one with %s', (_name, data) => {
    const likeness = createLikeness(/content": ?"/);
    likeness.learn(chunk('a'));
    expect(likeness.matches(data)).toBe(false);
  });

  it.each(BEGUN)('of %s changes nothing in what a reader says, whatever comes after what', (_name, begin, event) => {
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('a', '"', '\\', '', '\u2028'));
    const damaged = fc
      .tuple(texts, fc.nat({ max: 200 }), fc.constantFrom('', '"', '\\', '{', '}', ',', '\n', 'x'))
      .map(([text, at, put]) => `${event(text).slice(0, at)}${put}${event(text).slice(at + 1)}`);
    const events = fc.array(
      fc.oneof({ weight: 3, arbitrary: texts.map(event) }, damaged, fc.constantFrom('', '[DONE]', event('a').replace('null', '"stop"'))),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(events, (sequence) => {
        const reader = begin();
        const doubtful = begin();
        for (const data of sequence) {
          // A comment between makes nothing known: white space around JSON means nothing, but is another event.
          const expected = outcome(doubtful, data === '' || data === '[DONE]' ? data : ` ${data}`);
          expect(outcome(reader, data)).toBe(expected);
          doubtful.read('{"type":"ping","choices":[]}');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('pieces in one', () => {
  it('are the same bytes, copied only where they lie apart', () => {
    const bytes = Buffer.from('abcdef');
    const joined = joinPieces([bytes.subarray(0, 2), bytes.subarray(2, 3), bytes.subarray(3, 6)]);
    expect([Buffer.from(joined).toString(), joined.buffer === bytes.buffer]).toEqual(['abcdef', true]);
    for (const pieces of [[bytes.subarray(0, 2), bytes.subarray(3)], [bytes.subarray(2), bytes.subarray(0, 2)], [bytes, Buffer.from('x')], []])
      expect(Buffer.from(joinPieces(pieces)).toString()).toBe(Buffer.concat(pieces).toString());
  });
});
