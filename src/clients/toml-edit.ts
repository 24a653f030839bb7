/** @module clients/toml-edit: sets, reads and removes one table of a TOML file, and not a byte beside it. */
import type { EntryValue } from './entries.ts';
import { applyEdits, invalidFile, layoutOf, type Edit } from './text-file.ts';
import { nest, scanToml, TomlRaw, type TomlStatement, type TomlValue } from './toml-scan.ts';

type Place = readonly [container: string, name: string];

const startsWith = (path: readonly string[], prefix: readonly string[]): boolean => prefix.every((name, index) => path[index] === name);
const isHeader = (statement: TomlStatement): boolean => statement.kind !== 'pair';

/** A basic string. JSON's escapes are TOML's, but for DEL, which TOML wants escaped. */
const quote = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f');
const printKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quote(key));

function printValue(value: EntryValue): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map(quote).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, text]) => `${printKey(key)} = ${quote(text)}`)
    .join(', ')} }`;
}

const isList = (value: EntryValue): value is readonly string[] => Array.isArray(value);

/** The table as text, with header. */
export function printTomlTable(place: Place, members: Readonly<Record<string, EntryValue>>, eol = '\n'): string {
  return `[${place.map(printKey).join('.')}]${eol}${printPairs(members, eol)}`;
}

function printPairs(members: Readonly<Record<string, EntryValue>>, eol: string): string {
  return Object.entries(members)
    .map(([key, value]) => `${printKey(key)} = ${printValue(value)}${eol}`)
    .join('');
}

/**
 * Refuses the spellings in which the table cannot be replaced by lines of its own: the container as
 * an inline table, or an array of tables.
 */
function checkSpelling(path: string, text: string, statements: readonly TomlStatement[], place: Place): void {
  for (const { kind, place: at, start } of statements) {
    const isContainer = at.length === 1 && at[0] === place[0];
    const isOurs = at.length === 2 && startsWith(at, place);
    if ((kind === 'pair' && isContainer) || (kind === 'array' && (isContainer || isOurs))) {
      throw invalidFile(path, text, start, `${place[0]} is not written as [${place[0]}.<name>] tables`);
    }
  }
}

/** What the file says of the server; undefined when it says nothing. */
export function readTomlTable(path: string, text: string, place: Place): { readonly [key: string]: TomlValue } | undefined {
  const all = scanToml(path, text);
  const statements = all.filter((statement) => startsWith(statement.place, place));
  if (statements.length === 0) return inlineTableOf(all, place);
  const pairs = statements.flatMap(({ kind, place: at, value }) => (kind === 'pair' && value !== undefined ? [[at.slice(place.length), value] as const] : []));
  const whole = pairs.find(([at]) => at.length === 0)?.[1];
  return whole !== undefined && isTable(whole) ? whole : nest(pairs);
}

const isTable = (value: TomlValue): value is { readonly [key: string]: TomlValue } =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof TomlRaw);

/** The container written as one inline table: read, but never edited. */
function inlineTableOf(statements: readonly TomlStatement[], [container, name]: Place): { readonly [key: string]: TomlValue } | undefined {
  const all = statements.find(({ kind, place }) => kind === 'pair' && place.length === 1 && place[0] === container)?.value;
  const own = all !== undefined && isTable(all) ? all[name] : undefined;
  return own !== undefined && isTable(own) ? own : undefined;
}

/** Names of all tables below the container. */
export function listTomlTables(path: string, text: string, container: string): readonly string[] {
  const statements = scanToml(path, text);
  const inline = statements.find(({ kind, place }) => kind === 'pair' && place.length === 1 && place[0] === container)?.value;
  const names = statements.flatMap(({ place }) => (place[0] === container && place[1] !== undefined ? [place[1]] : []));
  return [...new Set([...names, ...(typeof inline === 'object' ? Object.keys(inline) : [])])];
}

/** Spans of the statements that are to go. A header goes with the pairs below it; comments after the last pair stay. */
function spansOf(
  statements: readonly TomlStatement[],
  isGoing: (statement: TomlStatement) => boolean,
): readonly { readonly start: number; readonly end: number }[] {
  const spans: { start: number; end: number }[] = [];
  let wasGoing = false;
  for (const statement of statements) {
    const last = spans.at(-1);
    const isNow = isGoing(statement);
    // Comments between two statements of one table that go, go as well.
    if (isNow && wasGoing && last && !isHeader(statement)) last.end = statement.end;
    else if (isNow) spans.push({ start: statement.start, end: statement.end });
    wasGoing = isNow;
  }
  return spans;
}

/** Removes spans; an empty line that separated a removed table from what stood before it goes, too. */
function cut(text: string, spans: readonly { readonly start: number; readonly end: number }[]): string {
  const edits = spans.map(({ start, end }): Edit => {
    const isTable = /^[ \t]*\[/.test(text.slice(start, end));
    const blank = isTable ? (/(?<=\n|^)\r?\n$/.exec(text.slice(0, start))?.[0].length ?? 0) : 0;
    return { offset: start - blank, length: end - start + blank, content: '' };
  });
  return applyEdits(text, edits);
}

/**
 * The text with the table holding these members. A table that is there keeps its place, its comments
 * and the members that are not in `replaced`; otherwise the table comes at the end of the file.
 *
 * @throws AppError CLIENT_CONFIG_INVALID
 */
export function setTomlTable(path: string, text: string, place: Place, members: Readonly<Record<string, EntryValue>>, replaced: ReadonlySet<string>): string {
  const statements = scanToml(path, text);
  checkSpelling(path, text, statements, place);
  const { eol } = layoutOf(text);
  const header = statements.find((statement) => statement.kind === 'table' && statement.place.length === 2 && startsWith(statement.place, place));
  if (!header) {
    const rest = cut(
      text,
      spansOf(statements, (statement) => startsWith(statement.place, place)),
    );
    return appendTomlText(rest, printTomlTable(place, members, eol));
  }
  const isReplaced = ({ place: at }: TomlStatement): boolean => at.length > 2 && startsWith(at, place) && replaced.has(at[2] ?? '');
  const edits: Edit[] = spansOf(statements, isReplaced).map(({ start, end }) => ({ offset: start, length: end - start, content: '' }));
  const lineEnd = text.slice(0, header.end).endsWith('\n') ? '' : eol;
  return applyEdits(text, [{ offset: header.end, length: 0, content: lineEnd + printPairs(members, eol) }, ...edits]);
}

/** The text with a table at its end, an empty line between. */
export function appendTomlText(text: string, table: string): string {
  const { eol } = layoutOf(text);
  const gap = text.trim() === '' ? '' : text.endsWith('\n') ? eol : eol + eol;
  return text + gap + table;
}

/** The lines of the table and its sub-tables as they stand there; undefined when it is spelled in another way or missing. */
export function sliceTomlTable(path: string, text: string, place: Place): string | undefined {
  const spans = spansOf(scanToml(path, text), (statement) => startsWith(statement.place, place)).map(({ start, end }) => text.slice(start, end));
  return spans.length > 0 && spans.every((span) => /^[ \t]*\[/.test(span)) ? spans.join('') : undefined;
}

/** The text without the table and its sub-tables; as it is when there is none. @throws AppError CLIENT_CONFIG_INVALID */
export function removeTomlTable(path: string, text: string, place: Place): string {
  const statements = scanToml(path, text);
  const spans = spansOf(statements, (statement) => startsWith(statement.place, place));
  if (spans.length > 0) checkSpelling(path, text, statements, place);
  return cut(text, spans);
}
