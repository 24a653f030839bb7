/** @module doors/admin/html: HTML text in which everything inserted is escaped. */

/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' };

/** What may stand between the texts of a template. */
export type Insert = string | number | Html | readonly Html[] | false | null | undefined;

/**
 * A template whose inserts are escaped for text and quoted attributes, unless they are Html. False,
 * null and undefined leave nothing. Not safe in unquoted attributes, URLs, scripts and styles.
 */
export function html(texts: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  return { html: texts.reduce((text, part, index) => text + toText(inserts[index - 1]) + part) };
}

/** The text with everything that HTML gives a meaning replaced, and characters that turn the direction of writing or cannot be seen made visible. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '\ufffd');
}

function toText(insert: Insert): string {
  if (insert === false || insert === null || insert === undefined) return '';
  if (typeof insert === 'string') return escapeHtml(insert);
  if (typeof insert === 'number') return String(insert);
  return isMany(insert) ? insert.map((item) => item.html).join('') : insert.html;
}

function isMany(insert: Html | readonly Html[]): insert is readonly Html[] {
  return Array.isArray(insert);
}
