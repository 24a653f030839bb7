/** @module upstreams/pins/lock-text: the text of switchyard.lock, read strictly and written so that a diff of it is a diff of definitions. */
import { DEFINITION_KINDS, type LockedUpstream, type PinLock } from './lock.ts';
import type { DefinitionKind, PinnedDefinition, UpstreamIdentity } from '../../contracts/pins.ts';
import { AppError } from '../../core/errors.ts';
import { deepFreeze, isObject, type JsonObject } from '../../core/json.ts';
import { examineDefinition } from './definition-hash.ts';
import { findPlace, findRepeatedKey, lineOf } from './json-places.ts';

/** Bytes of a lock: some thousand definitions. */
export const MAX_LOCK_BYTES = 33_554_432;

const SECTIONS: Readonly<Record<DefinitionKind, string>> = { tool: 'tools', prompt: 'prompts', template: 'templates', instructions: 'instructions' };

/** JSON with every member sorted, two spaces, one line feed at the end. */
export function printLock(lock: PinLock): string {
  const upstreams = [...lock].map(([name, { identity, pins }]) => {
    const sections = DEFINITION_KINDS.flatMap((kind) => {
      const known = pins.get(kind);
      return known ? [[SECTIONS[kind], new Map([...known].map(([own, { hash, definition }]) => [own, { hash, definition }]))] as const] : [];
    });
    return [name, new Map<string, unknown>([['identity', identity], ...sections])] as const;
  });
  return `${print(
    new Map<string, unknown>([
      ['version', 1],
      ['upstreams', new Map(upstreams)],
    ]),
    '',
  )}\n`;
}

/** Integer-like names would come first in an object: members are sorted as text. */
function print(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[\n${value.map((item) => inner + print(item, inner)).join(',\n')}\n${indent}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries: [string, unknown][] = (value instanceof Map ? [...value] : Object.entries(value)).map(([key, member]) => [String(key), member]);
  if (entries.length === 0) return '{}';
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{\n${entries.map(([key, member]) => `${inner}${JSON.stringify(key)}: ${print(member, inner)}`).join(',\n')}\n${indent}}`;
}

/**
 * The lock in the text. Strict: unknown members, a name given twice and a definition that does not have its hash are errors
 * of whoever edited it.
 *
 * @param label how messages call the file
 * @throws AppError PINS_INVALID naming file and line
 */
export function parseLock(text: string, label: string): PinLock {
  const fail = (pointer: readonly string[], message: string, fix?: string): never => {
    throw lockError(label, lineOf(text, findPlace(text, pointer)), message, fix);
  };
  const root = parseText(text, label);
  const repeated = findRepeatedKey(text);
  if (repeated) throw lockError(label, lineOf(text, repeated.offset), `The name ${JSON.stringify(repeated.key)} is given twice.`, 'Keep one of them.');
  if (!isObject(root)) return fail([], 'The file is not an object.');
  if (root['version'] !== 1) fail(['version'], 'The version is not 1.', 'Update switchyard, or restore the file.');
  refuseUnknown(root, ['version', 'upstreams'], [], fail);
  const { upstreams } = root;
  if (!isObject(upstreams)) return fail(['upstreams'], 'upstreams is not an object.');
  return new Map(Object.entries(upstreams).map(([name, entry]) => [name, toUpstream(entry, ['upstreams', name], fail)]));
}

type Fail = (pointer: readonly string[], message: string, fix?: string) => never;

function toUpstream(entry: unknown, pointer: readonly string[], fail: Fail): LockedUpstream {
  if (!isObject(entry)) return fail(pointer, 'An upstream is an object.');
  refuseUnknown(entry, ['identity', ...Object.values(SECTIONS)], pointer, fail);
  const { identity } = entry;
  if (!isIdentity(identity)) return fail([...pointer, 'identity'], 'The identity is not one of a program or a URL.');
  const pins = new Map<DefinitionKind, ReadonlyMap<string, PinnedDefinition>>();
  for (const kind of DEFINITION_KINDS) {
    const section = entry[SECTIONS[kind]];
    if (section === undefined) continue;
    const at = [...pointer, SECTIONS[kind]];
    if (!isObject(section)) return fail(at, `${SECTIONS[kind]} is not an object.`);
    pins.set(kind, new Map(Object.entries(section).map(([name, pin]) => [name, toPin(kind, name, pin, [...at, name], fail)])));
  }
  return { identity: deepFreeze(identity), pins };
}

function toPin(kind: DefinitionKind, name: string, pin: unknown, pointer: readonly string[], fail: Fail): PinnedDefinition {
  if (!isObject(pin)) return fail(pointer, 'A pin is an object with hash and definition.');
  refuseUnknown(pin, ['hash', 'definition'], pointer, fail);
  const examined = examineDefinition(kind, pin['definition']);
  if ('problem' in examined) return fail([...pointer, 'definition'], examined.problem);
  if (examined.name !== name) return fail(pointer, `The definition is called ${JSON.stringify(examined.name)}, not ${JSON.stringify(name)}.`);
  const restore = 'Restore both from version control, or remove the pin and approve the definition again.';
  if (examined.hash !== pin['hash']) return fail([...pointer, 'hash'], 'The hash is not that of the definition.', restore);
  return deepFreeze({ kind, name, hash: examined.hash, definition: examined.definition });
}

function refuseUnknown(object: JsonObject, known: readonly string[], pointer: readonly string[], fail: Fail): void {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown !== undefined) fail([...pointer, unknown], `The member ${JSON.stringify(unknown)} is unknown.`, `Remove it; known are ${known.join(', ')}.`);
}

function parseText(text: string, label: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const conflict = /^(?:<{7}|={7}|>{7})/m.exec(text);
    if (conflict) throw lockError(label, lineOf(text, conflict.index), 'A merge conflict is not resolved.', 'Keep one side of each conflict.', cause);
    const position = /at position (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1];
    throw lockError(label, lineOf(text, position === undefined ? text.length : Number(position)), 'This is not JSON.', undefined, cause);
  }
}

function lockError(label: string, line: number, message: string, fix?: string, cause?: unknown): AppError {
  return new AppError('PINS_INVALID', { message: `${label}:${line}: ${message}`, ...(fix === undefined ? {} : { fix }), data: { file: label, line }, cause });
}

/** Transports with a URL. */
const SERVERS: ReadonlySet<string> = new Set(['http', 'sse', 'openapi', 'rest', 'a2a']);

/** Whether the value is an identity, as it stands in a lock or among the definitions that wait. */
export function isIdentity(value: unknown): value is UpstreamIdentity {
  if (!isObject(value)) return false;
  const { transport, command, args, env, url, headers } = value;
  if (transport === 'stdio') return typeof command === 'string' && isTexts(args) && isTexts(env);
  return typeof transport === 'string' && SERVERS.has(transport) && typeof url === 'string' && isTexts(headers);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
