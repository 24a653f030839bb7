/**
 * @module clients/toml-scan: where the statements of a TOML file begin and end, and what they say.
 *
 * Enough of TOML 1.0 to find, read and replace tables in a file that a person maintains; dates and
 * numbers are kept as their text. Not checked: that tables and keys are not defined twice, and what
 * only a full parser would object to inside numbers and dates.
 *
 * @see https://toml.io/en/v1.0.0
 */
import { invalidFile, withinStack } from './text-file.ts';

/** A value; numbers and dates as their text in `raw`. */
export type TomlValue = string | boolean | readonly TomlValue[] | { readonly [key: string]: TomlValue } | TomlRaw;

/** A number or a date, unread. */
export class TomlRaw {
  readonly raw: string;
  constructor(raw: string) {
    this.raw = raw;
  }
}

/** One header or one pair. Offsets span whole lines: indentation, trailing comment and line end included. */
export interface TomlStatement {
  readonly kind: 'table' | 'array' | 'pair';
  /** From the root: for a pair, the table it stands in and its own (dotted) key. */
  readonly place: readonly string[];
  /** Of a pair: the table it stands in. */
  readonly table: readonly string[];
  readonly value: TomlValue | undefined;
  readonly start: number;
  readonly end: number;
}

const BARE_KEY = /[A-Za-z0-9_-]+/y;
const SPACE = /[ \t]*/y;
const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const LINE_END = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
const RAW_VALUE = /[+-]?(?:inf|nan|[0-9][0-9A-Za-z_+.:-]*(?: [0-9]{2}:[0-9]{2}:[0-9.]+(?:Z|[+-][0-9:]+)?)?)/y;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b', '"': '"', '\\': '\\' };

/** A cursor over the text; every method fails with CLIENT_CONFIG_INVALID at its place. */
class Cursor {
  offset = 0;
  readonly #path: string;
  readonly #text: string;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  fail(problem: string, offset = this.offset): never {
    throw invalidFile(this.#path, this.#text, offset, problem);
  }

  get isAtEnd(): boolean {
    return this.offset >= this.#text.length;
  }

  /** Moves past the text if it is there. */
  eat(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.offset)) return false;
    this.offset += expected.length;
    return true;
  }

  /** Moves past the match of a sticky expression and returns it. */
  match(expression: RegExp): string | undefined {
    expression.lastIndex = this.offset;
    const found = expression.exec(this.#text)?.[0];
    this.offset += found?.length ?? 0;
    return found;
  }

  /** Everything up to the terminator, which is passed over. */
  until(terminator: string, isOneLine: boolean): string {
    const end = this.#text.indexOf(terminator, this.offset);
    const content = this.#text.slice(this.offset, end);
    if (end < 0 || (isOneLine && content.includes('\n'))) this.fail('the string does not end');
    this.offset = end + terminator.length;
    return content;
  }

  /** The next character, passed over. */
  next(): string {
    const character = this.#text[this.offset];
    if (character === undefined) this.fail('the file ends too early');
    this.offset += 1;
    return character;
  }
}

function readEscape(cursor: Cursor): string {
  const letter = cursor.next();
  const length = { x: 2, u: 4, U: 8 }[letter];
  if (length === undefined) return ESCAPES[letter] ?? cursor.fail('unknown escape in a string');
  const digits = Array.from({ length }, () => cursor.next()).join('');
  const code = /^[0-9A-Fa-f]+$/.test(digits) ? Number.parseInt(digits, 16) : Infinity;
  return code <= 0x10ffff ? String.fromCodePoint(code) : cursor.fail('unknown escape in a string');
}

function readBasic(cursor: Cursor, isMultiline: boolean): string {
  let text = '';
  if (isMultiline) cursor.match(/\r?\n/y);
  for (;;) {
    if (cursor.eat(isMultiline ? '"""' : '"')) return isMultiline ? text + (cursor.match(/"{1,2}(?!")/y) ?? '') : text;
    const character = cursor.next();
    if (character === '\n' && !isMultiline) cursor.fail('the string does not end', cursor.offset - 1);
    // A backslash at the end of a line swallows the white space up to the next text.
    if (character !== '\\') text += character;
    else if (!(isMultiline && cursor.match(/[ \t]*\r?\n[ \t\r\n]*/y) !== undefined)) text += readEscape(cursor);
  }
}

function readString(cursor: Cursor): string | undefined {
  if (cursor.eat('"""')) return readBasic(cursor, true);
  if (cursor.eat('"')) return readBasic(cursor, false);
  if (cursor.eat("'''")) return cursor.until("'''", false).replace(/^\r?\n/, '') + (cursor.match(/'{1,2}(?!')/y) ?? '');
  return cursor.eat("'") ? cursor.until("'", true) : undefined;
}

function readKey(cursor: Cursor): readonly string[] {
  const names: string[] = [];
  do {
    cursor.match(SPACE);
    const name = cursor.match(BARE_KEY) ?? readString(cursor);
    names.push(name ?? cursor.fail('a key is expected'));
    cursor.match(SPACE);
  } while (cursor.eat('.'));
  return names;
}

function readArray(cursor: Cursor): readonly TomlValue[] {
  const items: TomlValue[] = [];
  for (;;) {
    cursor.match(BLANK);
    if (cursor.eat(']')) return items;
    items.push(readValue(cursor));
    cursor.match(BLANK);
    if (cursor.eat(']')) return items;
    if (!cursor.eat(',')) cursor.fail('a comma or ] is expected');
  }
}

function readInlineTable(cursor: Cursor): { readonly [key: string]: TomlValue } {
  const pairs: [readonly string[], TomlValue][] = [];
  for (;;) {
    cursor.match(BLANK);
    if (cursor.eat('}')) return nest(pairs);
    const key = readKey(cursor);
    if (!cursor.eat('=')) cursor.fail('= is expected');
    cursor.match(SPACE);
    pairs.push([key, readValue(cursor)]);
    cursor.match(BLANK);
    if (!cursor.eat(',') && !cursor.eat('}')) cursor.fail('a comma or } is expected');
    else if (isClosed(cursor)) return nest(pairs);
  }
}

/** Whether the bracket that was just passed over closed the table. */
function isClosed(cursor: Cursor): boolean {
  cursor.offset -= 1;
  return cursor.next() === '}';
}

/** Dotted keys as tables in tables. */
export function nest(pairs: Iterable<readonly [readonly string[], TomlValue]>): { readonly [key: string]: TomlValue } {
  const groups = new Map<string, [readonly string[], TomlValue][]>();
  for (const [[head = '', ...rest], value] of pairs) groups.set(head, [...(groups.get(head) ?? []), [rest, value]]);
  return Object.fromEntries(
    [...groups].map(([head, members]) => {
      const whole = members.find(([rest]) => rest.length === 0);
      return [head, whole ? whole[1] : nest(members)];
    }),
  );
}

function readValue(cursor: Cursor): TomlValue {
  const text = readString(cursor);
  if (text !== undefined) return text;
  if (cursor.eat('[')) return readArray(cursor);
  if (cursor.eat('{')) return readInlineTable(cursor);
  const word = cursor.match(/(?:true|false)\b/y);
  if (word !== undefined) return word === 'true';
  const raw = cursor.match(RAW_VALUE);
  return raw === undefined ? cursor.fail('a value is expected') : new TomlRaw(raw);
}

/**
 * The statements in their order. Comments and empty lines between them belong to none.
 *
 * @param path for messages only
 * @throws AppError CLIENT_CONFIG_INVALID with line and column
 */
export function scanToml(path: string, text: string): readonly TomlStatement[] {
  return withinStack(path, text, () => readStatements(path, text));
}

function readStatements(path: string, text: string): readonly TomlStatement[] {
  const cursor = new Cursor(path, text);
  cursor.eat('\uFEFF');
  const statements: TomlStatement[] = [];
  let table: readonly string[] = [];
  for (;;) {
    // Up to the start of the line on which the next statement stands.
    cursor.match(/(?:[ \t]*(?:#[^\n]*)?\r?\n)*/y);
    const start = cursor.offset;
    if (cursor.match(/[ \t]*(?:#[^\n]*)?$/y) !== undefined || cursor.isAtEnd) return statements;
    cursor.match(SPACE);
    const kind = cursor.eat('[[') ? 'array' : cursor.eat('[') ? 'table' : 'pair';
    const key = readKey(cursor);
    let value: TomlValue | undefined;
    if (kind === 'pair') {
      if (!cursor.eat('=')) cursor.fail('= is expected');
      cursor.match(SPACE);
      value = readValue(cursor);
    } else {
      if (!cursor.eat(kind === 'array' ? ']]' : ']')) cursor.fail('] is expected');
      table = key;
    }
    if (cursor.match(LINE_END) === undefined) cursor.fail('the end of the line is expected');
    statements.push({ kind, place: kind === 'pair' ? [...table, ...key] : key, table: kind === 'pair' ? table : [], value, start, end: cursor.offset });
  }
}
