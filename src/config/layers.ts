/** @module config/layers: values of several sources on top of each other, each knowing its origin. */
import { isObject, type JsonObject } from '../core/json.ts';
import type { Mark, ParsedDocument } from './document.ts';
import type { EnvironmentOverride } from './environment.ts';
import { placeOf } from './environment.ts';
import { joinPointer, parentPointer, splitPointer } from './pointer.ts';
import type { Place } from './problem.ts';

/** Where a value came from. */
export type Origin = 'file' | 'environment' | 'command line';

interface Entry {
  readonly origin: Origin;
  readonly mark?: Mark | undefined;
  readonly place?: Place | undefined;
}

/** The values of all sources, the last one winning. */
export interface Layers {
  readonly value: unknown;
  /** Other readings of values that came as text, by pointer: a number that was written `"${PORT}"`, a text that looked like JSON. */
  readonly alternatives: ReadonlyMap<string, unknown>;
  /** Where the value, or the nearest one around it, was written. */
  placeOf(pointer: string, at: 'key' | 'value'): Place;
  /** The source of the value or of the nearest one around it; undefined when no source set it. */
  originOf(pointer: string): Origin | undefined;
  /** Whether the value may come from outside the file, so that messages must not repeat it. */
  isHidden(pointer: string): boolean;
}

/** What there is to put together. */
export interface LayerInput {
  /** Undefined when there is no file. */
  readonly document: ParsedDocument | undefined;
  /** The file's values with variables filled in. */
  readonly value: unknown;
  readonly interpolated: readonly string[];
  readonly environment: readonly EnvironmentOverride[];
  /** Nested as the configuration is; members that are undefined count as absent. */
  readonly overrides: JsonObject;
}

/** Puts the environment over the file and the command line over both. */
export function buildLayers({ document, value: fileValue, interpolated, environment, overrides }: LayerInput): Layers {
  const entries = new Map<string, Entry>();
  const alternatives = new Map<string, unknown>();
  let value = fileValue;
  for (const [pointer, mark] of document?.marks ?? []) entries.set(pointer, { origin: 'file', mark });
  for (const pointer of interpolated) addAlternative(alternatives, pointer, valueAt(value, pointer));

  const put = (pointer: string, member: unknown, entry: Entry): void => {
    for (const below of entries.keys()) if (below === pointer || below.startsWith(`${pointer}/`)) entries.delete(below);
    alternatives.delete(pointer);
    entries.set(pointer, entry);
    value = replaceAt(value, splitPointer(pointer), member);
  };
  for (const { pointer, variable, value: parsed, raw } of environment) {
    put(pointer, parsed, { origin: 'environment', place: placeOf(variable) });
    if (parsed !== raw) alternatives.set(pointer, raw);
  }
  for (const [pointer, member] of leavesOf(overrides)) {
    put(pointer, member, { origin: 'command line', place: { source: 'command line', line: null, column: null } });
  }

  const nearest = (pointer: string): Entry | undefined => entries.get(pointer) ?? (pointer === '' ? undefined : nearest(parentPointer(pointer)));
  const fromOutside = new Set(interpolated);
  return {
    value,
    alternatives,
    originOf: (pointer) => nearest(pointer)?.origin,
    isHidden: (pointer) => fromOutside.has(pointer) || nearest(pointer)?.origin === 'environment',
    placeOf(pointer, at) {
      const entry = nearest(pointer);
      if (entry?.place) return entry.place;
      if (!document) return { source: 'configuration', line: null, column: null };
      const { key, start } = entry?.mark ?? { key: undefined, start: 0 };
      const isOwn = entry !== undefined && entries.get(pointer) === entry;
      return { source: document.source.label, ...document.source.lines.at(at === 'key' || !isOwn ? (key ?? start) : start) };
    },
  };
}

/** The value with one place set; everything on the way that is no object becomes one. */
export function replaceAt(value: unknown, steps: readonly string[], member: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return member;
  if (Array.isArray(value)) return value.map((item: unknown, index) => (String(index) === step ? replaceAt(item, rest, member) : item));
  const base = isObject(value) ? value : {};
  return { ...base, [step]: replaceAt(Object.hasOwn(base, step) ? base[step] : undefined, rest, member) };
}

/** The value at a pointer, or undefined. */
export function valueAt(value: unknown, pointer: string): unknown {
  let current = value;
  for (const step of splitPointer(pointer)) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isObject(current) && Object.hasOwn(current, step)) current = current[step];
    else return undefined;
  }
  return current;
}

/** A text from a variable may be meant as a number, true, false or null; never as a list or section. */
function addAlternative(alternatives: Map<string, unknown>, pointer: string, text: unknown): void {
  if (typeof text !== 'string' || !/^\s*(?:true|false|null|-?\d[\d.eE+-]*)\s*$/.test(text)) return;
  try {
    alternatives.set(pointer, JSON.parse(text));
  } catch {
    // Not JSON after all (`1.2.3`, `007`): it stays a text.
  }
}

function* leavesOf(value: JsonObject, pointer = ''): Generator<readonly [string, unknown]> {
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const own = joinPointer(pointer, key);
    if (isObject(member)) yield* leavesOf(member, own);
    else yield [own, member];
  }
}
