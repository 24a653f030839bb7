import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PinnedDefinition } from '../../../../src/contracts/pins.ts';
import { hashDefinition } from '../../../../src/upstreams/pins/definition-hash.ts';
import { parseLock, printLock } from '../../../../src/upstreams/pins/lock-text.ts';
import { withPins } from '../../../../src/upstreams/pins/lock.ts';
import { IDENTITY, tool } from './pins-fixture.ts';

const pin = (definition: Record<string, unknown> & { readonly name: string }): PinnedDefinition => ({
  kind: 'tool',
  name: definition.name,
  hash: hashDefinition('tool', definition),
  definition,
});
const text = printLock(withPins(new Map(), 'github', IDENTITY, [pin({ ...tool('b') }), pin({ ...tool('a') }), pin({ ...tool('10') }), pin({ ...tool('9') })]));
const failure = (broken: string): unknown => {
  try {
    parseLock(broken, 'switchyard.lock');
  } catch (thrown) {
    return thrown;
  }
  return undefined;
};
const lineWith = (part: string, of = text): number => of.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('G3.b: the text of switchyard.lock', () => {
  it('round trip: what is read is printed the same, whatever the names are', () => {
    const names = fc.oneof(fc.string({ minLength: 1, maxLength: 20 }), fc.constantFrom('__proto__', 'constructor', '1', '01', 'a"b', '\u202Ex'));
    fc.assert(
      fc.property(fc.uniqueArray(names, { maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), (chosen, extra) => {
        const printed = printLock(
          withPins(
            new Map(),
            'any',
            IDENTITY,
            chosen.map((name) => pin({ name, extra: JSON.parse(JSON.stringify(extra)) })),
          ),
        );
        const lock = parseLock(printed, 'x');
        expect([...(lock.get('any')?.pins.get('tool')?.keys() ?? [])].toSorted()).toEqual(chosen.toSorted());
        expect(printLock(lock)).toBe(printed);
      }),
    );
  });

  it('is sorted as text, ends with a line feed, and is empty only in `upstreams`', () => {
    expect(text.endsWith('}\n')).toBe(true);
    expect(['"10"', '"9"', '"a"', '"b"'].map((key) => lineWith(`${key}: {`))).toEqual(
      [...['"10"', '"9"', '"a"', '"b"'].map((key) => lineWith(`${key}: {`))].toSorted((left, right) => left - right),
    );
    expect(printLock(new Map())).toBe('{\n  "upstreams": {},\n  "version": 1\n}\n');
  });

  it.each([
    [
      'a description that was edited',
      text.replace('Does b.', 'Does b!'),
      'The hash is not that of the definition.',
      (broken: string) => lineWith('"hash"', broken.slice(broken.indexOf('"b": {'))) + broken.slice(0, broken.indexOf('"b": {')).split('\n').length - 1,
    ],
    ['a comma that is missing', text.replace('},', '}'), 'This is not JSON.', undefined],
    [
      'a merge conflict',
      text.replace('  "version": 1', '<<<<<<< HEAD\n  "version": 1'),
      'A merge conflict is not resolved.',
      (broken: string) => lineWith('<<<<<<<', broken),
    ],
    [
      'an unknown member',
      text.replace('"version": 1', '"trusted": true,\n  "version": 1'),
      'The member "trusted" is unknown.',
      (broken: string) => lineWith('"trusted"', broken),
    ],
    ['a later version', text.replace('"version": 1', '"version": 2'), 'The version is not 1.', (broken: string) => lineWith('"version"', broken)],
    [
      'a name given twice',
      text.replace('"b": {', '"a": {'),
      'The name "a" is given twice.',
      (broken: string) => broken.slice(0, broken.lastIndexOf('"a": {')).split('\n').length,
    ],
    ['a pin under another name', text.replace('"b": {', '"c": {'), 'The definition is called "b", not "c".', (broken: string) => lineWith('"c": {', broken)],
    [
      'an identity that is none',
      text.replace('"transport": "stdio"', '"transport": "carrier pigeon"'),
      'The identity is not one of a program or a URL.',
      (broken: string) => lineWith('"identity"', broken),
    ],
  ])('%s is told with file and line', (_what, broken, message, line) => {
    expect(broken).not.toBe(text);
    const thrown = failure(broken);
    expect(thrown).toMatchObject({ code: 'PINS_INVALID', message: expect.stringContaining(message) });
    if (line) expect(thrown).toMatchObject({ message: expect.stringMatching(new RegExp(`^switchyard\\.lock:${line(broken)}: `)) });
    // Control: what was not broken is read.
    expect(failure(text)).toBeUndefined();
  });
});
