/** @module schema/compile: JSON Schema into a function, without generating code. */
import { AppError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Problem, Validate } from '../contracts/target.ts';
import { compileAllOf, compileAnyOf, compileCondition, compileNot, compileOneOf, compileReference } from './applicators.ts';
import { compileArray } from './arrays.ts';
import { SchemaDocument, type Resource } from './document.ts';
import { refuseAt, SchemaNode, type Place } from './node.ts';
import { compileObject, DEPENDENCIES } from './objects.ts';
import { Run, type Check } from './run.ts';
import { compileUnevaluated } from './unevaluated.ts';
import { compileChoice, compileNumber, compileString, compileType } from './values.ts';

const NEVER: Check = (_value, run) => run.fail('is not allowed');

/**
 * Compiles a schema: 2020-12 by default, 2019-09, 7, 6 and 4 by `$schema`. Synchronous, loads
 * nothing, fetches nothing: a reference that leads outside the schema is refused.
 *
 * `format` and the `content…` keywords are annotations, as 2020-12 has it; unknown keywords are
 * ignored. Not supported: dynamic references with more than one possible target, `$vocabulary`.
 *
 * The function it returns takes any JSON value, reports at most ten problems, and ends: a value that
 * is nested more than 256 references deep, that would take more than two million steps, or whose
 * text would keep a pattern busy for too long counts as invalid.
 *
 * @throws AppError DEFINITION_INVALID naming the place in the schema
 * @see JSON Schema 2020-12, Core and Validation
 */
export function compileSchema(schema: unknown): Validate {
  const root = compileRoot(schema);
  return (value) => {
    try {
      const quick = new Run(undefined);
      if (root.check(value, quick) && quick.fatal === undefined) return undefined;
      return quick.fatal === undefined ? explain(root, value) : [{ path: '', message: quick.fatal }];
    } catch (error) {
      // Comparing values is recursive, so the stack ends first for values nested thousands deep; bigint and NaN are no JSON.
      if (error instanceof RangeError) return [{ path: '', message: 'is nested too deeply' }];
      if (error instanceof TypeError) return [{ path: '', message: 'is not a JSON value' }];
      throw error;
    }
  };
}

function explain(root: SchemaNode, value: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  const run = new Run(problems);
  root.check(value, run);
  if (run.fatal !== undefined) return [{ path: '', message: run.fatal }];
  return problems.length > 0 ? problems : [{ path: '', message: 'does not match the schema' }];
}

function compileRoot(schema: unknown): SchemaNode {
  try {
    const compiler = new Compiler(schema);
    const root = compiler.compile(schema, compiler.document.main, []);
    compiler.refuseLoops();
    return root;
  } catch (error) {
    if (error instanceof RangeError) throw new AppError('DEFINITION_INVALID', { message: 'The schema is circular or nested too deeply.', cause: error });
    throw error;
  }
}

class Compiler {
  readonly document: SchemaDocument;
  readonly #draft: number;
  readonly #nodes = new Map<unknown, SchemaNode>();

  constructor(root: unknown) {
    this.document = new SchemaDocument(root);
    this.#draft = readDraft(root);
  }

  compile(schema: unknown, parent: Resource, tokens: readonly string[]): SchemaNode {
    const known = this.#nodes.get(schema);
    if (known) return known;
    const node = new SchemaNode();
    this.#nodes.set(schema, node);
    if (schema === false) node.check = NEVER;
    else if (isObject(schema)) node.check = this.#compileObject(schema, node, this.document.resourceOf(schema, parent), tokens);
    else if (schema !== true) refuseAt(tokens, 'must be an object or a boolean');
    return node;
  }

  /** A schema that leads to itself without taking a step into the value would never end. */
  refuseLoops(): void {
    const done = new Set<SchemaNode>();
    const open = new Set<SchemaNode>();
    const visit = (node: SchemaNode): void => {
      if (done.has(node)) return;
      if (open.has(node)) throw new AppError('DEFINITION_INVALID', { message: 'The schema is invalid: a $ref leads back to itself.' });
      open.add(node);
      for (const { node: child } of node.inPlace) visit(child);
      open.delete(node);
      done.add(node);
    };
    for (const node of this.#nodes.values()) visit(node);
  }

  #compileObject(schema: JsonObject, node: SchemaNode, resource: Resource, tokens: readonly string[]): Check {
    const place: Place = {
      schema,
      node,
      draft: this.#draft,
      compile: (child, ...more) => this.compile(child, resource, [...tokens, ...more]),
      resolve: (reference, keyword) => this.#resolve(reference, keyword, resource, tokens),
      refuse: (keyword, message) => refuseAt([...tokens, keyword], message),
    };
    // Before 2019-09, a reference replaced everything beside it.
    const isAlone = this.#draft < 2019 && schema['$ref'] !== undefined;
    const checks = isAlone ? [compileReference(place, '$ref')] : compileKeywords(place);
    return combine(
      checks.filter((check) => check !== undefined),
      !isAlone && schema['type'] !== undefined,
    );
  }

  #resolve(reference: string, keyword: string, resource: Resource, tokens: readonly string[]): SchemaNode {
    const anchor = reference.slice(reference.indexOf('#') + 1);
    if (keyword !== '$ref' && !this.document.isUnambiguous(anchor))
      refuseAt([...tokens, keyword], 'is dynamic with several possible targets, which is not supported');
    const found = this.document.find(reference, resource);
    if (!found)
      return refuseAt([...tokens, keyword], `leads to ${JSON.stringify(reference.slice(0, 200))}, which is not part of the schema (nothing is fetched)`);
    return this.compile(found.schema, found.resource, [...tokens, keyword]);
  }
}

/** Which compiler reads which keywords, in the order in which their checks run. `unevaluated…` must come last. */
const COMPILERS: readonly (readonly [compile: (place: Place) => Check | undefined, ...keywords: string[]])[] = [
  [compileType, 'type'],
  [compileChoice, 'enum', 'const'],
  [compileString, 'minLength', 'maxLength', 'pattern'],
  [compileNumber, 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  [compileObject, 'properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames', 'minProperties', 'maxProperties', ...DEPENDENCIES],
  [compileArray, 'items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems', 'contains'],
  [(place) => compileReference(place, '$ref'), '$ref'],
  [(place) => compileReference(place, '$dynamicRef'), '$dynamicRef'],
  [(place) => compileReference(place, '$recursiveRef'), '$recursiveRef'],
  [compileAllOf, 'allOf'],
  [compileAnyOf, 'anyOf'],
  [compileOneOf, 'oneOf'],
  [compileNot, 'not'],
  [compileCondition, 'if'],
  [compileUnevaluated, 'unevaluatedProperties', 'unevaluatedItems'],
];

const COMPILER_OF: ReadonlyMap<string, number> = new Map(COMPILERS.flatMap(([, ...keywords], index) => keywords.map((keyword) => [keyword, index] as const)));

/** Runs only the compilers the schema has keywords for: on the way to a first answer, code that never ran is slow. */
function compileKeywords(place: Place): readonly (Check | undefined)[] {
  let wanted = 0;
  for (const keyword of Object.keys(place.schema)) wanted |= 1 << (COMPILER_OF.get(keyword) ?? 31);
  return COMPILERS.map(([compile], index) => ((wanted >> index) & 1 ? compile(place) : undefined));
}

/** All checks in order. After a wrong type the rest would only repeat that, so it is left out. */
function combine(checks: readonly Check[], isTyped: boolean): Check {
  const [first, second] = checks;
  if (!first) return () => true;
  if (!second) return (value, run) => run.step() && first(value, run);
  return (value, run) => {
    if (!run.step()) return false;
    let isMatch = first(value, run);
    if (!isMatch && (isTyped || !run.problems)) return false;
    for (let index = 1; index < checks.length; index += 1) {
      if (checks[index]?.(value, run)) continue;
      if (!run.problems) return false;
      isMatch = false;
    }
    return isMatch;
  };
}

const DRAFTS: readonly (readonly [marker: string, draft: number])[] = [
  ['/2020-12/', 2020],
  ['/2019-09/', 2019],
  ['/draft-07/', 7],
  ['/draft-06/', 6],
  ['/draft-04/', 4],
];

function readDraft(root: unknown): number {
  const dialect = isObject(root) ? root['$schema'] : undefined;
  if (dialect === undefined) return 2020;
  const known = typeof dialect === 'string' && dialect.includes('json-schema.org') ? DRAFTS.find(([marker]) => dialect.includes(marker)) : undefined;
  return known ? known[1] : refuseAt(['$schema'], 'names a dialect that is not supported (2020-12, 2019-09, draft-07, draft-06 and draft-04 are)');
}
