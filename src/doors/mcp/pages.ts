/** @module doors/mcp/pages: long lists in pages, written once. */
import type { CatalogList } from '../../contracts/catalog.ts';
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

/** The member that names an entry of each list, which is what a cursor holds. */
const KEY: Readonly<Record<CatalogList, string>> = { tools: 'name', resources: 'uri', resourceTemplates: 'uriTemplate', prompts: 'name' };

/** JSON texts by index of the first entry, for as long as somebody holds the list. */
const written = new WeakMap<readonly JsonObject[], Map<number, string>>();

/**
 * The members of a list result as JSON text without braces: the entries after the cursor and, unless
 * these were the last, the next cursor. A cursor names the entry it stands behind, so lists that
 * change between two pages lose and repeat nothing that stayed.
 *
 * @param definitions sorted by name; the same array while nothing changed
 * @param cursor as returned, or undefined for the first page
 * @throws AppError INVALID_PARAMS for a cursor that is not one of this list
 */
export function pageText(list: CatalogList, definitions: readonly JsonObject[], cursor: unknown, pageSize: number): string {
  const start = cursor === undefined ? 0 : indexAfter(list, definitions, parseCursor(list, cursor));
  // Whoever turns the pages sees these; a cursor may name any entry, and a page kept for each would be the list, a hundred times.
  if (start % pageSize !== 0) return writePage(list, definitions, start, pageSize);
  let pages = written.get(definitions);
  if (!pages) written.set(definitions, (pages = new Map()));
  let text = pages.get(start);
  if (text === undefined) {
    text = writePage(list, definitions, start, pageSize);
    pages.set(start, text);
  }
  return text;
}

/** The key a cursor holds. @throws AppError INVALID_PARAMS */
export function parseCursor(list: CatalogList, cursor: unknown): string {
  const prefix = `${list}\n`;
  const text = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString('utf8') : '';
  if (!text.startsWith(prefix) || encodeCursor(text) !== cursor) {
    throw new AppError('INVALID_PARAMS', { message: 'Invalid cursor', fix: 'Start again without a cursor, and send cursors as they came.' });
  }
  return text.slice(prefix.length);
}

function encodeCursor(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

function indexAfter(list: CatalogList, definitions: readonly JsonObject[], key: string): number {
  const member = KEY[list];
  const exact = definitions.findIndex((definition) => definition[member] === key);
  if (exact >= 0) return exact + 1;
  const next = definitions.findIndex((definition) => String(definition[member]) > key);
  return next < 0 ? definitions.length : next;
}

function writePage(list: CatalogList, definitions: readonly JsonObject[], start: number, pageSize: number): string {
  const end = start + pageSize;
  const last = definitions[end - 1];
  const next = end < definitions.length && last ? `,"nextCursor":"${encodeCursor(`${list}\n${String(last[KEY[list]])}`)}"` : '';
  return `"${list}":${JSON.stringify(definitions.slice(start, end))}${next}`;
}
