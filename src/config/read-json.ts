/** @module config/read-json: JSON and JSON with comments. Loaded only when there is such a file. */
import { parseTree, type Node, type ParseError } from 'jsonc-parser';
import { createDocumentBuilder, tooDeep, type DocumentBuilder, type Member, type ParsedDocument } from './document.ts';
import { joinPointer } from './pointer.ts';
import { sourceError, type SourceText } from './source-text.ts';
import type { AppError } from '../core/errors.ts';

/** jsonc-parser's error numbers in our words: cause and fix. */
const SYNTAX: Readonly<Record<number, readonly [message: string, fix: string]>> = {
  1: ['A word that JSON does not know.', 'Put texts in double quotes; only true, false and null stand without.'],
  2: ['A number that JSON does not know.', 'Write it in decimal, without leading zero or plus.'],
  3: ['A key in double quotes was expected.', 'Write "key": value, and no comma after the last member.'],
  4: ['A value was expected.', 'Write a value, and no comma after the last item.'],
  5: ['A colon was expected.', 'Write "key": value.'],
  6: ['A comma was expected.', 'Put a comma between the members.'],
  7: ['A closing } is missing.', 'Close every bracket.'],
  8: ['A closing ] is missing.', 'Close every bracket.'],
  9: ['Something follows after the end.', 'Keep one value in the file.'],
  10: ['JSON has no comments.', 'Remove the comment, or name the file switchyard.jsonc.'],
  11: ['A comment is not closed.', 'Close it with */.'],
  12: ['A text is not closed.', 'Close it with a double quote on the same line.'],
  13: ['A number is not finished.', 'Finish or remove it.'],
  14: ['A \\u escape without four hexadecimal digits.', 'Write \\u and four digits.'],
  15: ['An escape that JSON does not know.', 'Double the backslash.'],
  16: ['A control character in a text.', 'Write it as an escape, such as \\t.'],
};

/**
 * Parses JSON; comments and trailing commas only when `hasComments` (.jsonc).
 *
 * @throws AppError CONFIG_SYNTAX at the first problem
 */
export function readJson(source: SourceText, hasComments: boolean): ParsedDocument {
  const errors: ParseError[] = [];
  const root = parse(source, errors, hasComments);
  const first = errors.toSorted((left, right) => left.offset - right.offset)[0];
  if (first) throw syntaxError(source, first);
  if (!root) throw sourceError(source, 0, '', 'The file holds no value.', 'Write at least {}.');
  const builder = createDocumentBuilder(source);
  const value = readNode(root, '', undefined, builder);
  return { source, value, marks: builder.marks };
}

function parse(source: SourceText, errors: ParseError[], hasComments: boolean): Node | undefined {
  try {
    return parseTree(source.text, errors, { disallowComments: !hasComments, allowTrailingComma: hasComments });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(source, 0);
    throw error;
  }
}

function syntaxError(source: SourceText, { error, offset }: ParseError): AppError {
  const [message, fix] = SYNTAX[error] ?? ['The file is not valid JSON.', 'Correct the line.'];
  return sourceError(source, offset, '', message, fix);
}

function readNode(node: Node, pointer: string, key: number | undefined, builder: DocumentBuilder): unknown {
  builder.note(pointer, { key, start: node.offset, end: node.offset + node.length });
  if (node.type === 'array') return (node.children ?? []).map((item, index) => readNode(item, joinPointer(pointer, index), undefined, builder));
  if (node.type === 'object')
    return builder.object(
      pointer,
      (node.children ?? []).map((property) => toMember(property, builder)),
    );
  if (typeof node.value === 'number' && !Number.isFinite(node.value))
    throw builder.error(node.offset, pointer, 'The number is too large.', 'Write a smaller number.');
  return node.value;
}

function toMember({ children, offset }: Node, builder: DocumentBuilder): Member {
  const [key, value] = children ?? [];
  return { key: String(key?.value), offset, read: (pointer) => value && readNode(value, pointer, offset, builder) };
}
