/** @module clients/text-file: what a person's own formatting looks like, so that ours looks the same. */
import { AppError } from '../core/errors.ts';

/** How a text is laid out. */
export interface Layout {
  readonly eol: '\n' | '\r\n';
  /** One level of indentation. */
  readonly unit: string;
  /** The whole text stands on one line: additions do, too. An empty object has no style yet. */
  readonly isOneLine: boolean;
}

/** Line end and indentation the text already uses; `\n` and two spaces for one that shows none. */
export function layoutOf(text: string): Layout {
  const indent = /(?:^|\n)([ \t]+)\S/.exec(text)?.[1];
  return {
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    unit: indent === undefined ? '  ' : indent.startsWith('\t') ? '\t' : indent,
    isOneLine: !/^\s*(?:\{\s*\}\s*)?$/.test(text) && !text.trim().includes('\n'),
  };
}

/** The white space at the start of the line that the offset is on. */
export function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

/** One replacement of a span of the text. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

/** The text with all edits made; they must not overlap. Two at the same offset are made in their order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let done = 0;
  for (const { offset, length, content } of edits.toSorted((left, right) => left.offset - right.offset)) {
    result += text.slice(done, offset) + content;
    done = offset + length;
  }
  return result + text.slice(done);
}

/** A client's file that cannot be understood. Names the place, counted from 1, and shows nothing of the content. */
export function invalidFile(path: string, text: string, offset: number, problem: string): AppError {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return new AppError('CLIENT_CONFIG_INVALID', { message: `${path}:${line}:${column}: ${problem}. Nothing was written.`, data: { path, line, column } });
}

/** Runs a recursive parser. Nesting that exhausts the stack is the file's fault, not ours. @throws AppError CLIENT_CONFIG_INVALID */
export function withinStack<T>(path: string, text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw invalidFile(path, text, 0, 'the file is nested too deeply');
    throw error;
  }
}
