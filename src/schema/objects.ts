/** @module schema/objects: the keywords of objects. */
import { isObject, type JsonObject } from '../core/json.ts';
import type { Place, SchemaNode } from './node.ts';
import { readCount, readMap, readNames, show } from './operands.ts';
import { compilePattern } from './pattern.ts';
import { passesAll, type Check, type Run } from './run.ts';

/** Keywords for members that want others beside them. */
export const DEPENDENCIES: readonly string[] = ['dependentRequired', 'dependentSchemas', 'dependencies'];

/** Members by exact name, by pattern, and all the others. */
interface Members {
  readonly named: ReadonlyMap<string, SchemaNode>;
  readonly patterned: readonly { readonly matches: (key: string, run: Run) => boolean; readonly node: SchemaNode }[];
  readonly others: SchemaNode | undefined;
  /** `additionalProperties: false`, which deserves a better message than that of a schema. */
  readonly isClosed: boolean;
  /** `propertyNames`. */
  readonly names: SchemaNode | undefined;
}

/** Everything that looks at the members of an object. Members that are undefined count as absent: JSON has none. */
export function compileObject(place: Place): Check | undefined {
  const required = readNames(place, 'required');
  const min = readCount(place, 'minProperties') ?? 0;
  const max = readCount(place, 'maxProperties') ?? Infinity;
  const members = readMembers(place);
  const checks: Check[] = [];
  if (required.length > 0) checks.push(requiredCheck(required));
  if (min > 0 || max < Infinity) checks.push(sizeCheck(min, max));
  if (members) checks.push(membersCheck(members));
  checks.push(...compileDependent(place));
  const [first, second] = checks;
  if (!first) return undefined;
  if (!second) return (value, run) => !isObject(value) || first(value, run);
  if (checks.length === 2) {
    return (value, run) => {
      if (!isObject(value)) return true;
      const isFirst = first(value, run);
      return (isFirst || run.problems !== undefined) && second(value, run) && isFirst;
    };
  }
  return (value, run) => {
    if (!isObject(value)) return true;
    return passesAll(checks, value, run);
  };
}

/** Whether the object has the member. Inherited ones (`constructor`, `__proto__`) are not there. */
function has(value: JsonObject, key: string): boolean {
  return value[key] !== undefined && Object.hasOwn(value, key);
}

function requiredCheck(required: readonly string[]): Check {
  return (value, run) => {
    let isMatch = true;
    for (const key of required) {
      if (has(value as JsonObject, key)) continue;
      isMatch = run.fail('is required', key);
      if (!run.problems) return false;
    }
    return isMatch;
  };
}

function sizeCheck(min: number, max: number): Check {
  return (value, run) => {
    const size = Object.values(value as JsonObject).filter((member) => member !== undefined).length;
    if (size < min) return run.fail(`must have at least ${min} members`);
    return size <= max || run.fail(`must have at most ${max} members`);
  };
}

function readMembers(place: Place): Members | undefined {
  const { schema, node } = place;
  const properties = readMap(place, 'properties');
  const patterns = readMap(place, 'patternProperties');
  const { additionalProperties } = schema as { readonly additionalProperties?: unknown };
  const named = new Map(Object.keys(properties ?? {}).map((key) => [key, place.compile(properties?.[key], 'properties', key)]));
  const patterned = Object.keys(patterns ?? {}).map((source) => ({
    matches: compilePattern(source, (reason) => place.refuse('patternProperties', reason)),
    node: place.compile(patterns?.[source], 'patternProperties', source),
  }));
  const others = additionalProperties === undefined ? undefined : place.compile(additionalProperties, 'additionalProperties');
  const names = schema['propertyNames'] === undefined ? undefined : place.compile(schema['propertyNames'], 'propertyNames');
  if (named.size === 0 && patterned.length === 0 && !others && !names) return undefined;
  node.coversKey = (key, run) => others !== undefined || named.has(key) || patterned.some(({ matches }) => matches(key, run));
  return { named, patterned, others: additionalProperties === true ? undefined : others, isClosed: additionalProperties === false, names };
}

function membersCheck({ named, patterned, others, isClosed, names }: Members): Check {
  const checkMember = (key: string, member: unknown, run: Run): boolean => {
    const node = named.get(key);
    let isKnown = node !== undefined;
    let isMatch = !node || run.enter(key, node.check, member);
    for (const pattern of patterned) {
      if (!pattern.matches(key, run)) continue;
      isKnown = true;
      isMatch = run.enter(key, pattern.node.check, member) && isMatch;
    }
    if (!isKnown && isClosed) return run.fail(describeUnknown(named), key);
    if (!isKnown && others) return run.enter(key, others.check, member) && isMatch;
    return isMatch;
  };
  return (value, run) => {
    let isMatch = true;
    for (const key of Object.keys(value as JsonObject)) {
      const member = (value as JsonObject)[key];
      if (member === undefined) continue;
      if (names && !run.quietly(names.check, key)) isMatch = run.fail('has a name that is not allowed', key);
      isMatch = checkMember(key, member, run) && isMatch;
      if (!isMatch && !run.problems) return false;
    }
    return isMatch;
  };
}

function describeUnknown(named: ReadonlyMap<string, unknown>): string {
  if (named.size === 0) return 'is not allowed: no members are';
  const known = [...named.keys()];
  return `is unknown; known are ${known.slice(0, 10).map(show).join(', ')}${known.length > 10 ? ', …' : ''}`;
}

/** `dependentRequired`, `dependentSchemas`, and `dependencies` of older drafts, which is both. */
function compileDependent(place: Place): Check[] {
  const checks: Check[] = [];
  for (const keyword of DEPENDENCIES) {
    const map = readMap(place, keyword) ?? {};
    for (const key of Object.keys(map)) {
      const operand = map[key];
      if (keyword === 'dependentRequired' || (keyword === 'dependencies' && Array.isArray(operand))) {
        const check = requiredCheck(readNames(place, keyword, operand));
        checks.push((value, run) => !has(value as JsonObject, key) || check(value, run));
      } else {
        const node = place.compile(operand, keyword, key);
        const isActive = (value: unknown): boolean => isObject(value) && has(value, key);
        place.node.inPlace.push({ node, isActive, isCounted: true });
        checks.push((value, run) => !isActive(value) || node.check(value, run));
      }
    }
  }
  return checks;
}
