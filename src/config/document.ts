/** @module config/document: a parsed file as plain values that still know where they were written. */
import type { AppError } from '../core/errors.ts';
import { joinPointer } from './pointer.ts';
import { sourceError, type SourceText } from './source-text.ts';

/** Offsets in the text of one value and of its key; `key` is absent for array items and the root. */
export interface Mark {
  readonly key?: number | undefined;
  readonly start: number;
  readonly end: number;
}

/** The values of a file, all of them JSON, with a mark for each pointer. */
export interface ParsedDocument {
  readonly source: SourceText;
  readonly value: unknown;
  readonly marks: ReadonlyMap<string, Mark>;
}

/** Levels of nesting and values in all (aliases expanded) that a file may have. */
const MAX_DEPTH = 64;
const MAX_VALUES = 50_000;
const MAX_KEY_LENGTH = 256;

/** Collects values and marks while a parser walks its own tree, and keeps the bounds. */
export interface DocumentBuilder {
  readonly marks: Map<string, Mark>;
  /** Counts one value. `blame` is the offset to name when it is one too many. @throws AppError CONFIG_SYNTAX */
  note(pointer: string, mark: Mark, blame?: number): void;
  /** A new object from its members, in order. @throws AppError CONFIG_SYNTAX on a repeated or forbidden key */
  object(pointer: string, members: Iterable<Member>): Record<string, unknown>;
  error(offset: number, pointer: string, message: string, fix: string): AppError;
}

/** One member of a map: its key, the key's offset, and the way to make its value. */
export interface Member {
  readonly key: string;
  readonly offset: number;
  readonly read: (pointer: string) => unknown;
}

/** A builder for one file. Object keys that JavaScript treats specially are refused, so results are plain data. */
export function createDocumentBuilder(source: SourceText): DocumentBuilder {
  const marks = new Map<string, Mark>();
  let count = 0;
  const error = (offset: number, pointer: string, message: string, fix: string): AppError => sourceError(source, offset, pointer, message, fix);
  return {
    marks,
    error,
    note(pointer, mark, blame = mark.start) {
      count += 1;
      if (count > MAX_VALUES) throw error(blame, pointer, `More than ${MAX_VALUES} values (aliases expanded).`, 'Remove aliases that multiply each other.');
      if (pointer.length > MAX_DEPTH && pointer.split('/').length > MAX_DEPTH) throw tooDeep(source, blame);
      marks.set(pointer, mark);
    },
    object(pointer, members) {
      const object: Record<string, unknown> = {};
      for (const { key, offset, read } of members) {
        const own = joinPointer(pointer, key);
        if (key === '__proto__') throw error(offset, own, 'The key __proto__ is not allowed.', 'Remove it.');
        if (key.length > MAX_KEY_LENGTH)
          throw error(offset, pointer, `A key has more than ${MAX_KEY_LENGTH} characters.`, 'Shorten it, or close the quote before it.');
        if (Object.hasOwn(object, key)) throw error(offset, own, `The key ${JSON.stringify(key)} is given twice.`, 'Keep one of them.');
        object[key] = read(own);
      }
      return object;
    },
  };
}

/** The error for a file that nests without end. */
export function tooDeep(source: SourceText, offset: number): AppError {
  return sourceError(
    source,
    offset,
    '',
    `More than ${MAX_DEPTH} levels of nesting.`,
    'A configuration has about five; remove the brackets that were not meant.',
  );
}
