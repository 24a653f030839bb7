/** @module schema/applicators: references, combinations and conditions. */
import type { Problem } from '../contracts/target.ts';
import type { Place, SchemaNode } from './node.ts';
import { readSchemas } from './operands.ts';
import type { Check, Run } from './run.ts';

/** `$ref`; also `$dynamicRef` and `$recursiveRef`, which the document resolves where they are unambiguous. */
export function compileReference(place: Place, keyword: string): Check | undefined {
  const reference = place.schema[keyword];
  if (reference === undefined) return undefined;
  if (typeof reference !== 'string') return place.refuse(keyword, 'must be a string');
  const node = place.resolve(reference, keyword);
  place.node.inPlace.push({ node, isCounted: true });
  return (value, run) => run.descend(node.check, value);
}

/** `allOf`. */
export function compileAllOf(place: Place): Check | undefined {
  const nodes = compileList(place, 'allOf');
  if (!nodes) return undefined;
  return (value, run) => {
    let isMatch = true;
    for (const node of nodes) {
      if (node.check(value, run)) continue;
      if (!run.problems) return false;
      isMatch = false;
    }
    return isMatch;
  };
}

/** `anyOf`. */
export function compileAnyOf(place: Place): Check | undefined {
  const nodes = compileList(place, 'anyOf', true);
  if (!nodes) return undefined;
  return (value, run) => {
    for (const node of nodes) if (run.quietly(node.check, value)) return true;
    return run.problems ? failAlternatives(nodes, value, run) : false;
  };
}

/** `oneOf`. */
export function compileOneOf(place: Place): Check | undefined {
  const nodes = compileList(place, 'oneOf', true);
  if (!nodes) return undefined;
  return (value, run) => {
    let matches = 0;
    for (const node of nodes) {
      if (run.quietly(node.check, value)) matches += 1;
      if (matches > 1) return run.fail('matches more than one of the alternatives, and must match exactly one');
    }
    if (matches === 1) return true;
    return run.problems ? failAlternatives(nodes, value, run) : false;
  };
}

/** `not`. */
export function compileNot(place: Place): Check | undefined {
  const operand = place.schema['not'];
  if (operand === undefined) return undefined;
  const node = place.compile(operand, 'not');
  place.node.inPlace.push({ node, isCounted: false });
  return (value, run) => !run.quietly(node.check, value) || run.fail('matches what `not` excludes');
}

/** `if` with `then` and `else`. Without `if`, the others mean nothing. */
export function compileCondition(place: Place): Check | undefined {
  const { schema } = place;
  if (schema['if'] === undefined) return undefined;
  const condition = place.compile(schema['if'], 'if');
  const compileBranch = (keyword: 'then' | 'else'): SchemaNode | undefined =>
    schema[keyword] === undefined ? undefined : place.compile(schema[keyword], keyword);
  const consequence = compileBranch('then');
  const alternative = compileBranch('else');
  const holds = (value: unknown, run: Run): boolean => run.quietly(condition.check, value);
  place.node.inPlace.push({ node: condition, isActive: holds, isCounted: true });
  if (consequence) place.node.inPlace.push({ node: consequence, isActive: holds, isCounted: true });
  if (alternative) place.node.inPlace.push({ node: alternative, isActive: (value, run) => !holds(value, run), isCounted: true });
  return (value, run) => {
    const branch = holds(value, run) ? consequence : alternative;
    return !branch || branch.check(value, run);
  };
}

function compileList(place: Place, keyword: string, mayMiss = false): readonly SchemaNode[] | undefined {
  const nodes = readSchemas(place, keyword)?.map((schema, index) => place.compile(schema, keyword, String(index)));
  const isActiveOf =
    (node: SchemaNode) =>
    (value: unknown, run: Run): boolean =>
      run.quietly(node.check, value);
  for (const node of nodes ?? []) place.node.inPlace.push({ node, isActive: mayMiss ? isActiveOf(node) : undefined, isCounted: true });
  return nodes;
}

/** Tells about the alternative that came closest: the one whose first mismatch lies deepest. */
function failAlternatives(nodes: readonly SchemaNode[], value: unknown, run: Run): false {
  const attempts = nodes
    .slice(0, 16)
    .map((node) => run.aside(node.check, value))
    .filter((problems) => problems.length > 0);
  const here = run.path.length;
  let best: readonly Problem[] = [];
  for (const problems of attempts) if (depthOf(problems) > Math.max(here, depthOf(best))) best = problems;
  if (best.length > 0) {
    run.adopt(best);
    return false;
  }
  const reasons = [...new Set(attempts.map(([first]) => first?.message ?? ''))].slice(0, 4);
  return run.fail(reasons.length === 0 ? 'matches none of the alternatives' : reasons.join(', or '));
}

function depthOf([first]: readonly Problem[]): number {
  return first ? first.path.split('/').length - 1 : 0;
}
