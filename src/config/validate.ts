/** @module config/validate: from layered values to a configuration, or to problems with their places. */
import * as v from 'valibot';
import type { Config } from '../contracts/config.ts';
import { isObject } from '../core/json.ts';
import { describeFault, describeValue, fixFor } from './advice.ts';
import { replaceAt, valueAt, type Layers } from './layers.ts';
import { dottedName, joinPointer, parentPointer, splitPointer } from './pointer.ts';
import type { ConfigProblem } from './problem.ts';
import { configSchema, toConfig } from './schema.ts';
import { checkShape, shapeOf, type Shape } from './shape.ts';

/** The shape of the whole configuration. */
export const CONFIG_SHAPE: Shape = shapeOf(configSchema);

/** A configuration, or at least one problem. */
export type Validation = { readonly config: Config } | { readonly problems: readonly [ConfigProblem, ...ConfigProblem[]] };

type Issue = v.InferIssue<typeof configSchema>;

/**
 * Checks everything at once: unknown keys and wrong values come together, in the order of the file.
 * A text from a variable is read as a number, boolean or null where only that fits.
 */
export function validate(layers: Layers): Validation {
  if (!isObject(layers.value)) return { problems: [wrongTop(layers)] };
  const shaped = checkShape(CONFIG_SHAPE, layers.value);
  const { issues, config } = parse(shaped.value, layers.alternatives);
  const problems = shaped.problems.map(
    (problem): ConfigProblem => ({ ...layers.placeOf(problem.pointer, problem.at), pointer: problem.pointer, message: problem.message, fix: problem.fix }),
  );
  const seen = new Set(problems.map(({ pointer }) => pointer));
  for (const problem of issues.map((issue) => toProblem(issue, layers))) {
    if (!seen.has(problem.pointer)) problems.push(problem);
    seen.add(problem.pointer);
  }
  const [first, ...rest] = problems.sort((left, right) => (left.line ?? Infinity) - (right.line ?? Infinity) || (left.column ?? 0) - (right.column ?? 0));
  if (first) return { problems: [first, ...rest] };
  if (!config) throw new TypeError('a configuration without issues and without value');
  return { config };
}

function parse(value: unknown, alternatives: ReadonlyMap<string, unknown>): { readonly issues: readonly Issue[]; readonly config?: Config } {
  const first = v.safeParse(configSchema, value);
  if (first.success) return { issues: [], config: toConfig(first.output) };
  let other = value;
  for (const pointer of new Set(first.issues.map(pointerOf))) {
    if (alternatives.has(pointer)) other = replaceAt(other, splitPointer(pointer), alternatives.get(pointer));
  }
  if (other === value) return { issues: first.issues };
  const second = v.safeParse(configSchema, other);
  return second.success ? { issues: [], config: toConfig(second.output) } : { issues: second.issues };
}

function pointerOf(issue: Issue): string {
  return (issue.path ?? []).reduce((pointer, { key }) => joinPointer(pointer, String(key)), '');
}

function toProblem(issue: Issue, layers: Layers): ConfigProblem {
  const pointer = pointerOf(issue);
  const last = issue.path?.at(-1);
  if (last && 'origin' in last && last.origin === 'key') return keyProblem(issue, pointer, layers);
  const received = valueAt(layers.value, pointer);
  const shown = layers.isHidden(pointer) ? 'the value it gets' : describeFault(pointer, issue.message, received);
  return {
    ...layers.placeOf(pointer, 'value'),
    pointer,
    message: `${dottedName(pointer)} must be ${issue.message}, not ${shown}.`,
    fix: fixFor({ pointer, words: issue.message, received, origin: layers.originOf(pointer), isHidden: layers.isHidden(pointer) }),
  };
}

function keyProblem(issue: Issue, pointer: string, layers: Layers): ConfigProblem {
  const name = splitPointer(pointer).at(-1) ?? '';
  if (issue.type === 'strict_object' && issue.expected !== 'never') {
    const parent = parentPointer(pointer);
    return { ...layers.placeOf(parent, 'value'), pointer, message: `${dottedName(parent)} needs the key ${JSON.stringify(name)}.`, fix: `Add ${name}.` };
  }
  const place = layers.placeOf(pointer, 'key');
  if (issue.type === 'strict_object')
    return { ...place, pointer, message: `${dottedName(pointer)} is not a known key.`, fix: 'Remove it; `switchyard config schema` lists all keys.' };
  return { ...place, pointer, message: `The key ${JSON.stringify(name)} must be ${issue.message}.`, fix: 'Rename it.' };
}

function wrongTop(layers: Layers): ConfigProblem {
  const message = `The file must hold keys and values, not ${describeValue('', layers.value)}.`;
  return { ...layers.placeOf('', 'value'), pointer: '', message, fix: 'Write `key: value` lines; `switchyard init` makes a file to start from.' };
}
