import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleHit } from '../../../../src/upstreams/scan/rule.ts';
import { matchRules } from '../../../../src/upstreams/scan/match-rules.ts';
import { MAX_SCANNED, scanText } from '../../../../src/upstreams/scan/scan-text.ts';
import { TEXT_RULES } from '../../../../src/upstreams/scan/text-rules.ts';
import { root } from '../../../../tools/paths.ts';
import { startCpuWatch } from '../../../helpers/cpu-watch.ts';

const corpus = (name: string): string[] => {
  const texts: string[] = [];
  JSON.parse(readFileSync(`${root}/tests/attacks/tool-poisoning/${name}.json`, 'utf8'), (_key, value: unknown) => {
    if (typeof value === 'string') texts.push(value.toLowerCase().replace(/\s+/g, ' '));
    return value;
  });
  return texts;
};
const texts = [...corpus('malicious'), ...corpus('harmless')];

/** One rule after the other. */
const naive = (text: string, minScore: number): string[] =>
  TEXT_RULES.filter(({ score, pattern }) => score >= minScore && pattern.test(text)).map(({ rule, score }) => `${rule} ${score}`);
const named = (hits: readonly RuleHit[]): string[] => hits.map(({ rule, score }) => `${rule} ${score}`);

describe('the filter before the rules', () => {
  it('hides no hit in any text of the corpora, and lets most harmless ones pass without a look', () => {
    for (const text of texts) for (const minScore of [0, 60]) expect(named(matchRules(text, minScore))).toEqual(naive(text, minScore));
    expect(texts.filter((text) => naive(text, 0).length > 0).length).toBeGreaterThan(40);
  });

  it('hides no hit in texts made of pieces of attacks, also with characters beyond the first plane', () => {
    const words = [...new Set(texts.flatMap((text) => text.split(/(?<=[\s.,;:])/)))].slice(0, 4000);
    const piece = fc.oneof(fc.constantFrom(...words), fc.constantFrom('😀', '\u{E0041}', '. ', '\ud800'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        expect(named(matchRules(text, 60))).toEqual(naive(text, 60));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a text that is made to take long', () => {
  /** A repetition without a bound, outside of classes of characters. */
  const isUnbounded = (pattern: RegExp): boolean =>
    /[*+]|\{\d+,\}/.test(
      pattern.source
        .replace(/\\./g, 'x')
        .replace(/\[[^\]]*\]/g, 'c')
        .replace(/\?\?/g, '?'),
    );

  it('finds no rule that repeats anything without a bound', () => {
    expect(TEXT_RULES.filter(({ pattern }) => isUnbounded(pattern)).map(({ rule, pattern }) => `${rule} ${pattern.source}`)).toEqual([]);
    // The control: what made a text of 64 KiB take ten seconds.
    expect([/\b(?:to )?[\w.+-]+@[\w-]/, /(?:the |my )*user/, /=={2,} system/].map(isUnbounded)).toEqual([true, true, true]);
    expect([/\*\* system/, /a{1,64}\+/, /[*+]x{0,4}/].map(isUnbounded)).toEqual([false, false, false]);
  });

  it.each([
    ...['always-copy-', 'my ', 'your ', 'of the ', '==', 'the user the ', 'forward it to a.', 'always copy a', 'wallet \\x41', '&#65;', '\u202e', 'а'],
    `${Buffer.from('a'.repeat(48)).toString('base64')}`,
    '\\x41',
    '%41',
  ])('%j, repeated, takes a few milliseconds', (piece) => {
    const text = piece.repeat(Math.ceil(MAX_SCANNED / piece.length)).slice(0, MAX_SCANNED);
    const cpuMs = startCpuWatch();
    scanText(text);
    // On a busy machine; before, some took from one to ten seconds.
    expect(cpuMs()).toBeLessThan(700);
  });
});
