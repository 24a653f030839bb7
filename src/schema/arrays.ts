/** @module schema/arrays: the keywords of arrays. */
import { indexOfRepeated } from './equality.ts';
import type { Place, SchemaNode } from './node.ts';
import { readCount, readSchemas } from './operands.ts';
import { passesAll, type Check } from './run.ts';

/** Everything that looks at the items of an array. */
export function compileArray(place: Place): Check | undefined {
  const min = readCount(place, 'minItems') ?? 0;
  const max = readCount(place, 'maxItems') ?? Infinity;
  const isUnique = place.schema['uniqueItems'] === true;
  const checks = [itemsCheck(place), containsCheck(place)].filter((check) => check !== undefined);
  if (min === 0 && max === Infinity && !isUnique && checks.length === 0) return undefined;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    if (value.length < min) return run.fail(`must have at least ${min} items`);
    if (value.length > max) return run.fail(`must have at most ${max} items`);
    if (isUnique) {
      const repeated = indexOfRepeated(value);
      if (repeated >= 0) return run.fail('repeats an earlier item', String(repeated));
    }
    return passesAll(checks, value, run);
  };
}

/** `prefixItems` and `items`; also `items` as a list with `additionalItems`, as drafts before 2020-12 wrote them. */
function itemsCheck(place: Place): Check | undefined {
  const { schema, node } = place;
  const isOldTuple = Array.isArray(schema['items']);
  const prefixKeyword = isOldTuple ? 'items' : 'prefixItems';
  const restKeyword = isOldTuple ? 'additionalItems' : 'items';
  const isEmptyTuple = isOldTuple && (schema['items'] as readonly unknown[]).length === 0;
  const prefix = (isEmptyTuple ? [] : (readSchemas(place, prefixKeyword) ?? [])).map((item, index) => place.compile(item, prefixKeyword, String(index)));
  const rest = schema[restKeyword] === undefined ? undefined : place.compile(schema[restKeyword], restKeyword);
  if (prefix.length === 0 && !rest) return undefined;
  node.coversItem = (index) => rest !== undefined || index < prefix.length;
  return (value, run) => {
    let isMatch = true;
    const items = value as readonly unknown[];
    const length = rest ? items.length : Math.min(items.length, prefix.length);
    for (let index = 0; index < length; index += 1) {
      const item = prefix[index] ?? rest;
      if (!item || run.enter(String(index), item.check, items[index])) continue;
      if (!run.problems) return false;
      isMatch = false;
    }
    return isMatch;
  };
}

/** `contains` with `minContains` and `maxContains`. */
function containsCheck(place: Place): Check | undefined {
  const { schema, node, draft } = place;
  const operand = schema['contains'];
  if (operand === undefined) return undefined;
  const wanted = place.compile(operand, 'contains');
  const min = readCount(place, 'minContains') ?? 1;
  const max = readCount(place, 'maxContains') ?? Infinity;
  if (draft >= 2020) extendCoverage(node, wanted);
  return (value, run) => {
    let found = 0;
    for (const item of value as readonly unknown[]) {
      if (run.quietly(wanted.check, item)) found += 1;
      if (found > max) return run.fail(`must have at most ${max} items of the kind in contains`);
      if (found >= min && max === Infinity) return true;
    }
    return found >= min || run.fail(`must have at least ${min} items of the kind in contains`);
  };
}

/** From 2020-12 on, an item that matches `contains` counts as evaluated. */
function extendCoverage(node: SchemaNode, wanted: SchemaNode): void {
  const covers = node.coversItem;
  node.coversItem = (index, item, run) => (covers?.(index, item, run) ?? false) || run.quietly(wanted.check, item);
}
