/**
 * @module clients/json-edit: changes one member of a JSON file with comments, and not a byte beside it.
 *
 * The parser is jsonc-parser's; the edits are own ones, because its `modify` moves comments to the
 * wrong member when it appends, and deletes those before a last member when it removes.
 */
import { createScanner, findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode, type JSONPath, type Node, type ParseError } from 'jsonc-parser';
import { applyEdits, indentAt, invalidFile, layoutOf, withinStack, type Edit, type Layout } from './text-file.ts';

// Values of jsonc-parser's `const enum SyntaxKind`, which erasable syntax cannot import.
const COMMA = 5;
const END_OF_FILE = 17;

const BOM = '\uFEFF';
const childrenOf = (node: Node): readonly Node[] => node.children ?? [];
const endOf = (node: Node): number => node.offset + node.length;

/** A parsed file. A byte order mark is kept, and is not part of the parsed text. */
export interface JsonDocument {
  readonly text: string;
  readonly root: Node;
}

const explain = (problem: ParseError): string =>
  printParseErrorCode(problem.error)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();

/** A member that stands twice is read differently by different programs: better not touched. */
function checkDuplicates(path: string, text: string, node: Node): void {
  const seen = new Set<unknown>();
  for (const property of node.type === 'object' ? childrenOf(node) : []) {
    const key: unknown = property.children?.[0]?.value;
    if (seen.has(key)) throw invalidFile(path, text, property.offset, `the member ${JSON.stringify(key)} stands here for the second time`);
    seen.add(key);
  }
}

/**
 * The file as a tree. Comments and trailing commas are accepted, an empty file counts as `{}`.
 *
 * @param path for messages only
 * @throws AppError CLIENT_CONFIG_INVALID with line and column
 */
export function parseJsonFile(path: string, text: string): JsonDocument {
  const bare = text.startsWith(BOM) ? text.slice(1) : text;
  const scanner = createScanner(bare, true);
  const content = scanner.scan() === END_OF_FILE ? `${bare}{}${bare === '' ? '\n' : ''}` : bare;
  const problems: ParseError[] = [];
  const root = withinStack(path, content, () => parseTree(content, problems, { allowTrailingComma: true }));
  const first = problems[0];
  if (first) throw invalidFile(path, content, first.offset, explain(first));
  if (root?.type !== 'object') throw invalidFile(path, content, root?.offset ?? 0, 'the file must hold an object');
  checkDuplicates(path, content, root);
  return { text: text.startsWith(BOM) ? BOM + content : content, root };
}

const bareTextOf = ({ text }: JsonDocument): string => (text.startsWith(BOM) ? text.slice(1) : text);

/** The value at the place, or undefined. */
export function jsonValueAt({ root }: JsonDocument, place: JSONPath): unknown {
  const node = findNodeAtLocation(root, place);
  return node === undefined ? undefined : getNodeValue(node);
}

/** The object or array at the place, if there is one. @throws AppError CLIENT_CONFIG_INVALID when it is of another type, or has a member twice */
function containerAt(path: string, document: JsonDocument, place: readonly string[], type: 'object' | 'array'): Node | undefined {
  const node = findNodeAtLocation(document.root, [...place]);
  if (node === undefined) return undefined;
  if (node.type !== type) throw invalidFile(path, bareTextOf(document), node.offset, `${JSON.stringify(place.at(-1))} must be an ${type}`);
  checkDuplicates(path, bareTextOf(document), node);
  return node;
}

/** The JSON of a value, its further lines indented. */
function print(value: unknown, indent: string, { eol, unit, isOneLine }: Layout): string {
  return isOneLine ? JSON.stringify(value) : JSON.stringify(value, null, unit).replaceAll('\n', eol + indent);
}

/** The first comma after the offset, if one comes before the closing bracket; comments are skipped. */
function commaAfter(text: string, offset: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  const token = scanner.scan();
  return token === COMMA ? scanner.getTokenOffset() : undefined;
}

/** The end of a comment that stands on the same line, and so belongs to what is before it. */
function afterSameLineComment(text: string, offset: number): number {
  const comment = /^[ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/(?=[ \t]*(?:\r?\n|$)))/.exec(text.slice(offset));
  return offset + (comment?.[0].length ?? 0);
}

function insertIntoEmpty(text: string, container: Node, member: (indent: string) => string, { eol, unit, isOneLine }: Layout): readonly Edit[] {
  const inner = text.slice(container.offset + 1, endOf(container) - 1);
  const base = indentAt(text, container.offset);
  if (isOneLine) return [{ offset: container.offset + 1 + inner.length, length: 0, content: member('') }];
  const kept = inner.trimEnd();
  const rest = inner.slice(kept.length);
  const closing = kept !== '' && rest.includes('\n') ? rest : eol + base;
  return [{ offset: container.offset + 1 + kept.length, length: rest.length, content: eol + base + unit + member(base + unit) + closing }];
}

/** Appends to an object or array: after the last one, its comma and its comment; a trailing comma stays the style of the file. */
function append(text: string, container: Node, member: (indent: string) => string, layout: Layout): readonly Edit[] {
  const last = childrenOf(container).at(-1);
  if (!last) return insertIntoEmpty(text, container, member, layout);
  const comma = commaAfter(text, endOf(last));
  const first = childrenOf(container)[0] ?? last;
  const isSpread = text.slice(container.offset, first.offset).includes('\n');
  const ownComma: readonly Edit[] = comma === undefined ? [{ offset: endOf(last), length: 0, content: ',' }] : [];
  const after = comma === undefined ? endOf(last) : comma + 1;
  const tail = comma === undefined ? '' : ',';
  if (!isSpread) return [...ownComma, { offset: after, length: 0, content: ` ${member(indentAt(text, container.offset))}${tail}` }];
  const indent = indentAt(text, first.offset);
  return [...ownComma, { offset: afterSameLineComment(text, after), length: 0, content: layout.eol + indent + member(indent) + tail }];
}

/** Takes one child out, with its line and one comma; comments around it stay. */
function takeOut(text: string, container: Node, index: number): readonly Edit[] {
  const child = childrenOf(container)[index];
  if (!child) return [];
  const previous = childrenOf(container)[index - 1];
  const ownComma = commaAfter(text, endOf(child));
  const end = ownComma === undefined ? endOf(child) : ownComma + 1;
  const lead = /(?:\r?\n)?[ \t]*$/.exec(text.slice(0, child.offset))?.[0] ?? '';
  // A line that holds more than the child stays a line: what follows must not slip behind a comment.
  const start = lead.includes('\n') && !/^[ \t]*(?:\r?\n|$)/.test(text.slice(end)) ? child.offset : child.offset - lead.length;
  const edits: Edit[] = [{ offset: start, length: end - start, content: '' }];
  const earlierComma = ownComma === undefined && previous ? commaAfter(text, endOf(previous)) : undefined;
  if (earlierComma !== undefined) edits.push({ offset: earlierComma, length: 1, content: '' });
  // Without anything else in it, the closing bracket comes back to the opening one.
  const isAlone =
    childrenOf(container).length === 1 && text.slice(container.offset + 1, start).trim() === '' && text.slice(end, endOf(container) - 1).trim() === '';
  return isAlone ? [{ offset: container.offset + 1, length: container.length - 2, content: '' }] : edits;
}

const finish = (path: string, document: JsonDocument, edits: readonly Edit[]): JsonDocument =>
  parseJsonFile(path, (document.text.startsWith(BOM) ? BOM : '') + applyEdits(bareTextOf(document), edits));

/**
 * The document with the member set; missing objects on the way are made.
 *
 * @throws AppError CLIENT_CONFIG_INVALID when something on the way is not an object
 */
export function setJsonMember(path: string, document: JsonDocument, place: readonly [string, ...string[]], value: unknown): JsonDocument {
  const text = bareTextOf(document);
  const layout = layoutOf(text);
  for (let depth = place.length - 1; depth >= 0; depth -= 1) {
    const container = containerAt(path, document, place.slice(0, depth), 'object');
    const key = place[depth];
    if (!container || key === undefined) continue;
    const present = findNodeAtLocation(container, [key]);
    const added = place.slice(depth + 1).reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
    if (present) {
      const content = print(value, indentAt(text, present.offset), {
        ...layout,
        isOneLine: layout.isOneLine || !text.slice(present.offset, endOf(present)).includes('\n'),
      });
      return finish(path, document, [{ offset: present.offset, length: present.length, content }]);
    }
    return finish(
      path,
      document,
      append(text, container, (indent) => `${JSON.stringify(key)}:${layout.isOneLine ? '' : ' '}${print(added, indent, layout)}`, layout),
    );
  }
  return document;
}

/** The document with the value at the end of the array at the place; a missing array is made. */
export function appendJsonItem(path: string, document: JsonDocument, place: readonly [string, ...string[]], value: unknown): JsonDocument {
  const array = containerAt(path, document, place, 'array');
  if (!array) return setJsonMember(path, document, place, [value]);
  const text = bareTextOf(document);
  const layout = layoutOf(text);
  return finish(
    path,
    document,
    append(text, array, (indent) => print(value, indent, layout), layout),
  );
}

/** The document without the member or item; as it is when there is none. */
export function removeJsonMember(path: string, document: JsonDocument, place: readonly [string, ...(string | number)[]]): JsonDocument {
  const container = findNodeAtLocation(document.root, place.slice(0, -1));
  const key = place.at(-1);
  const index = childrenOf(container ?? document.root).findIndex((child, position) =>
    container?.type === 'array' ? position === key : child.children?.[0]?.value === key,
  );
  return container && index >= 0 ? finish(path, document, takeOut(bareTextOf(document), container, index)) : document;
}
