import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { compileSchema } from '../../../src/schema/compile.ts';
import { startCpuWatch } from '../../helpers/cpu-watch.ts';

/** Problems as `path message`, or undefined. */
function check(schema: unknown, value: unknown): readonly string[] | undefined {
  return compileSchema(schema)(value)?.map(({ path, message }) => `${path} ${message}`.trim());
}

function refusal(schema: unknown): string {
  try {
    compileSchema(schema);
  } catch (error) {
    if (AppError.is(error) && error.code === 'DEFINITION_INVALID') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('what a person reads', () => {
  const schema = {
    type: 'object',
    required: ['message'],
    additionalProperties: false,
    properties: {
      message: { type: 'string', minLength: 2, maxLength: 4 },
      count: { type: 'integer', minimum: 1, maximum: 9 },
      kind: { enum: ['a', 'b'] },
      list: { type: 'array', items: { type: ['string', 'null'] }, maxItems: 2, uniqueItems: true },
    },
  };
  test.each([
    [{ message: 1 }, ['/message must be a string']],
    [{}, ['/message is required']],
    [[], ['must be an object']],
    [{ message: 'abc', mesage: 'x' }, ['/mesage is unknown; known are "message", "count", "kind", "list"']],
    [{ message: 'a', count: 10, kind: 'c' }, ['/message must have at least 2 characters', '/count must be at most 9', '/kind must be one of "a", "b"']],
    [{ message: 'abcde', count: 1.5 }, ['/message must have at most 4 characters', '/count must be an integer']],
    [{ message: 'ab', list: ['x', 1] }, ['/list/1 must be a string or null']],
    [{ message: 'ab', list: ['x', 'x'] }, ['/list/1 repeats an earlier item']],
    [{ message: 'ab', list: ['x', 'y', 'z'] }, ['/list must have at most 2 items']],
  ])('%j', (value, expected) => {
    expect(check(schema, value)).toEqual(expected);
  });

  test('alternatives: the one that came closest, else each in a few words', () => {
    const either = { anyOf: [{ type: 'string' }, { type: 'object', properties: { id: { type: 'integer' } } }] };
    expect(check(either, { id: 'x' })).toEqual(['/id must be an integer']);
    expect(check(either, 5)).toEqual(['must be a string, or must be an object']);
    expect(check({ oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 3)).toEqual(['matches more than one of the alternatives, and must match exactly one']);
  });

  test('at most ten problems, pointers escaped', () => {
    expect(
      check({ additionalProperties: { type: 'string' } }, Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, index]))),
    ).toHaveLength(10);
    expect(check({ properties: { 'a/b~c': false } }, { 'a/b~c': 1 })).toEqual(['/a~1b~0c is not allowed']);
  });
});

describe('semantics that are easy to get wrong', () => {
  test.each([
    ['format is an annotation', { format: 'email' }, 'no mail', true],
    ['1.0 is an integer', { type: 'integer' }, 1.0, true],
    ['0.3 is a multiple of 0.1', { multipleOf: 0.1 }, 0.3, true],
    ['1e300 is a multiple of 1', { multipleOf: 1 }, 1e300, true],
    ['5e-324 is none of 1', { multipleOf: 1 }, 5e-324, false],
    ['characters, not code units', { maxLength: 1 }, '💥', true],
    ['characters, not code units', { minLength: 2 }, '💥', false],
    ['members by value in enum', { enum: [{ a: 1, b: [2] }] }, { b: [2], a: 1 }, true],
    ['const null', { const: null }, null, true],
    ['undefined members are absent', { required: ['a'] }, { a: undefined }, false],
    ['undefined members are absent', { additionalProperties: false }, { a: undefined }, true],
    ['inherited members are absent', { required: ['constructor', 'toString'] }, {}, false],
    ['the prototype is no member', { required: ['__proto__'] }, {}, false],
    ['the draft-07 tuple', { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }], additionalItems: false }, ['a', 1], false],
    [
      'draft 7 ignores what stands beside $ref',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        properties: { a: { $ref: '#/definitions/s', maxLength: 1 } },
        definitions: { s: { type: 'string' } },
      },
      { a: 'abc' },
      true,
    ],
    ['2020-12 does not', { properties: { a: { $ref: '#/$defs/s', maxLength: 1 } }, $defs: { s: { type: 'string' } } }, { a: 'abc' }, false],
    ['the exclusive limits of draft 4', { minimum: 1, exclusiveMinimum: true }, 1, false],
    ['what allOf knows is evaluated', { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false }, { a: 1 }, true],
    ['what nobody knows is not', { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false }, { b: 1 }, false],
    [
      'a part with its own $id',
      { $ref: 'https://example.org/part', $defs: { x: { $id: 'https://example.org/part', $ref: '#/$defs/y', $defs: { y: { type: 'null' } } } } },
      1,
      false,
    ],
  ])('%s: %j', (_name, schema, value, isValid) => {
    expect(check(schema, value) === undefined).toBe(isValid);
  });

  test('a member named __proto__ is checked like any other', () => {
    const schema: unknown = JSON.parse('{"properties":{"__proto__":{"type":"string"}},"additionalProperties":false}');
    expect(check(schema, JSON.parse('{"__proto__":"x"}'))).toBeUndefined();
    expect(check(schema, JSON.parse('{"__proto__":1}'))).toEqual(['/__proto__ must be a string']);
    expect(check({ additionalProperties: false }, JSON.parse('{"__proto__":1}'))).toEqual(['/__proto__ is not allowed: no members are']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('schemas that are refused, with the place', () => {
  const circular: Record<string, unknown> = { type: 'object' };
  circular['properties'] = { again: circular };
  let deep: unknown = { type: 'string' };
  for (let level = 0; level < 50_000; level += 1) deep = { items: deep };
  test.each([
    ['a wrong type', { properties: { a: { type: 'strnig' } } }, /^The schema is invalid: \/properties\/a\/type must be one of string, /],
    ['no schema', { properties: { a: 'string' } }, /\/properties\/a must be an object or a boolean/],
    ['required as a boolean', { properties: { a: { required: true } } }, /\/properties\/a\/required must be a list of strings/],
    ['a negative count', { minLength: -1 }, /\/minLength must be a whole number/],
    [
      'an external reference',
      { $ref: 'https://evil.example/schema.json' },
      /leads to "https:\/\/evil.example\/schema.json", which is not part of the schema \(nothing is fetched\)/,
    ],
    ['a file reference', { $ref: 'file:///etc/passwd' }, /not part of the schema/],
    ['a dangling reference', { $ref: '#/$defs/nowhere' }, /not part of the schema/],
    ['a reference to the prototype', { $ref: '#/__proto__' }, /not part of the schema/],
    ['a reference to itself', { $ref: '#' }, /a \$ref leads back to itself/],
    [
      'a loop of references',
      { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } },
      /leads back to itself/,
    ],
    ['a circular object', circular, /circular or nested too deeply/],
    ['a depth bomb', deep, /circular or nested too deeply/],
    ['too many parts', { properties: Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`p${index}`, {}])) }, /more than 50000 parts/],
    ['a pattern that is none', { pattern: '(' }, /\/pattern is not a regular expression/],
    ['a pattern that is exponential with a back reference', { pattern: '^(a+)+\\1$' }, /exponential/],
    ['an endless pattern', { pattern: 'a'.repeat(5000) }, /more than 4096 characters/],
    ['an unknown dialect', { $schema: 'https://example.org/my-dialect' }, /\$schema names a dialect/],
    ['a list', [], /must be an object or a boolean/],
    ['null', null, /must be an object or a boolean/],
    ['multipleOf 0', { multipleOf: 0 }, /greater than 0/],
  ])('%s', (_name, schema, expected) => {
    expect(refusal(schema)).toMatch(expected);
  });
});

describe('hostile values and schemas end soon', () => {
  const timed = (work: () => unknown): number => {
    const cpuMs = startCpuWatch();
    work();
    return cpuMs();
  };

  test('a value nested a million deep', () => {
    const value: unknown = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
    expect(check({ items: { $ref: '#' } }, value)).toEqual(['is nested too deeply']);
    expect(check({ not: { items: { $ref: '#' } } }, value)).toEqual(['is nested too deeply']);
    expect(check({ uniqueItems: true }, [value, value])).toEqual(['is nested too deeply']);
  });

  test('alternatives of alternatives of alternatives', () => {
    const $defs: Record<string, unknown> = { a40: { type: 'null' } };
    for (let level = 0; level < 40; level += 1) $defs[`a${level}`] = { anyOf: [{ $ref: `#/$defs/a${level + 1}` }, { $ref: `#/$defs/a${level + 1}` }] };
    const validate = compileSchema({ $ref: '#/$defs/a0', $defs });
    expect(timed(() => expect(validate(1)?.[0]?.message).toMatch(/takes too long/))).toBeLessThan(5000);
  });

  test('10 000 properties', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `p${index}`);
    const validate = compileSchema({
      properties: Object.fromEntries(names.map((name) => [name, { type: 'integer' }])),
      required: names.slice(0, 5000),
      additionalProperties: false,
    });
    expect(validate(Object.fromEntries(names.map((name, index) => [name, index])))).toBeUndefined();
    expect(validate({})).toHaveLength(10);
  });

  test('a million distinct items', () => {
    const items = Array.from({ length: 1_000_000 }, (_, index) => index);
    expect(timed(() => expect(check({ uniqueItems: true }, items)).toBeUndefined())).toBeLessThan(3000);
  });

  test.each([
    ['^(a+)+$', `${'a'.repeat(5000)}!`],
    ['^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@)$', 'a'.repeat(3000)],
    ['(x+x+)+y', 'x'.repeat(3000)],
    ['^(a|a)*$', `${'a'.repeat(3000)}!`],
    ['^(?=(a+)+$).*$', `${'a'.repeat(500)}!`],
    ['\\s+$', `${' '.repeat(20_000)}x`],
    ['^(.*?,){11}P', '1,'.repeat(500)],
    ['(?:|){40}b', ''],
  ])('the pattern %s', (pattern, text) => {
    const validate = compileSchema({ pattern });
    expect(timed(() => expect(validate(text)).toBeDefined())).toBeLessThan(3000);
  });

  test('many texts that each keep a pattern busy', () => {
    const pattern = '^(a?){16}a{16}(b|c)$';
    const texts = Array.from({ length: 20_000 }, () => 'a'.repeat(24));
    expect(compileSchema({ items: { pattern } })([`${'a'.repeat(20)}b`])).toBeUndefined();
    const negated = compileSchema({ items: { not: { pattern } } });
    expect(negated(texts.slice(0, 3))).toBeUndefined();
    expect(timed(() => expect(negated(texts)?.[0]?.message).toMatch(/take too long/))).toBeLessThan(5000);
  });

  test('what is no JSON is invalid, not an exception', () => {
    expect(check({ type: 'number' }, Number.NaN)).toEqual(['must be a number']);
    expect(check({ uniqueItems: true }, [{ a: 1n }, { a: 1n }])).toEqual(['is not a JSON value']);
    for (const value of [undefined, 1n, Symbol('x'), () => 1]) expect(check({ type: 'object' }, value)).toEqual(['must be an object']);
  });
});

test('patterns in the wild: legacy escapes, addresses, slugs', () => {
  expect(check({ pattern: '^[\\w.\\-]+\\@x$' }, 'a-b@x')).toBeUndefined();
  expect(
    check({ pattern: "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$" }, 'jane.doe@mail.example.org'),
  ).toBeUndefined();
  expect(check({ pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$' }, 'a-long-slug-of-many-parts-and-then-some')).toBeUndefined();
  expect(check({ pattern: '^(?=.*[A-Z])(?=.*\\d).{8,}$' }, 'Passw0rdPassw0rd')).toBeUndefined();
});
