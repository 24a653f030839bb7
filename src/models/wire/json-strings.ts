/** @module models/wire/json-strings: finds texts anywhere in a JSON value and changes parts of them, byte by byte. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_LIST = 0x5d;

/** What was found: `name` = the name of a member, `number` = a number of eight digits or more. */
export type TokenKind = 'text' | 'name' | 'number';

/** One text of a JSON value. Valid while it is visited: `path` is that of the walk. */
export interface JsonToken {
  readonly kind: TokenKind;
  /** Names and indices on the way to it, its own at the end. */
  readonly path: readonly (string | number)[];
  /** Bytes of it, without the quotes. */
  readonly start: number;
  readonly end: number;
}

/** A part of the decoded text and what shall stand there. */
export interface TextEdit {
  /** UTF-16 code units of the decoded text. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A text of the JSON with its edits, in their order. */
export interface TokenEdits {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly edits: readonly TextEdit[];
}

const LONG_NUMBER = 8;

/**
 * Visits every text in the order of the bytes, those of repeated members too.
 *
 * @param json one valid JSON value in UTF-8; validity is not checked here
 */
export function walkTexts(bytes: Uint8Array, visit: (token: JsonToken) => void): void {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const path: (string | number)[] = [];
  const isObject: boolean[] = [];
  let isName = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) {
      const end = closingQuote(json, at);
      if (isName) path[path.length - 1] = decodeText(json, at + 1, end);
      visit({ kind: isName ? 'name' : 'text', path, start: at + 1, end });
      isName = false;
      at = end;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      isName = byte === OPEN_OBJECT;
      isObject.push(isName);
      path.push(isName ? '' : 0);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      isName = false;
      isObject.pop();
      path.pop();
    } else if (byte === COMMA) {
      const last = path.at(-1);
      isName = isObject.at(-1) === true;
      if (typeof last === 'number') path[path.length - 1] = last + 1;
    } else if (byte >= 0x30 && byte <= 0x39) {
      const start = at;
      while (isNumberByte(json[at + 1])) at += 1;
      if (at + 1 - start >= LONG_NUMBER) visit({ kind: 'number', path, start, end: at + 1 });
    }
  }
}

/** The text between two bytes, without escapes. */
export function decodeText(json: Uint8Array, start: number, end: number): string {
  const raw = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8', start, end);
  return raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
}

/** The bytes with the edits made; every other byte stays, escapes too. */
export function editTexts(json: Uint8Array, edited: readonly TokenEdits[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let keptTo = 0;
  for (const { kind, start, end, edits } of edited) {
    if (edits.length === 0) continue;
    pieces.push(json.subarray(keptTo, start));
    const raw = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8', start, end);
    pieces.push(Buffer.from(kind === 'number' ? JSON.stringify(editNumber(raw, edits)) : editRaw(raw, edits)));
    keptTo = end;
  }
  pieces.push(json.subarray(keptTo));
  return Buffer.concat(pieces);
}

/** A number cannot hold a marker: it becomes a text. */
function editNumber(raw: string, edits: readonly TextEdit[]): string {
  return applyEdits(raw, edits);
}

/** The text with the edits made. @param edits in their order, apart from each other */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let made = '';
  let keptTo = 0;
  for (const edit of edits) {
    made += text.slice(keptTo, edit.from) + edit.text;
    keptTo = edit.to;
  }
  return made + text.slice(keptTo);
}

/** Edits count decoded units, the raw text has escapes: both are walked side by side. */
function editRaw(raw: string, edits: readonly TextEdit[]): string {
  let made = '';
  let keptTo = 0;
  let rawAt = 0;
  let unit = 0;
  const advance = (to: number): void => {
    while (unit < to && rawAt < raw.length) {
      rawAt += raw[rawAt] === '\\' ? (raw[rawAt + 1] === 'u' ? 6 : 2) : 1;
      unit += 1;
    }
  };
  for (const { from, to, text } of edits) {
    advance(from);
    made += raw.slice(keptTo, rawAt) + JSON.stringify(text).slice(1, -1);
    advance(to);
    keptTo = rawAt;
  }
  return made + raw.slice(keptTo);
}

function closingQuote(json: Buffer, at: number): number {
  for (let quote = json.indexOf(QUOTE, at + 1); quote >= 0; quote = json.indexOf(QUOTE, quote + 1)) {
    let escapes = 0;
    while (json[quote - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return quote;
  }
  return json.length;
}

/** Digits, and what may follow them in a number. */
function isNumberByte(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    byte !== COLON &&
    ((byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d)
  );
}
