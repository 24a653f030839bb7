/** What is found does not depend on where the text is cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyBlockDetector, keyDetector, tokenDetector } from '../../../../src/models/guardrails/secrets.ts';
import { cardDetector, emailDetector, ibanDetector, phoneDetector } from '../../../../src/models/guardrails/personal.ts';
import { patternDetector } from '../../../../src/models/guardrails/pattern.ts';
import { createScanner, scanWhole, type ArmedDetector } from '../../../../src/models/guardrails/scanner.ts';
import { topicsDetector } from '../../../../src/models/guardrails/topics.ts';

const CLOCK = { start: (): void => undefined, check: (): void => undefined };
const DETECTORS: readonly ArmedDetector[] = [
  keyBlockDetector,
  tokenDetector,
  keyDetector,
  emailDetector,
  ibanDetector,
  cardDetector,
  phoneDetector,
  topicsDetector(['nerve gas', 'nerve gas agent', 'été'], 'TOPIC'),
  patternDetector('TICKET-\\d{3,6}\\b', 'TICKET', CLOCK),
].map((detector, index) => ({ rule: `r${index}`, detector }));

/** Texts made of what detectors look for, of pieces of it, and of what stands between. */
const TEXT = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          'bob@example.com',
          '4111 1111 1111 1111',
          '4111111111111111',
          'DE89 3704 0044 0532 0130 00',
          '+49 30 12345678',
          '415-555-0132',
          'TICKET-123',
          'nerve gas',
          'nerve gas agent',
          'sk-proj-aB3dE6gH9jK2mN5pQ8sT1vW4',
          'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4',
          '-----BEGIN PRIVATE KEY-----\nMIIEow\n-----END PRIVATE KEY-----',
          'AKIAIOSFODNN7EXAMPLE',
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          'bob',
          '@',
          'example',
          '.com',
          '4111',
          '1111 ',
          '12/26',
          'DE89',
          ' ',
          '-',
          '--',
          '-----BEGIN ',
          'PRIVATE KEY-----',
          'eyJ',
          '.',
          '+',
          '(',
          'nerve',
          'gas',
          'TICKET-',
          '0',
          'sk-',
          '\n',
          '"',
          'e\u0301t\u0301e\u0301',
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom('\u200b', '\u2060\u200d', '\\u0040', '\\u00', '\\', '\\n', '\\"', '４', '😀', '\u{e0041}', '\ud83d', 'é', '\u00a0'),
      },
      { weight: 1, arbitrary: fc.string({ maxLength: 8, unit: 'grapheme' }) },
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

function scanPieces(text: string, cuts: readonly number[], detectors = DETECTORS): { found: unknown[]; decided: number } {
  const scanner = createScanner(detectors);
  const found: unknown[] = [];
  let from = 0;
  for (const cut of [...new Set(cuts.map((at) => at % (text.length + 1)))].toSorted((one, other) => one - other)) {
    found.push(...scanner.push(text.slice(from, cut)));
    from = cut;
  }
  found.push(...scanner.push(text.slice(from)), ...scanner.end());
  return { found, decided: scanner.decidedTo };
}

// @requirement M10.c
describe('M10.c a text in pieces', () => {
  it('any cuts give what the whole gives, and everything is decided at the end', () => {
    fc.assert(
      fc.property(TEXT, fc.array(fc.nat(), { maxLength: 40 }), (text, cuts) => {
        const { found, decided } = scanPieces(text, cuts);
        expect(found).toEqual(scanWhole(DETECTORS, text));
        expect(decided).toBe(text.length);
      }),
      { numRuns: 4000 },
    );
  });

  it('so do pieces of one unit, and each detector by itself: one that holds much back hides what another one forgets', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: -1, max: DETECTORS.length - 1 }), (text, index) => {
        const detectors = index < 0 ? DETECTORS : DETECTORS.slice(index, index + 1);
        expect(scanPieces(text, [...text.split('').keys()], detectors).found).toEqual(scanWhole(detectors, text));
      }),
      { numRuns: 6000 },
    );
  });

  it('unseen signs in long rows are counted across pieces', () => {
    for (const length of [63, 64, 65, 66, 130]) {
      const text = `x${'\u200b'.repeat(length)}AKIAIOSFODNN7EXAMPLE. 41${'\u200b'.repeat(length)}11111111111111`;
      expect(scanPieces(text, [...text.split('').keys()]).found).toEqual(scanWhole(DETECTORS, text));
      expect(scanPieces(text, [1, 40, 64, 65, 66, 67]).found).toEqual(scanWhole(DETECTORS, text));
    }
  });

  it('prose is held back by a word, not more', () => {
    const scanner = createScanner(DETECTORS.slice(0, 7));
    const prose = 'The quick brown fox jumps over the lazy dog and goes home. '.repeat(20);
    let longest = 0;
    let given = 0;
    for (const sign of prose) {
      scanner.push(sign);
      given += 1;
      longest = Math.max(longest, given - scanner.decidedTo);
    }
    expect(longest).toBeLessThanOrEqual(6);
  });

  it('what is held back is bounded, whatever comes', () => {
    for (const flood of ['a', '4', 'a.', '\u200b', 'eyJ', 'sk-', '\\', '1 ', 'a\u200b', '@', 'DE8']) {
      const scanner = createScanner(DETECTORS);
      let given = 0;
      let longest = 0;
      for (let count = 0; count < 300; count += 1) {
        const piece = flood.repeat(100);
        scanner.push(piece);
        given += piece.length;
        longest = Math.max(longest, given - scanner.decidedTo);
      }
      expect([flood, longest < 25_000]).toEqual([flood, true]);
    }
  });
});
