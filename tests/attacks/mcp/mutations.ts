/** One thing done to a JSON value: what a careless or hostile client sends. */
import fc from 'fast-check';
import { isObject, type JsonObject } from '../../../src/core/json.ts';

/** Values that are seldom where they belong. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(null, '', [], {}, 0, -1, 1.5, 1e308, true, '__proto__', 'constructor', '\ud800', '\u0000', 'a'.repeat(2000)),
  fc.constant(JSON.parse('{"__proto__":{"polluted":1}}') as unknown),
);

/** A change of a value; apply it with `change`. */
export interface Change {
  readonly at: number;
  /** Undefined removes the member. */
  readonly by: unknown;
  /** Name of a new member; undefined changes what is there. */
  readonly added: string | undefined;
}

export const anyChange: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(50),
  by: fc.oneof(oddValue, fc.constant(undefined)),
  added: fc.option(fc.string({ maxLength: 8 }), { nil: undefined }),
});

/** The value with one of its places, counted from the outside in, replaced, removed or given a new member. */
export function change(value: unknown, { at, by, added }: Change): unknown {
  const all = places(value);
  const path = all[at % all.length] ?? [];
  return replaced(value, added === undefined ? path : [...path, added], by);
}

function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  return isObject(value) ? [path, ...Object.keys(value).flatMap((key) => places(value[key], [...path, key]))] : [path];
}

function replaced(value: unknown, [head, ...rest]: readonly string[], by: unknown): unknown {
  if (head === undefined) return by;
  const copy: Record<string, unknown> = isObject(value) ? { ...(value satisfies JsonObject) } : {};
  if (by === undefined && rest.length === 0) delete copy[head];
  else copy[head] = replaced(copy[head], rest, by);
  return copy;
}
