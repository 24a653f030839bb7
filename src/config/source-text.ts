/** @module config/source-text: from bytes to a text worth parsing. */
import { configError } from './problem.ts';
import { createLineIndex, type LineIndex } from './lines.ts';
import type { AppError, ErrorCode } from '../core/errors.ts';

/** Bytes a configuration file may have. */
export const MAX_CONFIG_BYTES = 1_048_576;

/** A decoded file with its name for messages. */
export interface SourceText {
  readonly label: string;
  /** Without byte order mark. */
  readonly text: string;
  readonly lines: LineIndex;
}

/**
 * Decodes strictly: UTF-8 with or without byte order mark, no NUL, not empty (an editor that
 * truncates before it writes must not look like "use the defaults"), at most 1 MiB.
 *
 * @throws AppError CONFIG_SYNTAX
 */
export function decodeSource(bytes: Uint8Array, label: string): SourceText {
  const whole = (message: string, fix: string): AppError => configError('CONFIG_SYNTAX', [{ source: label, line: 1, column: 1, pointer: '', message, fix }]);
  if (bytes.length > MAX_CONFIG_BYTES) {
    throw whole(`The file is larger than ${MAX_CONFIG_BYTES} bytes.`, 'Name the right file; it is probably not a configuration.');
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw whole('The file is encoded in UTF-16.', 'Save it as UTF-8.');
  }
  const source = toSource(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
    label,
  );
  if (!isUtf8(bytes)) throw sourceError(source, source.text.indexOf('\uFFFD'), '', 'The bytes here are not UTF-8.', 'Save the file as UTF-8.');
  const nul = source.text.indexOf('\0');
  if (nul !== -1) throw sourceError(source, nul, '', 'A NUL character stands here.', 'Remove it; the file may be damaged or binary.');
  if (source.text.trim() === '') throw whole('The file is empty.', 'Write at least one key or a comment, or delete the file to use the defaults.');
  return source;
}

/** A problem at an offset of the text, as an error (CONFIG_SYNTAX unless told otherwise). */
export function sourceError(source: SourceText, offset: number, pointer: string, message: string, fix: string, code: ErrorCode = 'CONFIG_SYNTAX'): AppError {
  return configError(code, [{ source: source.label, ...source.lines.at(offset), pointer, message, fix }]);
}

function toSource(text: string, label: string): SourceText {
  return { label, text, lines: createLineIndex(text) };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
