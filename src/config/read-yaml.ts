/** @module config/read-yaml: YAML 1.2 files. Loaded only when there is one. */
import { isAlias, isCollection, isMap, isScalar, isSeq, parseDocument, visit, type Document, type Node, type Pair, type YAMLError } from 'yaml';
import { createDocumentBuilder, tooDeep, type DocumentBuilder, type Member, type ParsedDocument } from './document.ts';
import { joinPointer } from './pointer.ts';
import { sourceError, type SourceText } from './source-text.ts';
import type { AppError } from '../core/errors.ts';

/** yaml's error codes in our words: cause and fix. */
const SYNTAX: Readonly<Record<string, readonly [message: string, fix: string]>> = {
  TAB_AS_INDENT: ['A tab indents this line.', 'Indent with spaces.'],
  BAD_INDENT: ['The indentation does not fit the lines above.', 'Give keys of one level the same number of spaces, and close every bracket.'],
  BLOCK_AS_IMPLICIT_KEY: ['A second key stands where a value was expected.', 'Put the key on its own line, or quote a value that contains ": ".'],
  MULTILINE_IMPLICIT_KEY: ['A key without a value.', 'Write `key: value`, with a space after the colon.'],
  MISSING_CHAR: ['Something is not closed or not finished here.', 'Close the quote or bracket, or finish `key: value`.'],
  BAD_SCALAR_START: ['A value cannot start with this character.', 'Put the value in quotes.'],
  BAD_DQ_ESCAPE: ['An escape that YAML does not know.', 'Use single quotes, or double the backslash.'],
  MULTIPLE_DOCS: ['A second document starts here (`---`).', 'Keep one document in the file.'],
  BAD_ALIAS: ['An alias or anchor without a valid name.', 'Quote a value that starts with `*` or `&`.'],
  TAG_RESOLVE_FAILED: ['A tag that is not supported.', 'Remove the tag, or quote a value that starts with `!`.'],
  RESOURCE_EXHAUSTION: ['The nesting has no end.', 'Remove the brackets that were not meant.'],
  BAD_DIRECTIVE: ['A directive that is not supported.', 'Remove the line, or quote a value that starts with `%`.'],
};

/**
 * Parses one YAML document. Aliases are expanded within the builder's bounds; merge keys, tags
 * beyond JSON and keys that are not scalars are refused.
 *
 * @throws AppError CONFIG_SYNTAX at the first problem
 */
export function readYaml(source: SourceText): ParsedDocument {
  const document = parse(source);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw syntaxError(source, problem, document);
  const builder = createDocumentBuilder(source);
  // A file of comments alone is an empty configuration; a written null is not.
  const value = document.contents === null ? {} : createReader(document, builder)(document.contents, '', undefined, 0);
  return { source, value, marks: builder.marks };
}

function parse(source: SourceText): Document.Parsed {
  try {
    // Repeated keys are found by the builder: yaml compares each key with every other.
    return parseDocument(source.text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error', version: '1.2' });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(source, 0);
    throw sourceError(source, 0, '', 'The file is not YAML.', 'Correct it; an editor with YAML support shows the place.');
  }
}

function syntaxError(source: SourceText, { code, message, pos }: YAMLError, document: Document.Parsed): AppError {
  const opening = /closing|end with/.test(message) ? openingAt(document, pos[0]) : undefined;
  if (opening !== undefined) return sourceError(source, opening, '', 'The quote or bracket that opens here is not closed.', 'Close it before the next key.');
  const [cause, fix] = SYNTAX[code] ?? [`${message.split('\n')[0] ?? 'Not valid YAML'}.`, 'Correct the line; quote values with special characters.'];
  if (source.text.slice(0, pos[0]).endsWith('$') && source.text[pos[0]] === '{') {
    return sourceError(source, pos[0], '', 'A ${…} inside { } or [ ] must be quoted.', 'Write "${NAME}" with the quotes.');
  }
  return sourceError(source, pos[0], '', cause, fix);
}

/** Where the innermost quote or bracket begins that reaches, unclosed, to this offset. */
function openingAt(document: Document.Parsed, offset: number): number | undefined {
  let opening: number | undefined;
  visit(document, {
    Node(_, node) {
      const isOpen = isScalar(node) ? node.type?.startsWith('QUOTE') === true : isCollection(node) && node.flow === true;
      if (isOpen && node.range?.[1] === offset) opening = node.range[0];
    },
  });
  return opening;
}

type Reader = (node: Node | null | undefined, pointer: string, key: number | undefined, fallback: number) => unknown;

function createReader(document: Document.Parsed, builder: DocumentBuilder): Reader {
  const open = new Set<Node>();
  let outerAlias: number | undefined;
  const read: Reader = (node, pointer, key, fallback) => {
    const [start, end] = node?.range ?? [fallback, fallback];
    builder.note(pointer, { key, start, end }, outerAlias);
    if (!node) return null;
    if (isScalar(node)) return scalarValue(node.value, start, pointer, builder);
    const target = isAlias(node) ? node.resolve(document) : node;
    if (!target)
      throw builder.error(
        start,
        pointer,
        'The alias names an anchor that does not exist above.',
        'Define the anchor first, or quote a value that starts with `*`.',
      );
    if (isScalar(target)) return scalarValue(target.value, start, pointer, builder);
    if (open.has(target)) throw builder.error(start, pointer, 'The alias contains itself.', 'Remove the alias.');
    open.add(target);
    const isOuter = isAlias(node) && outerAlias === undefined;
    if (isOuter) outerAlias = start;
    const value = isMap(target)
      ? builder.object(
          pointer,
          target.items.map((pair) => toMember(pair, pointer, builder, read)),
        )
      : isSeq(target)
        ? target.items.map((item, index) => read(toNode(item), joinPointer(pointer, index), undefined, start))
        : null;
    open.delete(target);
    if (isOuter) outerAlias = undefined;
    return value;
  };
  return read;
}

function toMember(pair: Pair<unknown, unknown>, pointer: string, builder: DocumentBuilder, read: Reader): Member {
  const key = toNode(pair.key);
  const offset = key?.range?.[0] ?? 0;
  if (!isScalar(key)) throw builder.error(offset, pointer, 'A key must be a plain word.', 'Write `key: value`.');
  const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
  if (name === '<<') throw builder.error(offset, pointer, 'Merge keys (<<) are not supported.', 'Write the keys out, or alias the whole section.');
  const end = key.range?.[1] ?? offset;
  return { key: name, offset, read: (own) => read(toNode(pair.value), own, offset, end) };
}

function toNode(value: unknown): Node | null {
  return typeof value === 'object' && value !== null && 'range' in value ? (value as Node) : null;
}

function scalarValue(value: unknown, offset: number, pointer: string, builder: DocumentBuilder): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw builder.error(offset, pointer, 'A value that JSON does not have (date, binary, infinity, not a number).', 'Write a text in quotes or a plain number.');
}
