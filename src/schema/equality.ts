/** @module schema/equality: equality of JSON values. */
import { canonicalJson, isObject } from '../core/json.ts';

/** Equality as JSON Schema defines it: numbers by value, objects regardless of member order. */
export function isEqualJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) {
    return Array.isArray(other) && one.length === other.length && one.every((item, index) => isEqualJson(item, other[index]));
  }
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && isEqualJson(one[key], other[key]));
}

/** Index of the first item that equals an earlier one, or −1. Linear: large arrays come from outside. */
export function indexOfRepeated(items: readonly unknown[]): number {
  const primitives = new Set<unknown>();
  let texts: Set<string> | undefined;
  for (const [index, item] of items.entries()) {
    if (typeof item !== 'object' || item === null) {
      if (primitives.has(item)) return index;
      primitives.add(item);
      continue;
    }
    const text = canonicalJson(item);
    texts ??= new Set();
    if (texts.has(text)) return index;
    texts.add(text);
  }
  return -1;
}
