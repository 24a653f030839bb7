/** @module config/edit-yaml: sets or removes one entry of a section in a YAML file, and not a byte beside it. */
import { isCollection, isMap, isScalar, parseDocument, stringify, type Document, type Pair, type YAMLMap } from 'yaml';
import { canonicalJson, isObject, type JsonObject } from '../core/json.ts';
import { AppError } from '../core/errors.ts';

const BOM = '\uFEFF';

/** One entry of a section: `section.name`. */
export interface EntryPlace {
  readonly section: string;
  readonly name: string;
}

/**
 * The text with the entry set (or, for undefined, removed); a missing section is made at the end.
 * Comments, order, quotes, line ends and a byte order mark stay. The result is read again: every other
 * value is what it was.
 *
 * @param text one that the configuration's reader accepts
 */
export function editYaml(text: string, place: EntryPlace, entry: JsonObject | undefined): string {
  const mark = text.startsWith(BOM) ? BOM : '';
  const bare = text.slice(mark.length);
  const expected = canonicalJson(changed(parsedValue(bare), place, entry));
  const inPlace = entry === undefined ? removeText(bare, place) : insertText(bare, place, entry);
  if (inPlace !== undefined && isMeant(inPlace, expected)) return mark + inPlace;
  const whole = editTree(bare, place, entry);
  if (!isMeant(whole, expected)) throw new AppError('INTERNAL', { cause: new Error('editing would change another value') });
  return mark + whole;
}

const parse = (text: string): Document.Parsed => parseDocument(text, { version: '1.2', uniqueKeys: false, logLevel: 'silent' });

function parsedValue(text: string): unknown {
  return parse(text).toJS() ?? {};
}

function isMeant(text: string, expected: string): boolean {
  const document = parse(text);
  return document.errors.length === 0 && canonicalJson(document.toJS() ?? {}) === expected;
}

function changed(value: unknown, { section, name }: EntryPlace, entry: JsonObject | undefined): unknown {
  const root = isObject(value) ? value : {};
  const held = isObject(root[section]) ? root[section] : {};
  const others = Object.entries(held).filter(([key]) => key !== name);
  if (entry !== undefined) return { ...root, [section]: Object.fromEntries([...Object.entries(held).filter(([key]) => key !== name), [name, entry]]) };
  return others.length === 0 ? Object.fromEntries(Object.entries(root).filter(([key]) => key !== section)) : { ...root, [section]: Object.fromEntries(others) };
}

const nameOf = (pair: Pair): unknown => (isScalar(pair.key) ? pair.key.value : undefined);

function pairAt(map: unknown, name: string): Pair | undefined {
  return isMap(map) ? map.items.find((pair) => nameOf(pair) === name) : undefined;
}

/** The section's map, written as a block. */
function blockAt(document: Document.Parsed, section: string): YAMLMap | undefined {
  const value = pairAt(document.contents, section)?.value;
  return isMap(value) && value.flow !== true && value.items.length > 0 ? value : undefined;
}

function startOf(pair: Pair): number {
  return isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
}

/** The offset after the last line of the pair, a comment on it included. */
function endOfLines(text: string, pair: Pair): number {
  const value = pair.value;
  const node = isScalar(value) || isCollection(value) ? value : isScalar(pair.key) ? pair.key : undefined;
  const end = deepEnd(value) ?? node?.range?.[1] ?? startOf(pair);
  if (text[end - 1] === '\n') return end;
  const line = text.indexOf('\n', end);
  return line < 0 ? text.length : line + 1;
}

/** A block ends with its last value; what its range adds are comments of what follows. */
function deepEnd(value: unknown): number | undefined {
  if (!isMap(value) || value.flow === true) return isScalar(value) || isCollection(value) ? (value.range?.[1] ?? undefined) : undefined;
  const last = value.items.at(-1);
  return last === undefined ? undefined : (deepEnd(last.value) ?? (isScalar(last.key) ? last.key.range?.[1] : undefined));
}

const columnOf = (text: string, offset: number): string => ' '.repeat(offset - (text.lastIndexOf('\n', offset - 1) + 1));

function print(name: string, entry: JsonObject, indent: string, unit: number, eol: string): string {
  return stringify({ [name]: entry }, { indent: unit, lineWidth: 0, version: '1.2' })
    .replace(/^(?=.)/gm, indent)
    .replaceAll('\n', eol);
}

function insertText(text: string, { section, name }: EntryPlace, entry: JsonObject): string | undefined {
  const document = parse(text);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const unit = Math.max(2, /\n( +)[^\s#]/.exec(text)?.[1]?.length ?? 2);
  const block = blockAt(document, section);
  const ended = (before: string): string => (before === '' || before.endsWith('\n') ? before : before + eol);
  if (block === undefined) {
    if (pairAt(document.contents, section) !== undefined || (document.contents !== null && !(isMap(document.contents) && document.contents.flow !== true)))
      return undefined;
    const gap = text.trim() === '' ? '' : eol;
    return `${ended(text)}${gap}${section}:${eol}${print(name, entry, ' '.repeat(unit), unit, eol)}`;
  }
  const present = pairAt(block, name);
  const last = block.items.at(-1);
  if (last === undefined) return undefined;
  const indent = columnOf(text, startOf(last));
  const printed = print(name, entry, indent, unit, eol);
  if (present === undefined) {
    const at = endOfLines(text, last);
    return ended(text.slice(0, at)) + printed + text.slice(at);
  }
  return text.slice(0, startOf(present) - indent.length) + printed + text.slice(endOfLines(text, present));
}

function removeText(text: string, { section, name }: EntryPlace): string | undefined {
  const document = parse(text);
  const block = blockAt(document, section);
  const present = pairAt(block, name);
  if (block === undefined || present === undefined) return undefined;
  const whole = block.items.length === 1 ? pairAt(document.contents, section) : undefined;
  const gone = whole ?? present;
  const start = text.lastIndexOf('\n', startOf(gone) - 1) + 1;
  const rest = text.slice(0, start) + text.slice(endOfLines(text, gone));
  return rest.trim() === '' ? '' : rest;
}

/** The whole file written anew from its tree: comments stay, spacing may not. */
function editTree(text: string, { section, name }: EntryPlace, entry: JsonObject | undefined): string {
  const document = parse(text);
  if (entry !== undefined) {
    const held = pairAt(document.contents, section)?.value;
    const comment = isMap(held) || isScalar(held) ? held.comment : undefined;
    if (!isMap(held)) document.set(section, document.createNode({}));
    const map = pairAt(document.contents, section)?.value;
    if (isMap(map)) {
      // What stood behind `{}` stands above the first entry now.
      if (comment) map.commentBefore = comment;
      map.comment = null;
      map.flow = false;
    }
    document.setIn([section, name], document.createNode(entry));
  } else {
    document.deleteIn([section, name]);
    const held = pairAt(document.contents, section)?.value;
    if (isMap(held) && held.items.length === 0) document.delete(section);
  }
  return document.toString({ lineWidth: 0 });
}
