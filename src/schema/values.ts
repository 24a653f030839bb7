/** @module schema/values: type, enum, const, and the keywords of strings and numbers. */
import { isObject } from '../core/json.ts';
import { isEqualJson } from './equality.ts';
import type { Place } from './node.ts';
import { isMultipleOf } from './multiple.ts';
import { readCount, readNumber, show } from './operands.ts';
import { compilePattern } from './pattern.ts';
import type { Check } from './run.ts';

const TYPES: ReadonlyMap<unknown, { readonly test: (value: unknown) => boolean; readonly label: string }> = new Map([
  ['string', { test: (value: unknown) => typeof value === 'string', label: 'a string' }],
  ['number', { test: (value: unknown) => typeof value === 'number' && Number.isFinite(value), label: 'a number' }],
  ['integer', { test: (value: unknown) => Number.isInteger(value), label: 'an integer' }],
  ['boolean', { test: (value: unknown) => typeof value === 'boolean', label: 'a boolean' }],
  ['object', { test: isObject, label: 'an object' }],
  ['array', { test: (value: unknown) => Array.isArray(value), label: 'an array' }],
  ['null', { test: (value: unknown) => value === null, label: 'null' }],
]);

/** `type`: one name or several. */
export function compileType(place: Place): Check | undefined {
  const operand = place.schema['type'];
  if (operand === undefined) return undefined;
  const types = (Array.isArray(operand) ? operand : [operand]).map(
    (name: unknown) => TYPES.get(name) ?? place.refuse('type', `must be one of ${[...TYPES.keys()].join(', ')}`),
  );
  const [first] = types;
  if (!first) return place.refuse('type', 'must name a type');
  const message = `must be ${types.map(({ label }) => label).join(' or ')}`;
  const { test } = first;
  if (types.length === 1) return (value, run) => test(value) || run.fail(message);
  return (value, run) => types.some((type) => type.test(value)) || run.fail(message);
}

/** `enum` and `const`. */
export function compileChoice(place: Place): Check | undefined {
  const { schema } = place;
  if (Object.hasOwn(schema, 'const')) {
    const expected = schema['const'];
    const check: Check = (value, run) => isEqualJson(value, expected) || run.fail(`must be ${show(expected)}`);
    const rest = compileEnum(place);
    return rest ? (value, run) => check(value, run) && rest(value, run) : check;
  }
  return compileEnum(place);
}

function compileEnum(place: Place): Check | undefined {
  const choices = place.schema['enum'];
  if (choices === undefined) return undefined;
  if (!Array.isArray(choices)) return place.refuse('enum', 'must be a list');
  const primitives = new Set<unknown>(choices.filter((choice) => typeof choice !== 'object' || choice === null));
  const structures = choices.filter((choice) => typeof choice === 'object' && choice !== null);
  return (value, run) => {
    if (primitives.has(value)) return true;
    if (typeof value === 'object' && structures.some((choice) => isEqualJson(choice, value))) return true;
    return run.fail(`must be one of ${choices.slice(0, 12).map(show).join(', ')}${choices.length > 12 ? ', …' : ''}`);
  };
}

/** `minLength`, `maxLength` (in Unicode characters) and `pattern`. `format` is an annotation in 2020-12. */
export function compileString(place: Place): Check | undefined {
  const min = readCount(place, 'minLength') ?? 0;
  const max = readCount(place, 'maxLength') ?? Infinity;
  const pattern = place.schema['pattern'];
  if (pattern !== undefined && typeof pattern !== 'string') return place.refuse('pattern', 'must be a string');
  const matches = pattern === undefined ? undefined : compilePattern(pattern, (reason) => place.refuse('pattern', reason));
  if (min === 0 && max === Infinity && !matches) return undefined;
  return (value, run) => {
    if (typeof value !== 'string') return true;
    if (isShorter(value, min)) return run.fail(`must have at least ${min} characters`);
    if (!(value.length <= max) && !isShorter(value, max + 1)) return run.fail(`must have at most ${max} characters`);
    return !matches || matches(value, run) || run.fail(`must match the pattern ${pattern}`);
  };
}

/** Whether the text has fewer characters than `count`; a character beyond the BMP is two code units. */
function isShorter(text: string, count: number): boolean {
  if (text.length < count) return true;
  if (text.length >= 2 * count) return false;
  let length = 0;
  for (let index = 0; index < text.length; length += 1) index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  return length < count;
}

/** The ranges of numbers (also with the boolean exclusive limits of draft 4) and `multipleOf`. */
export function compileNumber(place: Place): Check | undefined {
  const checks: Check[] = [];
  const limit = (keyword: string, isStrict: boolean, words: string, test: (value: number, bound: number) => boolean): void => {
    if (isStrict && typeof place.schema[keyword] === 'boolean') return;
    const bound = readNumber(place, keyword);
    if (bound !== undefined) checks.push((value, run) => test(value as number, bound) || run.fail(`must be ${words} ${bound}`));
  };
  const isAbove = (value: number, bound: number): boolean => value > bound;
  const isBelow = (value: number, bound: number): boolean => value < bound;
  if (place.schema['exclusiveMinimum'] === true) limit('minimum', false, 'greater than', isAbove);
  else limit('minimum', false, 'at least', (value, bound) => value >= bound);
  if (place.schema['exclusiveMaximum'] === true) limit('maximum', false, 'less than', isBelow);
  else limit('maximum', false, 'at most', (value, bound) => value <= bound);
  limit('exclusiveMinimum', true, 'greater than', isAbove);
  limit('exclusiveMaximum', true, 'less than', isBelow);
  const divisor = readNumber(place, 'multipleOf');
  if (divisor !== undefined && divisor <= 0) return place.refuse('multipleOf', 'must be greater than 0');
  if (divisor !== undefined) checks.push((value, run) => isMultipleOf(value as number, divisor) || run.fail(`must be a multiple of ${divisor}`));
  if (checks.length === 0) return undefined;
  return (value, run) => typeof value !== 'number' || checks.every((check) => check(value, run));
}
