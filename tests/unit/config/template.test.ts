import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillTemplate, isFault, parseTemplate } from '../../../src/config/template.ts';

function fill(text: string, env: Readonly<Record<string, string>>): string | { readonly missing: string } | { readonly fault: string } {
  const template = parseTemplate(text);
  if (isFault(template)) return { fault: template.message };
  const filled = fillTemplate(template, (name) => (Object.hasOwn(env, name) ? env[name] : undefined));
  return 'text' in filled ? filled.text : { missing: filled.missing.name };
}

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/);
/** Text that can stand in a file as it is: no reference, no escape; and no `$` at the end that could start one. */
const literal = fc.string().map((text) => text.replaceAll('$', '').replaceAll('}', ''));

// @requirement C2.b
describe('interpolation', () => {
  it.each([
    ['${A}', 'one'],
    ['x${A}y${B}z', 'xoneytwoz'],
    ['${NO:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${EMPTY}', ''],
    ['${NO:-}', ''],
    ['${NO:-${A}}', 'one'],
    ['${NO:-${NEITHER:-deep}}', 'deep'],
    ['${A:-${NO}}', 'one'],
    ['$${A}', '${A}'],
    ['$$${A}', '$${A}'],
    ['$A', '$A'],
    ['100$', '100$'],
    ['a$$b', 'a$$b'],
    ['${NO:-a b:c-d/e}', 'a b:c-d/e'],
    ['${NO:-$${x}}', '${x}'],
  ])('%s becomes %s', (text, expected) => {
    expect(fill(text, { A: 'one', B: 'two', EMPTY: '' })).toBe(expected);
  });

  it('leaves a text without references alone', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('${')),
        (text) => fill(text, {}) === text,
      ),
    );
  });

  it('fills in any value as it is, whatever it looks like', () => {
    fc.assert(
      fc.property(literal, name, fc.string(), literal, (before, variable, value, after) => {
        expect(fill(`${before}\${${variable}}${after}`, { [variable]: value })).toBe(before + value + after);
      }),
    );
  });

  it('uses the default exactly when the variable is unset or empty', () => {
    fc.assert(
      fc.property(name, literal, fc.option(fc.string(), { nil: undefined }), (variable, fallback, value) => {
        const env = value === undefined ? {} : { [variable]: value };
        expect(fill(`\${${variable}:-${fallback}}`, env)).toBe(value === undefined || value === '' ? fallback : value);
      }),
    );
  });

  it('names the variable that is missing', () => {
    fc.assert(
      fc.property(literal, name, literal, (before, variable, after) => {
        expect(fill(`${before}\${${variable}}${after}`, {})).toEqual({ missing: variable });
      }),
    );
  });

  it('an escaped text comes out as it was before escaping', () => {
    const text = fc.array(fc.constantFrom('$', '{', '}', 'A', ':-', ' '), { maxLength: 30 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (before) => {
        expect(
          fill(
            before.replaceAll('${', () => '$${'),
            {},
          ),
        ).toBe(before);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws, and ends, on any text', () => {
    const piece = fc.constantFrom('${', '$${', '}', ':-', 'A', '$', '{', '_', '9', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        fill(pieces.join(''), { A: '${A}' });
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses defaults nested without end', () => {
    expect(fill(`${'${A:-'.repeat(50)}x${'}'.repeat(50)}`, {})).toEqual({ fault: 'Defaults are nested too deeply.' });
  });
});
