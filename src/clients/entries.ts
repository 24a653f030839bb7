/** @module clients/entries: one server, in the shape each client wants. */
import { posix, win32 } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { factsOf } from './locations.ts';
import { isLiteralSecret, isSecretUrl, referencesIn, spellReferences } from './references.ts';
import type { ClientCommand, ClientId, ConnectRequest } from './types.ts';

/** A value of JSON or TOML as it occurs in such entries. */
export type EntryValue = string | boolean | readonly string[] | Readonly<Record<string, string>>;

/** A question VS Code asks the person once, and keeps the answer to in its secret store. */
export interface PromptInput {
  readonly type: 'promptString';
  readonly id: string;
  readonly description: string;
  readonly password: true;
}

/** What goes into the file. */
export interface Entry {
  readonly members: Readonly<Record<string, EntryValue>>;
  /** VS Code only. */
  readonly inputs: readonly PromptInput[];
  /** A secret itself is in it: links and command lines must not repeat it. */
  readonly hasLiteralSecret: boolean;
}

/**
 * Members that say how a server is reached, and how the client signs in there: replaced as a whole. Codex refuses its
 * whole file over one that does not fit the transport. Everything else in an entry is the person's own and stays.
 */
export const TRANSPORT_MEMBERS: ReadonlySet<string> = new Set([
  'type',
  'command',
  'args',
  'env',
  'env_vars',
  'url',
  'httpUrl',
  'serverUrl',
  'headers',
  'http_headers',
  'env_http_headers',
  'bearer_token_env_var',
  'http_headers_helper',
  'headersHelper',
  'auth',
  'oauth',
  'oauth_resource',
  'scopes',
  'authProviderType',
  'targetAudience',
  'targetServiceAccount',
]);

/** Members that belong to the program of the entry, and go with it. */
const PROGRAM_MEMBERS = ['cwd', 'envFile'] as const;

/** Members of an entry that `wanted` takes the place of. One that starts our script already keeps its folder. */
export function replacedMembers(present: JsonObject | undefined, wanted: Entry['members']): ReadonlySet<string> {
  const scriptOf = (members: JsonObject | undefined): unknown => (Array.isArray(members?.['args']) ? members['args'][0] : undefined);
  const isOurs = wanted['command'] !== undefined && scriptOf(present) === scriptOf(wanted);
  return isOurs ? TRANSPORT_MEMBERS : new Set([...TRANSPORT_MEMBERS, ...PROGRAM_MEMBERS]);
}

// jsonc-parser builds plain objects, in which `__proto__` is no member.
const NAME = /^(?!__proto__$)[A-Za-z0-9_-]{1,64}$/;
const BEARER_REFERENCE = /^Bearer \$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const WHOLE_REFERENCE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

const usage = (message: string, fix: string): AppError => new AppError('USAGE', { message, fix });

type Members = Record<string, EntryValue>;
type Texts = Readonly<Record<string, string>>;
const isEmpty = (texts: Texts): boolean => Object.keys(texts).length === 0;
const spellAll = (client: ClientId, texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, spellReferences(client, value)]));

function checkCommand(command: ClientCommand | undefined, platform: ConnectRequest['platform']): ClientCommand {
  if (!command) throw usage('A stdio connection needs a command.', 'Give node and script.');
  const { isAbsolute } = platform === 'win32' ? win32 : posix;
  for (const path of [command.node, command.script]) {
    if (!isAbsolute(path)) throw usage('node and script must be absolute paths: clients start servers with another PATH and folder.', 'Give absolute paths.');
  }
  return command;
}

function checkUrl(url: string | undefined): string {
  const parsed = url === undefined ? null : URL.parse(url);
  if (url === undefined || !parsed || !/^https?:$/.test(parsed.protocol))
    throw usage('An http connection needs an absolute http or https URL.', 'Give --url http://127.0.0.1:<port>/mcp.');
  return url;
}

/** A file that is meant to be committed must not hold a secret; in one of the person's own it is allowed, and noted. */
function checkSecrets({ client, scope, command, url, headers, transport }: ConnectRequest): boolean {
  const values = Object.entries((transport === 'stdio' ? command?.env : headers) ?? {});
  const secret =
    values.find(([name, value]) => isLiteralSecret(name, value))?.[0] ?? (transport === 'http' && url !== undefined && isSecretUrl(url) ? 'URL' : undefined);
  if (secret !== undefined && scope === 'project') {
    throw usage(
      `${secret} would put a secret into a file of the project, which others may read.`,
      `Write \${SWITCHYARD_KEY} instead of the key, or use --scope user${client === 'vscode' ? ' (VS Code will ask for the key)' : ''}.`,
    );
  }
  return secret !== undefined;
}

function stdioMembers(client: ClientId, command: ClientCommand): Members {
  const base: Members = { command: command.node, args: [command.script, ...(command.args ?? [])] };
  const env = command.env ?? {};
  if (client === 'codex') return { ...base, ...codexEnv(env) };
  return {
    ...(client === 'claude-desktop' || client === 'gemini' || client === 'windsurf' ? {} : { type: 'stdio' }),
    ...base,
    ...(isEmpty(env) ? {} : { env: spellAll(client, env) }),
  };
}

/** Codex hands variables on under their own names only. */
function codexEnv(env: Texts): Members {
  const passed = Object.entries(env)
    .filter(([name, value]) => value === `\${${name}}`)
    .map(([name]) => name);
  const literal = Object.fromEntries(Object.entries(env).filter(([name]) => !passed.includes(name)));
  for (const value of Object.values(literal)) spellReferences('codex', value);
  return { ...(passed.length === 0 ? {} : { env_vars: passed }), ...(isEmpty(literal) ? {} : { env: literal }) };
}

function codexHttp(url: string, headers: Texts): Members {
  const members: Members = { url };
  const fromEnvironment: Record<string, string> = {};
  const literal: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const bearer = name.toLowerCase() === 'authorization' ? BEARER_REFERENCE.exec(value)?.[1] : undefined;
    const variable = WHOLE_REFERENCE.exec(value)?.[1];
    if (bearer !== undefined) members['bearer_token_env_var'] = bearer;
    else if (variable !== undefined) fromEnvironment[name] = variable;
    else literal[name] = spellReferences('codex', value);
  }
  return { ...members, ...(isEmpty(literal) ? {} : { http_headers: literal }), ...(isEmpty(fromEnvironment) ? {} : { env_http_headers: fromEnvironment }) };
}

/** VS Code asks for what a header refers to, and keeps it itself: better than the environment of a desktop program. */
function vscodeHttp(url: string, headers: Texts, name: string): { readonly members: Members; readonly inputs: readonly PromptInput[] } {
  const inputs = new Map<string, PromptInput>();
  const spelled = Object.entries(headers).map(([header, value]) => {
    let text = value;
    for (const variable of referencesIn(value)) {
      const id = `${name}-${variable.toLowerCase().replaceAll('_', '-')}`;
      inputs.set(id, { type: 'promptString', id, description: `${variable} for ${name}`, password: true });
      text = text.replaceAll(`\${${variable}}`, `\${input:${id}}`);
    }
    return [header, text] as const;
  });
  return { members: { type: 'http', url, ...(isEmpty(headers) ? {} : { headers: Object.fromEntries(spelled) }) }, inputs: [...inputs.values()] };
}

function httpEntry(client: ClientId, url: string, headers: Texts, name: string): { readonly members: Members; readonly inputs: readonly PromptInput[] } {
  if (client === 'claude-desktop')
    throw usage(`${factsOf(client).title} starts local servers only from its file.`, 'Use --transport stdio, or add the URL under Settings > Connectors.');
  if (client === 'codex') return { members: codexHttp(url, headers), inputs: [] };
  if (client === 'vscode') return vscodeHttp(url, headers, name);
  const place = { 'claude-code': { type: 'http', url }, cursor: { url }, gemini: { type: 'http', url }, windsurf: { serverUrl: url } }[client];
  return { members: { ...place, ...(isEmpty(headers) ? {} : { headers: spellAll(client, headers) }) }, inputs: [] };
}

/** The name asked for, or the default. @throws AppError USAGE */
export function parseServerName(name = 'switchyard'): string {
  if (!NAME.test(name)) throw usage('A server name is 1 to 64 letters, digits, hyphens and underscores.', 'Choose another --name.');
  return name;
}

/**
 * The entry for a request.
 *
 * @throws AppError USAGE: something is missing, the client cannot do it, or a secret would get into a project's file
 */
export function buildEntry(request: ConnectRequest): Entry {
  return entryNamed(parseServerName(request.name), request);
}

/** The entry under a name that the file has already, whatever its shape. @throws AppError USAGE, as buildEntry */
export function entryNamed(name: string, request: ConnectRequest): Entry {
  const hasLiteralSecret = checkSecrets(request);
  if (request.transport === 'stdio')
    return { members: stdioMembers(request.client, checkCommand(request.command, request.platform)), inputs: [], hasLiteralSecret };
  return { ...httpEntry(request.client, checkUrl(request.url), request.headers ?? {}, name), hasLiteralSecret };
}
