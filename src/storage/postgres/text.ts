/** @module storage/postgres/text: texts that PostgreSQL cannot hold, held all the same. */

/** PostgreSQL keeps no NUL in a text. It is written as `\0`, and the backslash twice. */
export function toStored(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\u0000', '\\0');
}

/** What `toStored` was given. */
export function fromStored(text: string): string {
  return text.replace(/\\([\\0])/g, (_, escaped: string) => (escaped === '0' ? '\u0000' : '\\'));
}
