/** @module clients/found-server: one entry of a client's file, checked, with its texts in the gateway's grammar. */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { isObject, type JsonObject } from '../core/json.ts';
import { readPlaceholders, type PlaceholderContext, type ReadText } from './placeholders.ts';
import { toServer } from './read-servers.ts';
import type { ClientId, ClientServer } from './types.ts';

/** The scope of a file, finer than what `connect` writes: `local` is one person in one project (Claude Code). */
export type FoundScope = 'user' | 'project' | 'local';

/** Where an entry stands. */
export interface FoundAt {
  readonly client: ClientId;
  readonly scope: FoundScope;
  /** Absolute. */
  readonly path: string;
  /** As the person called it. */
  readonly name: string;
}

/** A server that can be used. */
export interface FoundServer extends FoundAt {
  readonly server: ClientServer;
  /** Sentences: what changed on the way, and what still needs a hand. */
  readonly notes: readonly string[];
}

/** An entry, or a whole file, that cannot be used as it is. */
export interface FoundProblem {
  readonly client: ClientId;
  readonly path: string;
  /** Null = the whole file. */
  readonly name: string | null;
  /** Never quotes a value. */
  readonly message: string;
}

/** What an entry is read with. */
export interface EntryContext {
  readonly at: FoundAt;
  readonly homeDirectory: string;
  /** Of the project the entry belongs to; undefined = none. */
  readonly projectDirectory: string | undefined;
  readonly platform: 'linux' | 'darwin' | 'win32';
}

/** Members whose loss a person should hear of, and what to do about it. */
const NOT_TAKEN: Readonly<Record<string, string>> = {
  envFile: 'its file of variables (envFile) is not read: set what it holds in the environment or in .env',
  oauth: 'its sign-in (oauth) stays with the client: give the gateway a credential of its own',
  authProviderType: 'its sign-in (authProviderType) stays with the client: give the gateway a credential of its own',
  headersHelper: 'the program that makes its headers (headersHelper) is not run',
  http_headers_helper: 'the program that makes its headers (http_headers_helper) is not run',
};

/** The entry as a server, or why it is none. */
export function readEntry(entry: unknown, { at, homeDirectory, projectDirectory, platform }: EntryContext): FoundServer | FoundProblem {
  const problem = (message: string): FoundProblem => ({ client: at.client, path: at.path, name: at.name, message });
  if (!isObject(entry)) return problem('The entry is not an object.');
  const fault = faultOf(entry);
  if (fault !== undefined) return problem(fault);
  const raw = toServer(at.client, at.name, entry);
  const startsInProject = raw.transport === 'stdio' && raw.cwd === undefined;
  const context: PlaceholderContext = { client: at.client, homeDirectory, projectDirectory, startsInProject, separator: platform === 'win32' ? '\\' : '/' };
  const asked = new Set<string>();
  const unusable = new Set<string>();
  const read = (text: string, isArgument = false): string => {
    const result: ReadText = readPlaceholders(text, context, isArgument);
    for (const variable of result.asked) asked.add(variable);
    if (result.unusable !== undefined) unusable.add(result.unusable);
    return result.text;
  };
  const pairs = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, read(value)]));
  const command = raw.command === undefined ? undefined : read(raw.command);
  const args = raw.args.map((argument) => read(argument, true));
  const ownFolder =
    raw.cwd === undefined ? projectFolderFor(projectDirectory, [command ?? '', ...args]) : absolute(read(raw.cwd), projectDirectory, homeDirectory);
  const server: ClientServer = {
    ...raw,
    command,
    args,
    env: pairs(raw.env),
    headers: pairs(raw.headers),
    url: raw.url === undefined ? undefined : read(raw.url),
    cwd: ownFolder,
  };
  if (unusable.size > 0)
    return problem(`It uses ${[...unusable].join(', ')}, which only ${at.client} can fill in. Write the value, or a variable, and import again.`);
  const notes = [
    ...[...asked].map((variable) => `the client asked for a value: set ${variable} in the environment or in .env`),
    ...Object.entries(NOT_TAKEN).flatMap(([key, note]) => (entry[key] === undefined ? [] : [note])),
  ];
  return { ...at, server, notes };
}

function absolute(folder: string, projectDirectory: string | undefined, homeDirectory: string): string {
  if (folder === '~' || /^~[\\/]/.test(folder)) return join(homeDirectory, folder.slice(2));
  return isAbsolute(folder) || folder.startsWith('${') || /^[A-Za-z]:[\\/]/.test(folder) ? folder : join(projectDirectory ?? homeDirectory, folder);
}

/** A project's server that names files of the project goes on starting there, wherever the gateway runs. */
function projectFolderFor(projectDirectory: string | undefined, words: readonly string[]): string | undefined {
  const isOfProject = (word: string): boolean =>
    /^\.{1,2}(?:[\\/]|$)/.test(word) || (projectDirectory !== undefined && /^[\w.-]+(?:[\\/][\w.-]+)*$/.test(word) && existsSync(join(projectDirectory, word)));
  return projectDirectory !== undefined && words.some(isOfProject) ? projectDirectory : undefined;
}

/** Why the entry cannot be a server. A member of the wrong type is told, never left out in silence. */
function faultOf(entry: JsonObject): string | undefined {
  const { command, args, cwd } = entry;
  const url = entry['httpUrl'] ?? entry['serverUrl'] ?? entry['url'];
  if (command === undefined && url === undefined) return 'It names neither a command nor a URL.';
  if (command !== undefined && (typeof command !== 'string' || command.trim() === '')) return '`command` must be a text.';
  if (command === undefined && (typeof url !== 'string' || (!url.includes('${') && !/^https?:\/\//i.test(url))))
    return 'Its URL must begin with http:// or https://.';
  if (args !== undefined && !(Array.isArray(args) && args.every((item) => typeof item === 'string'))) return '`args` must be a list of texts.';
  if (cwd !== undefined && typeof cwd !== 'string') return '`cwd` must be a text.';
  for (const key of ['env', 'headers', 'http_headers', 'env_http_headers']) {
    const pairs = entry[key];
    if (pairs === undefined || pairs === null) continue;
    if (!isObject(pairs)) return `\`${key}\` must hold names and texts.`;
    const wrong = Object.entries(pairs).find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value));
    if (wrong) return `\`${key}.${wrong[0]}\` must be a text.`;
  }
  return undefined;
}
