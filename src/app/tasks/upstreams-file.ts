/** @module app/tasks/upstreams-file: the configuration file, opened to add and remove upstreams. */
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, chmod } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { parseJsonFile, removeJsonMember, setJsonMember, jsonValueAt } from '../../clients/json-edit.ts';
import { assemble, parseDocument } from '../../config/assemble.ts';
import { addVariables } from '../../config/edit-env.ts';
import { editYaml } from '../../config/edit-yaml.ts';
import { loadEnvFile } from '../../config/env-file.ts';
import { homePaths, resolveHome } from '../../config/home.ts';
import { labelOf, namedConfig, readBytes, searchConfig, type FoundFile } from '../../config/locate.ts';
import { problemsOf } from '../../config/problem.ts';
import { replaceFile } from '../../config/replace-file.ts';
import { decodeSource } from '../../config/source-text.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { allReferencesIn } from '../../upstreams/entries/references.ts';
import { createVault, type Vault } from '../../upstreams/entries/vault.ts';
import { secretLookup, secretsOf } from '../secrets.ts';
import type { TaskPlace } from './task.ts';

/** Where to open. */
export interface FilePlace extends TaskPlace {
  /** Absolute; where a file is looked for first. */
  readonly cwd: string;
  /**
   * `user`: the file of the home. `here`: that of `cwd`. Default: the one `serve` would read here, and a
   * new one in the home: a gateway that a client starts by itself reads no other.
   */
  readonly target?: 'user' | 'here' | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The file as it is, with what is needed to change it. */
export interface UpstreamsFile {
  /** Absolute. */
  readonly path: string;
  readonly label: string;
  readonly isNew: boolean;
  /** With its byte order mark; for a new file, what it starts from. */
  readonly text: string;
  /** Absolute; where secrets go, beside the configuration. */
  readonly envPath: string;
  /** Entries below `upstreams` as they are written. */
  readonly entries: Readonly<Record<string, unknown>>;
  /** The state folder. */
  readonly home: string;
  readonly vault: Vault;
  /** The text with an entry set, or removed for undefined. */
  edit(text: string, name: string, entry: JsonObject | undefined): string;
}

/** What was written. */
export interface FileChange {
  readonly isChanged: boolean;
  /** The file as it was; null where there was none. */
  readonly backup: string | null;
  /** Names of the variables that went into `.env`. */
  readonly variables: readonly string[];
  readonly warnings: readonly string[];
}

const NEW_FILE = `# Configuration of Switchyard. Check it with \`switchyard config check\`; \`switchyard init\` in an empty
# folder shows the other keys. Secrets stand in .env beside this file, never here.
`;

/**
 * Opens the file that the gateway would read from here, or one that is still to be made.
 *
 * @throws AppError CONFIG_SYNTAX, CONFIG_UNREADABLE
 */
export async function openUpstreamsFile(place: FilePlace): Promise<UpstreamsFile> {
  const home = homePaths(resolveHome(place.home === undefined ? { ...place.env } : { ...place.env, SWITCHYARD_HOME: place.home })).root;
  const { found, isNew } = locate(place, home);
  const text = isNew ? (extname(found.path).startsWith('.json') ? '{}\n' : NEW_FILE) : decodeText(found);
  const source = decodeSource(Buffer.from(text), found.label);
  const { value } = await parseDocument(found.path, source);
  const held = isObject(value) ? value['upstreams'] : undefined;
  const folder = dirname(found.path);
  const file = { ...loadEnvFile(folder).variables, ...(folder === place.cwd ? {} : loadEnvFile(place.cwd).variables) };
  const isJson = extname(found.path).toLowerCase().startsWith('.json');
  return {
    ...found,
    isNew,
    text,
    envPath: join(folder, '.env'),
    entries: isObject(held) ? held : {},
    home,
    vault: createVault({ file, process: place.env, referenced: new Set(allReferencesIn(text)) }),
    edit: (before, name, entry) => (isJson ? editJson(found.label, before, name, entry) : editYaml(before, { section: 'upstreams', name }, entry)),
  };
}

function locate({ configFile, cwd, env, target }: FilePlace, home: string): { readonly found: FoundFile; readonly isNew: boolean } {
  const named = configFile ?? (env['SWITCHYARD_CONFIG'] || undefined);
  if (named !== undefined && existsSync(resolve(cwd, named))) return { found: namedConfig(named, cwd), isNew: false };
  const search = named === undefined ? searchConfig(target === 'user' ? [home] : target === 'here' ? [cwd] : [cwd, home], cwd).found : undefined;
  if (search) return { found: search, isNew: false };
  const path = resolve(cwd, named ?? join(target === 'here' ? cwd : home, 'switchyard.yaml'));
  return { found: { path, label: labelOf(path, cwd) }, isNew: true };
}

function decodeText(found: FoundFile): string {
  const { bytes } = readBytes(found);
  // Checks the bytes; the text itself keeps its byte order mark.
  decodeSource(bytes, found.label);
  return bytes.toString('utf8');
}

function editJson(label: string, text: string, name: string, entry: JsonObject | undefined): string {
  const document = parseJsonFile(label, text);
  if (entry !== undefined) return setJsonMember(label, document, ['upstreams', name], entry).text;
  const removed = removeJsonMember(label, document, ['upstreams', name]);
  const rest = jsonValueAt(removed, ['upstreams']);
  return (isObject(rest) && Object.keys(rest).length === 0 ? removeJsonMember(label, removed, ['upstreams']) : removed).text;
}

/**
 * Writes the new text, after the secrets it refers to; the file as it was is kept beside it.
 * Nothing is written when the gateway would not start with the result.
 *
 * @throws AppError CONFIG_INVALID and its kin; CONFIG_UNREADABLE, also when the file changed meanwhile
 */
export async function writeUpstreamsFile(file: UpstreamsFile, after: string, { cwd, env }: FilePlace): Promise<FileChange> {
  const { additions } = file.vault;
  if (after === file.text) return { isChanged: false, backup: null, variables: [], warnings: [] };
  const dotenv = { ...loadEnvFile(dirname(file.path)).variables, ...loadEnvFile(cwd).variables };
  await checkResult(file, after, { ...dotenv, ...Object.fromEntries(additions), ...env });
  if (!file.isNew && readFileSync(file.path, 'utf8') !== file.text)
    throw new AppError('CONFIG_UNREADABLE', { message: `${file.label} changed meanwhile. Nothing was written.`, fix: 'Run the command again.' });
  const warnings: string[] = [];
  if (additions.size > 0) {
    if (addVariables(file.envPath, additions).wasOpen) warnings.push(`${file.envPath} could be read by others; now only you can read it.`);
    if (!isIgnoredByGit(file.envPath)) warnings.push(`${file.envPath} lies in a git repository that does not ignore it: add .env to .gitignore.`);
  }
  const backup = file.isNew ? null : `${file.path}.${new Date().toISOString().replaceAll(/[:.]/g, '-')}.bak`;
  if (backup !== null) {
    await copyFile(file.path, backup);
    await chmod(backup, 0o600);
  }
  replaceFile(file.path, after);
  return { isChanged: true, backup, variables: [...additions.keys()], warnings };
}

async function checkResult({ path, label, isNew, text, home }: UpstreamsFile, after: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const secrets = secretLookup(secretsOf(home, env));
  const load = (content: string): Promise<unknown> =>
    assemble({ found: { path, label, bytes: Buffer.from(content), isWritableByAll: false }, env, overrides: {}, cwd: dirname(path), secrets });
  if (!isNew && text.trim() !== '') await load(text);
  if (after.trim() !== '') await load(after);
}

/**
 * Why the configuration would not admit the entry, in the words of its own check; undefined when it does.
 * What else is wrong with the file plays no part.
 */
export async function refuseEntry(name: string, entry: JsonObject, vault: Vault): Promise<string | undefined> {
  const bytes = Buffer.from(JSON.stringify({ upstreams: { [name]: entry } }));
  const names = allReferencesIn(JSON.stringify(entry));
  const env = Object.fromEntries(names.flatMap((variable) => (vault.lookup(variable) === undefined ? [] : [[variable, vault.lookup(variable)] as const])));
  try {
    await assemble({ found: { path: 'entry.json', label: name, bytes, isWritableByAll: false }, env, overrides: {}, cwd: process.cwd() });
    return undefined;
  } catch (error) {
    if (!AppError.is(error)) throw error;
    return problemsOf(error)
      .map(({ message, fix }) => `${message} ${fix}`)
      .join(' ');
  }
}

/** Whether a `.gitignore` on the way up to the repository names the file. Nested patterns and the user's own list are not read. */
function isIgnoredByGit(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const list = join(folder, '.gitignore');
    if (existsSync(list) && /^\/?(?:\*\*\/)?\.env(?:\*|\.\*)?\s*$/m.test(readFileSync(list, 'utf8'))) return true;
    if (existsSync(join(folder, '.git'))) return false;
    if (dirname(folder) === folder) return true;
  }
}
