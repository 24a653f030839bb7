/** @module config/format: one way to write a configuration file, comments kept. */
import { extname } from 'node:path';
import { AppError } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import { parseDocument } from './assemble.ts';
import { decodeSource } from './source-text.ts';

/**
 * The file's text with two spaces of indentation, one style of spacing and Unix line ends. Comments,
 * order, quotes and references stay. Values never change: that is checked by reading the result.
 *
 * @param path tells the format by its ending
 * @throws AppError CONFIG_SYNTAX when the text cannot be parsed
 */
export async function formatConfig(path: string, bytes: Uint8Array, label: string): Promise<string> {
  const source = decodeSource(bytes, label);
  const before = await parseDocument(path, source);
  const ending = extname(path).toLowerCase();
  const text = source.text.replaceAll('\r\n', '\n');
  const formatted = ending === '.yaml' || ending === '.yml' ? await formatYaml(text) : await formatJson(text);
  const after = await parseDocument(path, decodeSource(Buffer.from(formatted), label));
  if (canonicalJson(before.value) !== canonicalJson(after.value)) throw new AppError('INTERNAL', { cause: new Error('formatting would change a value') });
  return formatted;
}

async function formatYaml(text: string): Promise<string> {
  const { parseDocument: parse } = await import('yaml');
  const document = parse(text, { version: '1.2' });
  // A document of comments alone would be written with a null below them.
  if (document.contents === null) return `${text.trimEnd()}\n`;
  return document.toString({ indent: 2, lineWidth: 0, flowCollectionPadding: false });
}

async function formatJson(text: string): Promise<string> {
  const { applyEdits, format } = await import('jsonc-parser');
  const edits = format(text, undefined, { tabSize: 2, insertSpaces: true, eol: '\n', insertFinalNewline: true });
  return applyEdits(text, edits);
}
