import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replaceMember } from '../../../src/models/wire/members.ts';

const replace = (json: string, value: unknown = 'new'): string => Buffer.from(replaceMember(Buffer.from(json), 'model', value)).toString();

describe('replacing a top-level member', () => {
  it.each([
    ['{"model":"old"}', '{"model":"new"}'],
    [' { "a" : {"model":"x"} , "model" : "o\\"ld" } ', ' { "a" : {"model":"x"} , "model" : "new" } '],
    ['{"a":"\\\\","model":12.5e3}', '{"a":"\\\\","model":"new"}'],
    ['{"a":["]","{"],"mod\\u0065l":[1,{"b":"}"}] ,"z":1}', '{"a":["]","{"],"mod\\u0065l":"new" ,"z":1}'],
    ['{"big":12345678901234567890,"model":null\n}', '{"big":12345678901234567890,"model":"new"\n}'],
    ['{"ä😀":"ü","model":"old","ß":"\\ud83d"}', '{"ä😀":"ü","model":"new","ß":"\\ud83d"}'],
  ])('%s', (json, expected) => {
    expect(replace(json)).toBe(expected);
  });

  it.each(['{}', '{"a":{"model":"x"}}'])('refuses %s, which has none', (json) => {
    expect(() => replace(json)).toThrow('no member model');
  });

  it.each(['{"model":"a","model":"b"}', '{"model":"a","mod\\u0065l":"b"}', '{"stream":true,"model":"a","stream":false}'])(
    'refuses %s, which has one twice',
    (json) => {
      expect(() => replace(json)).toThrow('twice');
    },
  );

  it('changes that member and nothing else, whatever the object holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), fc.string(), fc.integer({ min: 0, max: 3 }), (others, old, next, indent) => {
        const { model: _, ...rest } = others;
        const before: [string, unknown][] = [...Object.entries(rest), ['model', old]];
        const text = JSON.stringify(Object.fromEntries(before), null, indent);
        expect(JSON.parse(replace(text, next))).toEqual(JSON.parse(JSON.stringify(Object.fromEntries([...Object.entries(rest), ['model', next]]))));
      }),
    );
  });
});
