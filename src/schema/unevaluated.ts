/** @module schema/unevaluated: `unevaluatedProperties` and `unevaluatedItems`. */
import { isObject } from '../core/json.ts';
import type { Place, SchemaNode } from './node.ts';
import type { Check, Run } from './run.ts';

/**
 * The two keywords that look at what the other keywords of the same schema, and of every schema
 * applied in place that matched, left out. They must run after those.
 *
 * @see JSON Schema 2020-12 Core, section 11
 */
export function compileUnevaluated(place: Place): Check | undefined {
  const { schema, node } = place;
  const keys = schema['unevaluatedProperties'] === undefined ? undefined : place.compile(schema['unevaluatedProperties'], 'unevaluatedProperties');
  const items = schema['unevaluatedItems'] === undefined ? undefined : place.compile(schema['unevaluatedItems'], 'unevaluatedItems');
  if (!keys && !items) return undefined;
  node.hasUnevaluatedKeys = keys !== undefined;
  node.hasUnevaluatedItems = items !== undefined;
  return (value, run) => {
    if (keys && isObject(value)) return checkKeys(node, keys, value, run);
    if (items && Array.isArray(value)) return checkItems(node, items, value, run);
    return true;
  };
}

function checkKeys(node: SchemaNode, rest: SchemaNode, value: Readonly<Record<string, unknown>>, run: Run): boolean {
  const active = activeNodes(node, value, run);
  if (active.some((other) => other !== node && other.hasUnevaluatedKeys)) return true;
  let isMatch = true;
  for (const key of Object.keys(value)) {
    if (value[key] === undefined || active.some((other) => other.coversKey?.(key, run))) continue;
    if (!run.enter(key, rest.check, value[key])) isMatch = false;
    if (!isMatch && !run.problems) return false;
  }
  return isMatch;
}

function checkItems(node: SchemaNode, rest: SchemaNode, value: readonly unknown[], run: Run): boolean {
  const active = activeNodes(node, value, run);
  if (active.some((other) => other !== node && other.hasUnevaluatedItems)) return true;
  let isMatch = true;
  for (const [index, item] of value.entries()) {
    if (active.some((other) => other.coversItem?.(index, item, run))) continue;
    if (!run.enter(String(index), rest.check, item)) isMatch = false;
    if (!isMatch && !run.problems) return false;
  }
  return isMatch;
}

/** The schema itself and every one applied in place whose findings count for this value. */
function activeNodes(node: SchemaNode, value: unknown, run: Run, found: SchemaNode[] = []): readonly SchemaNode[] {
  if (found.includes(node) || !run.step()) return found;
  found.push(node);
  for (const { node: child, isActive, isCounted } of node.inPlace) {
    if (isCounted && (isActive?.(value, run) ?? true)) activeNodes(child, value, run, found);
  }
  return found;
}
