/** Bodies of the Gemini API that name their model inside, whatever else is in them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countBodyOf, embedBodyOf } from '../../../../src/models/providers/gemini/body.ts';
import { mapListItems } from '../../../../src/models/wire/members.ts';

const json = (value: unknown, indent?: number): Buffer => Buffer.from(JSON.stringify(value, null, indent));
const member = fc.dictionary(
  fc.string().filter((name) => !['model', 'requests', '__proto__'].includes(name)),
  fc.jsonValue(),
  { maxKeys: 4 },
);

// @requirement M3.a
describe('bodies of the Gemini API', () => {
  it('have each item of a list as it was sent', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1), (items, indent) => {
        const bytes = json(items, indent);
        const seen: unknown[] = [];
        const same = mapListItems(bytes, (item) => {
          seen.push(JSON.parse(Buffer.from(item).toString()));
          return item;
        });
        expect(Buffer.from(same)).toEqual(bytes);
        expect(JSON.stringify(seen)).toBe(JSON.stringify(items));
      }),
    );
  });

  it('name the model in each request and change nothing else', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1 }), member, fc.constantFrom(undefined, 2), (requests, rest, indent) => {
        const sent = JSON.parse(Buffer.from(embedBodyOf(json({ ...rest, requests }, indent), 'models/m')).toString()) as object;
        expect(JSON.stringify(sent)).toBe(JSON.stringify({ ...rest, requests: requests.map((request) => ({ ...request, model: 'models/m' })) }));
      }),
    );
  });

  it('are counted whole where they say more than contents', () => {
    expect(Buffer.from(countBodyOf(json({ contents: [] }, 2), 'models/m'))).toEqual(json({ contents: [] }, 2));
    const whole = { contents: [], systemInstruction: {} };
    expect(JSON.parse(Buffer.from(countBodyOf(json(whole), 'models/m')).toString())).toEqual({ generateContentRequest: { ...whole, model: 'models/m' } });
  });

  it('with a name twice are refused', () => {
    const twice = expect.objectContaining({ code: 'INVALID_REQUEST' }) as unknown;
    expect(() => embedBodyOf(Buffer.from('{"requests":[{"model":"a","model":"b"}]}'), 'models/m')).toThrowError(twice);
    expect(() => countBodyOf(Buffer.from('{"contents":[],"contents":[]}'), 'models/m')).toThrowError(twice);
  });
});
