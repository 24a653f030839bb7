import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFoldedGlobs, compileGlob, compileGlobs } from '../../../src/policy/glob.ts';
import { startCpuWatch } from '../../helpers/cpu-watch.ts';

const matches = (pattern: string, text: string): boolean => compileGlob(pattern, 'test')(text);

/** The definition, letter by letter, exponential and obvious. */
function naive(pattern: string, text: string): boolean {
  if (pattern.endsWith('/**') && pattern !== '/**' && naive(pattern.slice(0, -3), text)) return true;
  return naiveFrom(pattern, text, true);
}

function naiveFrom(pattern: string, text: string, isSegmentStart: boolean): boolean {
  if (pattern === '') return text === '';
  if (isSegmentStart && pattern.startsWith('**/')) {
    const rest = pattern.slice(3);
    return naiveFrom(rest, text, true) || [...text].some((character, index) => character === '/' && naiveFrom(rest, text.slice(index + 1), true));
  }
  if (pattern.startsWith('*')) {
    const isDouble = pattern.startsWith('**');
    const rest = pattern.slice(isDouble ? 2 : 1);
    for (let index = 0; ; index += 1) {
      if (naiveFrom(rest, text.slice(index), false)) return true;
      if (index >= text.length || (!isDouble && text[index] === '/')) return false;
    }
  }
  const [head = ''] = pattern;
  if (text === '' || (head === '?' ? text[0] === '/' : text[0] !== head)) return false;
  return naiveFrom(pattern.slice(1), text.slice(1), head === '/');
}

const piece = fc.constantFrom('a', 'b', '/', '/', '*', '**', '?', '**/', '/**', '/**/', 'ab', '.');
const pattern = fc
  .array(piece, { minLength: 1, maxLength: 9 })
  .map((pieces) => pieces.join(''))
  .filter((text) => !text.includes('***'));
const text = fc.array(fc.constantFrom('a', 'b', '/', 'ab', '.', '/a', 'c'), { maxLength: 10 }).map((pieces) => pieces.join(''));

describe('glob', () => {
  it.each([
    ['*', 'file', true],
    ['*', 'a/b', false],
    ['*', '', true],
    ['**', '', true],
    ['**', 'a/b/c', true],
    ['docs/*', 'docs/a', true],
    ['docs/*', 'docs/a/b', false],
    ['docs/*', 'docs', false],
    ['docs/*', 'docs/', true],
    ['docs/**', 'docs', true],
    ['docs/**', 'docs/a/b', true],
    ['docs/**', 'docsx', false],
    ['**/.env', '.env', true],
    ['**/.env', 'a/b/.env', true],
    ['**/.env', 'a.env', false],
    ['**/.env', 'a/.env/b', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/xb', false],
    ['a/**/**/b', 'a/b', true],
    ['a**b', 'a/x/b', true],
    ['*.ts', 'a.ts', true],
    ['*.ts', 'ats', false],
    ['?', 'a', true],
    ['?', '/', false],
    ['?', '', false],
    ['api.example.com:443', 'api.example.com:443', true],
    ['*.example.com:*', 'api.example.com:443', true],
    ['tool:github__*', 'tool:github__push', true],
    ['tool:github__*', 'tool:gitlab__push', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\[a\\]\\\\', '[a]\\', true],
    ['A', 'a', false],
    ['**/**', 'a', true],
    ['/**', '/a/b', true],
    ['/**', 'a', false],
  ] as const)('%s on %j is %s', (glob, name, expected) => {
    expect(matches(glob, name)).toBe(expected);
  });

  it.each(['', 'a{b,c}', '[ab]', 'a\\', 'a\\\\\\', '***', 'a\u0000', 'x'.repeat(1_025)])('refuses %j at its place', (glob) => {
    expect(() => compileGlob(glob, 'policy.rules.x')).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('policy.rules.x') }),
    );
  });

  // @requirement P2.b
  it('agrees with the naive definition', () => {
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 5 }), (glob, texts) => {
        const compiled = compileGlob(glob, 'test');
        for (const one of texts) expect(compiled(one), `${glob} on ${one}`).toBe(naive(glob, one));
      }),
      { numRuns: 5_000 },
    );
  });

  it('agrees with it beyond one machine word, where bits carry over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 70 }), pattern, text, text, (shift, glob, one, other) => {
        const padding = 'c'.repeat(shift);
        // The text has what the padding demands, so that the rest is really reached.
        const [long, longText] = [`?${padding}${glob}${padding}*`, `x${padding}${one}${padding}${other}`];
        expect(matches(long, longText), `${long} on ${longText}`).toBe(naive(long, longText));
      }),
      { numRuns: 3_000 },
    );
  });

  it('skips a missing folder at every position, also between two words', () => {
    for (let length = 1; length < 70; length += 1) {
      const folder = 'c'.repeat(length);
      expect(matches(`${folder}/**/b`, `${folder}/b`)).toBe(true);
      expect(matches(`${folder}/**/b`, `${folder}/x/b`)).toBe(true);
      expect(matches(`${folder}/**/b`, `${folder}/xb`)).toBe(false);
    }
  });

  it('matches every text that a pattern was made from, across words', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '/', '.', '-'), { minLength: 30, maxLength: 100, size: 'max' });
    fc.assert(
      fc.property(letters, fc.array(fc.nat(99), { minLength: 1, maxLength: 6 }), (text, holes) => {
        const glob = text
          .map((letter, index) => (holes.includes(index) ? '**' : letter))
          .join('')
          .replaceAll(/\*{3,}/g, '**');
        expect(matches(glob, text.join(''))).toBe(true);
      }),
    );
  });

  it('takes one pass: the pattern that ruins backtracking is answered at once', () => {
    const glob = compileGlob(`${'**a'.repeat(100)}b`, 'test');
    const cpuMs = startCpuWatch();
    expect(glob('a'.repeat(100_000))).toBe(false);
    // Backtracking would need longer than the universe; no fixed time is meant here.
    expect(cpuMs()).toBeLessThan(5_000);
  });
});

describe('lists of globs', () => {
  it('match when one does; an empty list matches nothing', () => {
    expect(compileGlobs(['a', 'b/*'], 'test')('b/c')).toBe(true);
    expect(compileGlobs(['a', 'b/*'], 'test')('c')).toBe(false);
    expect(compileGlobs([], 'test')('')).toBe(false);
    expect(compileGlobs(['a', '**'], 'test')('anything/at all')).toBe(true);
  });

  it('name the bad one among them', () => {
    expect(() => compileGlobs(['a', '[b]'], 'here')).toThrowError(/here\[1\]/);
  });

  it('folded, see through case and Unicode spelling', () => {
    const isSecret = compileFoldedGlobs(['secrets/**', 'Büro', 'straße'], 'test');
    for (const name of ['SECRETS/x', 'ſecrets', 'Bu\u0308RO', 'STRASSE']) expect(isSecret(name), name).toBe(true);
    expect(isSecret('secret')).toBe(false);
  });
});
