/** @module config/environment: `SWITCHYARD_*` variables that override keys of the configuration. */
import { isObject } from '../core/json.ts';
import { isOverride, PREFIX_LENGTH, variableName } from './environment-names.ts';
import { dottedName, joinPointer, splitPointer } from './pointer.ts';
import type { ConfigProblem } from './problem.ts';
import { listPaths, type Shape } from './shape.ts';
import { normalize, suggest } from './suggest.ts';

/** One variable that sets one key. */
export interface EnvironmentOverride {
  readonly variable: string;
  readonly pointer: string;
  /** The text parsed as JSON, or the text itself where it is not JSON. */
  readonly value: unknown;
  /** The text as it is, for keys that want a text which happens to be JSON. */
  readonly raw: string;
}

/** What the environment says about the configuration. */
export interface EnvironmentOverrides {
  /** Outer keys first, so that an inner one refines them. */
  readonly overrides: readonly EnvironmentOverride[];
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads the overrides. A double underscore goes one level down; case and single underscores do not
 * matter: `SWITCHYARD_LIMITS__MAX_BODY_BYTES` sets `limits.maxBodyBytes`. An empty variable counts
 * as not set. Lists are set whole, as JSON.
 *
 * A variable that names no key is a problem where it was surely meant as one (a double underscore,
 * or the right words with single ones), else a warning: other programs may use the prefix.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>, shape: Shape, current: unknown): EnvironmentOverrides {
  const overrides = new Map<string, EnvironmentOverride>();
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  for (const variable of Object.keys(env).sort()) {
    const raw = env[variable];
    if (raw === undefined || !isOverride(variable, raw)) continue;
    const segments = variable.slice(PREFIX_LENGTH).split('__');
    const pointer = resolve(segments, shape, current);
    const place = placeOf(variable);
    if (pointer === undefined) {
      const { isCertain, fix } = explain(segments, shape);
      (isCertain ? problems : warnings).push({ ...place, pointer: '', message: 'The variable names no configuration key.', fix });
    } else if (overrides.has(pointer)) {
      problems.push({
        ...place,
        pointer,
        message: `${dottedName(pointer)} is set by two variables.`,
        fix: 'Unset one of them; case and single underscores do not matter.',
      });
    } else {
      overrides.set(pointer, { variable, pointer, value: parseValue(raw), raw });
    }
  }
  return {
    overrides: [...overrides.values()].sort((left, right) => splitPointer(left.pointer).length - splitPointer(right.pointer).length),
    problems,
    warnings,
  };
}

/** The place that messages about a variable name. */
export function placeOf(variable: string): Pick<ConfigProblem, 'source' | 'line' | 'column'> {
  return { source: `environment ${variable}`, line: null, column: null };
}

function resolve(segments: readonly string[], root: Shape, current: unknown): string | undefined {
  let pointer = '';
  let shape = root;
  let value = current;
  for (const segment of segments) {
    if (segment === '' || shape.kind === 'leaf' || shape.kind === 'list') return undefined;
    const known: readonly string[] = shape.kind === 'object' ? [...shape.keys.keys()] : isObject(value) ? Object.keys(value) : [];
    const key = known.find((name) => normalize(name) === normalize(segment)) ?? (shape.kind === 'record' ? segment.toLowerCase() : undefined);
    const next = key === undefined ? undefined : shape.kind === 'object' ? shape.keys.get(key) : shape.value;
    if (key === undefined || next === undefined) return undefined;
    pointer = joinPointer(pointer, key);
    shape = next;
    value = isObject(value) ? value[key] : undefined;
  }
  return pointer;
}

function explain(segments: readonly string[], shape: Shape): { readonly isCertain: boolean; readonly fix: string } {
  const written = normalize(segments.join(''));
  const paths = listPaths(shape);
  const exact = paths.find((pointer) => normalize(splitPointer(pointer).join('')) === written);
  const near = exact ?? nearest(written, paths);
  const isCertain = exact !== undefined || segments.length > 1;
  const fallback = isCertain ? 'Unset it; `switchyard config schema` lists all keys.' : 'Ignored; unset it if it was meant for Switchyard.';
  return { isCertain, fix: near === undefined ? fallback : `Did you mean ${variableName(near)}?` };
}

function nearest(written: string, paths: readonly string[]): string | undefined {
  const byName = new Map(paths.map((pointer) => [normalize(splitPointer(pointer).join('')), pointer]));
  return byName.get(suggest(written, [...byName.keys()]) ?? '');
}

function parseValue(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
