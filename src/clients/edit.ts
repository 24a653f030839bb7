/** @module clients/edit: one server in one file, whatever the format. */
import { isObject, type JsonObject } from '../core/json.ts';
import { replacedMembers, type Entry, type PromptInput } from './entries.ts';
import { appendJsonItem, jsonValueAt, parseJsonFile, removeJsonMember, setJsonMember, type JsonDocument } from './json-edit.ts';
import { factsOf } from './locations.ts';
import { appendTomlText, printTomlTable, readTomlTable, removeTomlTable, setTomlTable, sliceTomlTable } from './toml-edit.ts';
import type { ClientId } from './types.ts';

/** The file and the server in it. */
export interface Target {
  readonly client: ClientId;
  readonly path: string;
  readonly name: string;
}

const inputsOf = (document: JsonDocument): readonly unknown[] => {
  const inputs = jsonValueAt(document, ['inputs']);
  return Array.isArray(inputs) ? inputs : [];
};
const idOf = (input: unknown): unknown => (isObject(input) ? input['id'] : undefined);

/** The entry as it stands in the file; undefined when there is none. @throws AppError CLIENT_CONFIG_INVALID */
export function readEntry({ client, path, name }: Target, text: string): JsonObject | undefined {
  const { format, container } = factsOf(client);
  if (format === 'toml') return readTomlTable(path, text, [container, name]);
  const value = jsonValueAt(parseJsonFile(path, text), [container, name]);
  return isObject(value) ? value : undefined;
}

/**
 * The text with the entry in it. Members of an entry that is there stay, unless they say how the server
 * is reached.
 *
 * @throws AppError CLIENT_CONFIG_INVALID
 */
export function setEntry({ client, path, name }: Target, text: string, { members, inputs }: Entry): string {
  const { format, container } = factsOf(client);
  if (format === 'toml') {
    const present = readTomlTable(path, text, [container, name]);
    const after = setTomlTable(path, text, [container, name], members, replacedMembers(present, members));
    return isSame(present, readTomlTable(path, after, [container, name])) ? text : after;
  }
  const document = parseJsonFile(path, text);
  const present = jsonValueAt(document, [container, name]);
  const old = isObject(present) ? present : {};
  const replaced = replacedMembers(old, members);
  const kept = Object.entries(old).filter(([key]) => !replaced.has(key));
  const wanted = { ...members, ...Object.fromEntries(kept) };
  const edited = setInputs(path, isSame(present, wanted) ? document : setJsonMember(path, document, [container, name], wanted), inputs);
  return edited === document ? text : edited.text;
}

const isSame = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

function setInputs(path: string, document: JsonDocument, inputs: readonly PromptInput[]): JsonDocument {
  return inputs.reduce(
    (done, input) => (inputsOf(done).some((present) => idOf(present) === input.id) ? done : appendJsonItem(path, done, ['inputs'], input)),
    document,
  );
}

/**
 * The text without the entry. Inputs that only it asked for go, too, and so do containers that are
 * empty now and were not in `original` (the text before we came; null = there was no file).
 *
 * @throws AppError CLIENT_CONFIG_INVALID
 */
export function removeEntry({ client, path, name }: Target, text: string, original: string | null | undefined): string {
  const { format, container } = factsOf(client);
  if (format === 'toml') return removeTomlTable(path, text, [container, name]);
  let document = parseJsonFile(path, text);
  const inputs = inputsNamed(jsonValueAt(document, [container, name]));
  document = removeJsonMember(path, document, [container, name]);
  for (const id of inputs) {
    if (JSON.stringify(jsonValueAt(document, [container]))?.includes(`\${input:${id}}`)) continue;
    const index = inputsOf(document).findIndex((input) => idOf(input) === id);
    if (index >= 0) document = removeJsonMember(path, document, ['inputs', index]);
  }
  const before = typeof original === 'string' ? parseJsonFile(path, original) : undefined;
  for (const key of original === undefined ? [] : [container, 'inputs']) {
    const value = jsonValueAt(document, [key]);
    const isEmpty = Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
    if (isEmpty && (!before || jsonValueAt(before, [key]) === undefined)) document = removeJsonMember(path, document, [key]);
  }
  return document.text;
}

/** Ids of the inputs an entry asks for. */
function inputsNamed(entry: unknown): readonly string[] {
  return [...(JSON.stringify(entry) ?? '').matchAll(/\$\{input:([^}"]+)\}/g)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
}

/** Only what is ours, in the format of the client's file. */
export function printSnippet({ client, name }: Target, { members, inputs }: Entry): string {
  const { format, container } = factsOf(client);
  if (format === 'toml') return printTomlTable([container, name], members);
  return `${JSON.stringify({ ...(inputs.length === 0 ? {} : { inputs }), [container]: { [name]: members } } satisfies Record<string, unknown>, null, 2)}\n`;
}

/**
 * The text with the entry as it stood in an earlier text of the same file, members we know nothing of
 * included; undefined when it did not stand there (or, in TOML, not as a table of its own).
 */
export function restoreEntry(target: Target, text: string, earlier: string): string | undefined {
  const { client, path, name } = target;
  const { format, container } = factsOf(client);
  const entry = readEntry(target, earlier);
  if (entry === undefined) return undefined;
  if (format === 'json') return setJsonMember(path, parseJsonFile(path, text), [container, name], entry).text;
  const table = sliceTomlTable(path, earlier, [container, name]);
  return table === undefined ? undefined : appendTomlText(removeTomlTable(path, text, [container, name]), table);
}
