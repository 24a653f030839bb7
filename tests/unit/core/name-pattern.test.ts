import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileNames } from '../../../src/core/name-pattern.ts';

describe('names with stars', () => {
  it.each([
    ['openai/*', ['openai/gpt', 'openai/', 'openai/a/b'], ['openai', 'xopenai/gpt', 'Openai/gpt']],
    ['*', ['', 'anything/at/all'], []],
    ['fast', ['fast'], ['fas', 'faster', 'a-fast']],
    ['*-mini', ['gpt-mini', '-mini'], ['mini', 'gpt-mini-2']],
    ['a*b*a', ['aba', 'axbxa', 'abba'], ['aa', 'ab', 'aab', 'ba']],
    ['aa*aa', ['aaaa', 'aaxaa'], ['aaa', 'aa']],
    ['g.t', ['g.t'], ['gpt']],
  ])('%s', (pattern, matching, other) => {
    const matches = compileNames([pattern]);
    for (const name of matching) expect(matches(name), name).toBe(true);
    for (const name of other) expect(matches(name), name).toBe(false);
  });

  it('says what a regular expression would say', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (written, name) => {
        expect(compileNames([written])(name)).toBe(new RegExp(`^${written.replaceAll('*', '.*')}$`).test(name));
      }),
    );
  });

  it('no pattern matches nothing; of several one is enough', () => {
    expect(compileNames([])('a')).toBe(false);
    expect(compileNames(['b', 'a'])('a')).toBe(true);
  });
});
