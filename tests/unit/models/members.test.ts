import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editMembers, readMember, replaceMember } from '../../../src/models/wire/members.ts';
import { startCpuWatch } from '../../helpers/cpu-watch.ts';

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

const edit = (json: string, edits: Readonly<Record<string, unknown>>): string => Buffer.from(editMembers(Buffer.from(json), edits)).toString();

describe('setting and removing top-level members', () => {
  it.each([
    ['{"a":1}', { b: { c: true } }, '{"a":1,"b":{"c":true}}'],
    ['{}', { b: 1 }, '{"b":1}'],
    [' { } ', { b: 1 }, ' {"b":1 } '],
    ['{"a" : 1 , "b":2 , "c":3 }', { b: undefined }, '{"a" : 1 , "c":3 }'],
    ['{"a" : 1 , "b":2 , "c":3 }', { a: undefined }, '{"b":2 , "c":3 }'],
    ['{"a" : 1 , "b":2 , "c":3 }', { c: undefined }, '{"a" : 1 , "b":2 }'],
    ['{"a" : 1 , "b":2 , "c":3 }', { b: undefined, c: undefined, a: 'x' }, '{"a" : "x" }'],
    ['{"a":1,"b":2}', { a: undefined, b: undefined }, '{}'],
    ['{"a":1,"b":2}', { a: undefined, b: undefined, c: [] }, '{"c":[]}'],
    ['{"a":1}', { missing: undefined }, '{"a":1}'],
    ['{"a":"\\\\","b":"\\"","c":12345678901234567890}', { b: undefined }, '{"a":"\\\\","c":12345678901234567890}'],
  ])('%s with %j is %s', (json, edits, expected) => {
    expect(edit(json, edits)).toBe(expected);
  });

  it('refuses a name that stands there twice', () => {
    expect(() => edit('{"a":1,"a":2}', { b: 1 })).toThrow('twice');
  });

  it('gives what a parser would, whatever the object holds', () => {
    const value = fc.jsonValue().map((item): unknown => JSON.parse(JSON.stringify(item)));
    const edits = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'new'), fc.option(value, { nil: undefined }));
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('a', 'b', 'c')), value),
        edits,
        fc.integer({ min: 0, max: 3 }),
        (before, changes, indent) => {
          const text = JSON.stringify(before, null, indent);
          expect(JSON.parse(edit(text, changes))).toEqual(JSON.parse(JSON.stringify({ ...(JSON.parse(text) as object), ...changes })));
        },
      ),
    );
  });

  it('reads the bytes of a value as they stand there', () => {
    const read = (json: string, name: string): string | undefined => {
      const found = readMember(Buffer.from(json), name);
      return found && Buffer.from(found).toString();
    };
    expect(read('{"a": {"b" : 1.50} , "c":"x"}', 'a')).toBe('{"b" : 1.50}');
    expect(read('{"a":1}', 'b')).toBeUndefined();
  });
});

// Within the limit of a body there is room for a million of them.
it('takes time in proportion to the members, not to their square', () => {
  const bodyOf = (count: number): Uint8Array => Buffer.from(`{"model":"x",${Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')},"last":1}`);
  const timeOf = (count: number): number => {
    const body = bodyOf(count);
    const cpuMs = startCpuWatch();
    expect(editMembers(body, { model: 'y', last: undefined, k5: undefined }).length).toBe(body.length - ',"last":1'.length - '"k5":1,'.length);
    return cpuMs();
  };
  timeOf(1000);
  // Sixteen times as many: 256 times as long if it were the square.
  expect(timeOf(160_000)).toBeLessThan(Math.max(400, 80 * timeOf(10_000)));
});
