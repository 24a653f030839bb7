/** @module core/json-pointer: places in the arguments of a call, found without conversion and without inheritance. */
import { isObject } from './json.ts';

const POINTER = /^(?:\/(?:[^~/]|~[01])+)+$/;
const INDEX = /^(?:0|[1-9]\d{0,15})$/;
const MISSING = Symbol('missing');
/** Where `*` stands for every item, so many are looked at; more cannot be judged. */
const MAX_ITEMS = 10_000;

/** Whether the text is a JSON Pointer to a member. @see RFC 6901 */
export function isPointer(text: string): boolean {
  return POINTER.test(text);
}

/** The steps of a pointer, decoded. The step `*` stands for every item of a list. */
export function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * Whether the check holds for everything that the steps lead to. Only own members are found; where there is none, the
 * answer is `ifMissing`. A `*` where no list is does not hold.
 */
export function holdsAt(value: unknown, steps: readonly string[], check: (found: unknown) => boolean, ifMissing: boolean, at = 0): boolean {
  const step = steps[at];
  if (step === undefined) return check(value);
  if (step === '*') return Array.isArray(value) && value.length <= MAX_ITEMS && value.every((item) => holdsAt(item, steps, check, ifMissing, at + 1));
  const next = memberOf(value, step);
  return next === MISSING ? ifMissing : holdsAt(next, steps, check, ifMissing, at + 1);
}

/** Never what an object inherits: `/constructor` and `/__proto__` are members only where the caller sent them. */
function memberOf(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return INDEX.test(step) && Number(step) < value.length ? value[Number(step)] : MISSING;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : MISSING;
}
