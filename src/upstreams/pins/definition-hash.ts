/** @module upstreams/pins/definition-hash: what makes two definitions the same. */
import { createHash } from 'node:crypto';
import type { DefinitionKind } from '../../contracts/pins.ts';
import { canonicalJson, isObject, type JsonObject } from '../../core/json.ts';

/** A definition with more characters of canonical JSON than this is unusable: no model reads it, no person approves it. */
export const MAX_DEFINITION_CHARACTERS = 131_072;
/** Schemas of real tools have at most about fifteen levels. */
const MAX_DEPTH = 64;
const MAX_NAME = 256;

/** A definition that can be pinned, or why not. */
export type Usable =
  | { readonly name: string; readonly hash: string; readonly characters: number; readonly definition: JsonObject }
  | { readonly name: string; readonly problem: string };

/**
 * `sha256:` and the digest of the canonical JSON of kind and definition. Independent of the order of members; changed by
 * every member, `_meta` and unknown ones too: what is forwarded is what was approved.
 *
 * @see RFC 8785
 */
export function hashDefinition(kind: DefinitionKind, definition: JsonObject): string {
  return digest(kind, canonicalJson(definition));
}

/** Name, hash and size of a listed value. Never throws, whatever it is. */
export function examineDefinition(kind: DefinitionKind, value: unknown): Usable {
  const member = kind === 'template' ? 'uriTemplate' : 'name';
  const name = isObject(value) ? value[member] : undefined;
  if (!isObject(value) || typeof name !== 'string' || name === '') return { name: '', problem: `It has no ${member}.` };
  if (name.length > MAX_NAME) return { name: name.slice(0, MAX_NAME), problem: `Its ${member} has more than ${MAX_NAME} characters.` };
  if (!isShallow(value)) return { name, problem: `It nests deeper than ${MAX_DEPTH} levels.` };
  const text = canonicalJson(value);
  if (text.length > MAX_DEFINITION_CHARACTERS) return { name, problem: `It has more than ${MAX_DEFINITION_CHARACTERS} characters.` };
  return { name, hash: digest(kind, text), characters: text.length, definition: value };
}

function digest(kind: DefinitionKind, text: string): string {
  return `sha256:${createHash('sha256').update(`${kind}\n${text}`).digest('hex')}`;
}

/** Level by level, since the values of others may nest deeper than the stack is. */
function isShallow(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return true;
}
