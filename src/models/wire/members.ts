/** @module models/wire/members: reads and changes top-level members of a JSON object, byte by byte. */
import { AppError } from '../../core/errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/**
 * The bytes with the value of one top-level member replaced; every other byte stays.
 *
 * @param json one valid JSON object in UTF-8; validity is not checked here
 * @throws AppError INVALID_REQUEST when the member is missing, or when any top-level name stands there
 *   twice: two readers could then see two different requests
 */
export function replaceMember(json: Uint8Array, name: string, value: unknown): Uint8Array {
  const members = topLevelMembers(json);
  if (!members.some((member) => member.name === name)) throw new AppError('INVALID_REQUEST', { message: `The body has no member ${name}.` });
  return rewrite(json, members, { [name]: value });
}

/**
 * The bytes with top-level members set and removed. A member that is there keeps its place, one that is
 * not comes last; every other byte stays, but for the comma of what was removed.
 *
 * @param json one valid JSON object in UTF-8; validity is not checked here
 * @param edits the new value by name; undefined = remove it
 * @throws AppError INVALID_REQUEST when any top-level name stands there twice
 */
export function editMembers(json: Uint8Array, edits: Readonly<Record<string, unknown>>): Uint8Array {
  return rewrite(json, topLevelMembers(json), edits);
}

/**
 * The bytes of the value of a top-level member; undefined when there is none.
 *
 * @param json one valid JSON object in UTF-8; validity is not checked here
 * @throws AppError INVALID_REQUEST when any top-level name stands there twice
 */
export function readMember(json: Uint8Array, name: string): Uint8Array | undefined {
  const found = topLevelMembers(json).find((member) => member.name === name);
  return found && json.subarray(found.valueStart, found.valueEnd);
}

/**
 * The bytes of the values of all top-level members, parts of the given ones.
 *
 * @param json one valid JSON object in UTF-8; validity is not checked here
 * @throws AppError INVALID_REQUEST when any top-level name stands there twice
 */
export function readMembers(json: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map(topLevelMembers(json).map(({ name, valueStart, valueEnd }) => [name, json.subarray(valueStart, valueEnd)]));
}

/**
 * The bytes as they are.
 *
 * @param json one valid JSON object in UTF-8; validity is not checked here
 * @throws AppError INVALID_REQUEST when any top-level name stands there twice: two readers could then see two different requests
 */
export function assertUnique(json: Uint8Array): Uint8Array {
  topLevelMembers(json);
  return json;
}

/**
 * The bytes of a list with each of its values replaced; what stands between them stays.
 *
 * @param json one valid JSON list in UTF-8; validity is not checked here
 */
export function mapListItems(json: Uint8Array, edit: (item: Uint8Array) => Uint8Array): Uint8Array {
  const list = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const pieces: Uint8Array[] = [];
  let keptTo = 0;
  let at = skipSpace(list, list.indexOf(OPEN_LIST) + 1);
  while (at < list.length && list[at] !== CLOSE_LIST) {
    const end = endOfValue(list, at);
    pieces.push(list.subarray(keptTo, at), edit(list.subarray(at, end)));
    keptTo = end;
    at = skipSpace(list, end);
    if (list[at] !== COMMA) break;
    at = skipSpace(list, at + 1);
  }
  pieces.push(list.subarray(keptTo));
  return Buffer.concat(pieces);
}

interface Member {
  readonly name: string;
  readonly nameStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Copies what lies between the edits in one piece: a body may have a million members. */
function rewrite(json: Uint8Array, members: readonly Member[], edits: Readonly<Record<string, unknown>>): Uint8Array {
  const added = Object.entries(edits).filter(([name, value]) => value !== undefined && !members.some((member) => member.name === name));
  const bodyStart = members[0]?.nameStart ?? json.indexOf(OPEN_OBJECT) + 1;
  const bodyEnd = members.at(-1)?.valueEnd ?? bodyStart;
  const lastKept = members.findLast(({ name }) => !Object.hasOwn(edits, name) || edits[name] !== undefined);
  const keptEnd = lastKept?.valueEnd ?? bodyStart;

  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [index, { name, nameStart, valueStart, valueEnd }] of members.entries()) {
    if (nameStart >= keptEnd) break;
    if (!Object.hasOwn(edits, name)) continue;
    const isRemoved = edits[name] === undefined;
    pieces.push(json.subarray(at, isRemoved ? nameStart : valueStart), ...(isRemoved ? [] : [encode(edits[name])]));
    // What is removed takes the comma behind it along, with the space around it.
    at = isRemoved ? (members[index + 1]?.nameStart ?? bodyEnd) : valueEnd;
  }
  pieces.push(json.subarray(at, keptEnd));
  for (const [index, [name, value]] of added.entries()) {
    pieces.push(Buffer.from(`${lastKept || index > 0 ? ',' : ''}${JSON.stringify(name)}:`), encode(value));
  }
  pieces.push(json.subarray(bodyEnd));
  return Buffer.concat(pieces);
}

function topLevelMembers(bytes: Uint8Array): readonly Member[] {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members = new Map<string, Member>();
  let at = skipSpace(json, json.indexOf(OPEN_OBJECT) + 1);
  while (json[at] === QUOTE) {
    const nameStart = at;
    const nameEnd = stringEnd(json, nameStart);
    const written = json.toString('utf8', nameStart + 1, nameEnd - 1);
    const name = written.includes('\\') ? String(JSON.parse(`"${written}"`)) : written;
    if (members.has(name)) throw new AppError('INVALID_REQUEST', { message: `The body has the member ${name.slice(0, 64)} twice.` });
    const valueStart = skipSpace(json, json.indexOf(COLON, nameEnd) + 1);
    const valueEnd = endOfValue(json, valueStart);
    members.set(name, { name, nameStart, valueStart, valueEnd });
    at = skipSpace(json, valueEnd);
    if (json[at] !== COMMA) break;
    at = skipSpace(json, at + 1);
  }
  return [...members.values()];
}

/** Index behind the closing quote of the string that opens at `at`. */
function stringEnd(json: Buffer, at: number): number {
  for (let quote = json.indexOf(QUOTE, at + 1); quote >= 0; quote = json.indexOf(QUOTE, quote + 1)) {
    let escapes = 0;
    while (json[quote - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
  return json.length;
}

function endOfValue(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at += 1) {
    switch (json[at]) {
      case QUOTE:
        at = stringEnd(json, at) - 1;
        if (depth === 0) return at + 1;
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        depth += 1;
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        // The bracket of the object around the value ends a number or a word.
        if (depth === 0) return at;
        depth -= 1;
        if (depth === 0) return at + 1;
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
      default:
        if (depth === 0 && isSpace(json[at])) return at;
    }
  }
  return json.length;
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  while (isSpace(json[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
