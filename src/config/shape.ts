/** @module config/shape: which keys exist, read off the schema (for suggestions, overrides and null sections). */
import { isObject } from '../core/json.ts';
import { suggest, normalize } from './suggest.ts';
import { dottedName, joinPointer } from './pointer.ts';

/** The skeleton of a schema: its keys, without its constraints. */
export type Shape =
  | { readonly kind: 'object'; readonly isNullable: boolean; readonly keys: ReadonlyMap<string, Shape> }
  | { readonly kind: 'record'; readonly isNullable: boolean; readonly value: Shape }
  | { readonly kind: 'list'; readonly isNullable: boolean; readonly item: Shape }
  | { readonly kind: 'leaf'; readonly isNullable: boolean };

/** Names that the schema library drops without a word. */
const UNUSABLE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
const WRAPPERS: ReadonlySet<unknown> = new Set(['optional', 'exact_optional', 'nullish', 'nullable']);

/** The shape of a valibot schema. Unions count as leaves: their own validation names their keys. */
export function shapeOf(schema: unknown, isNullable = false): Shape {
  if (!isObject(schema)) return { kind: 'leaf', isNullable };
  const { type } = schema;
  if (WRAPPERS.has(type)) return shapeOf(schema['wrapped'], isNullable || type === 'nullable' || type === 'nullish');
  if (type === 'strict_object' && isObject(schema['entries'])) {
    return { kind: 'object', isNullable, keys: new Map(Object.entries(schema['entries']).map(([key, entry]) => [key, shapeOf(entry)])) };
  }
  if (type === 'record') return { kind: 'record', isNullable, value: shapeOf(schema['value']) };
  if (type === 'array') return { kind: 'list', isNullable, item: shapeOf(schema['item']) };
  return { kind: 'leaf', isNullable };
}

/** A key that the shape does not have, or a section that is none. */
export interface ShapeProblem {
  readonly pointer: string;
  /** Whether the key is meant, or its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly fix: string;
}

/**
 * The value with empty sections (`server:` and nothing below) made `{}`, unknown keys and values
 * that are no section left out, and a problem for each of those.
 */
export function checkShape(root: Shape, value: unknown): { readonly value: unknown; readonly problems: readonly ShapeProblem[] } {
  const problems: ShapeProblem[] = [];

  const walkObject = (keys: ReadonlyMap<string, Shape>, members: Readonly<Record<string, unknown>>, pointer: string): unknown => {
    const known: [string, unknown][] = [];
    for (const [key, member] of Object.entries(members)) {
      const shape = keys.get(key);
      const own = joinPointer(pointer, key);
      if (shape) known.push([key, walk(shape, member, own)]);
      else problems.push({ pointer: own, at: 'key', message: `${dottedName(own)} is not a known key.`, fix: suggestKey(root, keys, key) });
    }
    return Object.fromEntries(known);
  };

  const walkRecord = (shape: Shape, members: Readonly<Record<string, unknown>>, pointer: string): unknown => {
    const allowed = Object.entries(members).filter(([key]) => !UNUSABLE_NAMES.has(key));
    for (const key of Object.keys(members)) {
      const own = joinPointer(pointer, key);
      if (UNUSABLE_NAMES.has(key)) problems.push({ pointer: own, at: 'key', message: `${dottedName(own)} cannot be named so.`, fix: 'Choose another name.' });
    }
    return Object.fromEntries(allowed.map(([key, item]) => [key, walk(shape, item, joinPointer(pointer, key))]));
  };

  const walk = (shape: Shape, member: unknown, pointer: string): unknown => {
    if (shape.kind === 'leaf' || (member === null && shape.isNullable)) return member;
    if (shape.kind === 'list') return Array.isArray(member) ? member.map((item, index) => walk(shape.item, item, joinPointer(pointer, index))) : member;
    if (member === null || member === undefined) return {};
    if (!isObject(member)) {
      problems.push({ pointer, at: 'value', message: `${dottedName(pointer)} must be a section with keys.`, fix: sectionFix(shape) });
      return {};
    }
    if (shape.kind === 'object') return walkObject(shape.keys, member, pointer);
    return walkRecord(shape.value, member, pointer);
  };
  return { value: walk(root, value, ''), problems };
}

/** Every path of object keys, such as `server.port`. */
export function listPaths(shape: Shape, pointer = ''): readonly string[] {
  if (shape.kind !== 'object') return pointer === '' ? [] : [pointer];
  const below = [...shape.keys].flatMap(([key, member]) => listPaths(member, joinPointer(pointer, key)));
  return pointer === '' ? below : [pointer, ...below];
}

function suggestKey(root: Shape, keys: ReadonlyMap<string, Shape>, key: string): string {
  const near = suggest(key, [...keys.keys()]);
  if (near !== undefined) return `Did you mean ${JSON.stringify(near)}?`;
  const elsewhere = listPaths(root).find((pointer) => normalize(pointer.slice(pointer.lastIndexOf('/') + 1)) === normalize(key));
  if (elsewhere !== undefined) return `Did you mean ${dottedName(elsewhere)}?`;
  return `Remove it. Keys here: ${[...keys.keys()].join(', ')}.`;
}

function sectionFix(shape: Shape): string {
  const example = shape.kind === 'object' ? [...shape.keys.keys()][0] : undefined;
  return example === undefined ? 'Write key: value pairs below it.' : `Write keys below it, such as ${example}.`;
}
