import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseUriTemplate } from '../../../src/tools/uri-template.ts';
import { thrown } from './road.ts';
import { startCpuWatch } from '../../helpers/cpu-watch.ts';

describe('URI templates', () => {
  test.each<[string, string, unknown]>([
    ['notes://{folder}/{name}', 'notes://a/b', { folder: 'a', name: 'b' }],
    ['notes://{folder}/{name}', 'notes://a/b/c', undefined],
    ['notes://{folder}/{name}', 'notes:///b', undefined],
    ['notes://{folder}/{name}', 'notes://a/', undefined],
    ['x://{a}.{b}', 'x://1.2.3', { a: '1', b: '2.3' }],
    ['x://{id}/end', 'x://1/end', { id: '1' }],
    ['x://{id}/end', 'x://1/end/end', undefined],
    ['x://{id}', 'x://a%2Fb%20c', { id: 'a/b c' }],
    ['x://{id}', 'x://%E0%A4%A', undefined],
    ['x://{id}', 'x://a?b', undefined],
    ['x://{id}', 'y://a', undefined],
    ['x://{id}', `x://${'a'.repeat(5000)}`, undefined],
    ['x://{__proto__}', 'x://a', JSON.parse('{"__proto__":"a"}')],
  ])('%s at %s', (template, uri, expected) => {
    expect(parseUriTemplate(template).match(uri)).toEqual(expected);
  });

  test.each<[string, RegExp]>([
    ['x://{+a}', /more than level 1/],
    ['x://{a*}', /more than level 1/],
    ['x://{a:3}', /more than level 1/],
    ['x://{a,b}', /more than level 1/],
    ['x://{}', /more than level 1/],
    ['x://{a}{b}', /without a text between/],
    ['x://{a}/{a}', /names \{a\} twice/],
    ['x://a', /no variable/],
    ['x://{a', /no variable/],
    ['x://{a}/{b', /not closed/],
    ['{a}/b', /begin with a scheme/],
    ['/{a}', /begin with a scheme/],
  ])('%s is refused', (template, expected) => {
    expect(thrown(() => parseUriTemplate(template))).toMatch(expected);
  });

  test('what was expanded is found again', () => {
    const { match } = parseUriTemplate('x://{a}/{b}/tail');
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), fc.string({ minLength: 1, maxLength: 20 }), (a, b) => {
        expect(match(`x://${encodeURIComponent(a)}/${encodeURIComponent(b)}/tail`)).toEqual({ a, b });
      }),
    );
  });

  test('takes no long time, whatever the text', () => {
    const { match } = parseUriTemplate(`x://${Array.from({ length: 40 }, (_, index) => `{v${index}}`).join('-')}`);
    const cpuMs = startCpuWatch();
    for (let round = 0; round < 100; round += 1) match(`x://${'-'.repeat(4000)}`);
    expect(cpuMs()).toBeLessThan(500);
  });
});
