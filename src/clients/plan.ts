/** @module clients/plan: thinks a connection out, down to the bytes, without touching anything. */
import { buildEntry, parseServerName } from './entries.ts';
import { printSnippet, setEntry } from './edit.ts';
import { cliCommand, deepLink } from './links.ts';
import { factsOf, locateConfig } from './locations.ts';
import { referencesIn } from './references.ts';
import type { ConnectPlan, ConnectRequest } from './types.ts';

/** Codex starts programs with a fixed list of variables, the Gemini CLI without those whose names or values look like secrets. */
const HANDS_FEW_ON: ReadonlySet<string> = new Set(['codex', 'gemini']);

function isStrictJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\uFEFF/, '').trim() || '{}');
    return true;
  } catch {
    return false;
  }
}

/** Claude Code and the Gemini CLI ask a proxy for addresses of this machine, too, unless they are told otherwise. */
function proxyNote({ transport, url, environment = {} }: ConnectRequest): readonly string[] {
  const host = transport === 'http' && url !== undefined ? URL.parse(url)?.hostname : undefined;
  if (host === undefined || !/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(host)) return [];
  const variable = (name: string): string => environment[name] ?? environment[name.toLowerCase()] ?? '';
  const proxy = ['HTTPS_PROXY', 'HTTP_PROXY'].find((name) => variable(name) !== '');
  const isExempt = variable('NO_PROXY')
    .split(',')
    .some((word) => [host, '*'].includes(word.trim()));
  return proxy === undefined || isExempt ? [] : [`${proxy} is set here: set NO_PROXY=${host} for the client, or it looks for the gateway behind the proxy.`];
}

function variablesOf({ transport, command, headers }: ConnectRequest): readonly string[] {
  return [...new Set(Object.values((transport === 'stdio' ? command?.env : headers) ?? {}).flatMap(referencesIn))];
}

function notesFor(request: ConnectRequest, hasLiteralSecret: boolean, before: string | null): readonly string[] {
  const { title, afterwards, isStrictJson: mustBeStrict } = factsOf(request.client);
  const variables = variablesOf(request);
  const isAskedByVsCode = request.client === 'vscode' && request.transport === 'http';
  const hasWorkspace = request.command?.args?.some((word) => word.startsWith('--workspace')) ?? false;
  const hasNoProject = request.client === 'claude-desktop' || request.client === 'windsurf';
  return [
    ...(before !== null && mustBeStrict && !isStrictJson(before)
      ? [`${title} reads strict JSON, and this file has comments or trailing commas: it will ignore the file until they are gone.`]
      : []),
    ...(request.client === 'claude-code' && request.scope === 'user'
      ? ['A running Claude Code rewrites this file. Close it first, or use the command line above.']
      : []),
    ...(request.client === 'codex' && request.scope === 'project' ? ['Codex reads this file only in projects that are marked as trusted.'] : []),
    ...(request.client === 'gemini'
      ? ['Gemini CLI starts no server in a folder that it does not trust: answer its question, or run /permissions trust there.']
      : []),
    ...(request.transport === 'stdio' && HANDS_FEW_ON.has(request.client)
      ? [`${title} hands few of its variables to servers: what switchyard.yaml takes from \${…} must stand in the .env beside it.`]
      : []),
    ...(request.scope === 'project' && request.transport === 'stdio'
      ? ['The entry holds paths of this machine; everybody else who uses the project needs their own.']
      : []),
    ...(request.transport === 'stdio' && hasNoProject && !hasWorkspace
      ? [`${title} starts servers outside of any project: pass --workspace <folder> to serve files.`]
      : []),
    ...proxyNote(request),
    ...(hasLiteralSecret
      ? [
          'The file holds a key in the clear and is readable by you alone. Write ${SWITCHYARD_KEY} to keep the key in the environment, where the client can expand it.',
        ]
      : []),
    ...(variables.length > 0
      ? [
          isAskedByVsCode
            ? `VS Code asks for ${variables.join(', ')} at the first start and keeps the answer in its secret store.`
            : `${title} takes ${variables.join(', ')} from its environment: set the variable before it starts.`,
        ]
      : []),
    afterwards,
  ];
}

/**
 * What connecting would change. Pure: the text of the file is given, nothing is read or written, and
 * the same request gives the same plan. Connecting again replaces our entry and keeps what the person
 * has added to it.
 *
 * @param before the file's text as it is, byte order mark included; null when there is no file
 * @throws AppError CLIENT_CONFIG_INVALID (file, line, column) when the file cannot be understood
 * @throws AppError USAGE when the client cannot do what is asked, or a secret would get into a project's file
 */
export function planConnect(request: ConnectRequest, before: string | null): ConnectPlan {
  const { client, scope } = request;
  const name = parseServerName(request.name);
  const path = locateConfig(request);
  const target = { client, path, name };
  const entry = buildEntry(request);
  const link = deepLink(request, name, entry);
  const command = cliCommand(request, name, entry);
  return {
    client,
    scope,
    name,
    path,
    before,
    after: setEntry(target, before ?? '', entry),
    holdsSecret: entry.hasLiteralSecret,
    snippet: printSnippet(target, entry),
    ...(link === undefined ? {} : { deepLink: link }),
    ...(command === undefined ? {} : { cliCommand: command }),
    notes: notesFor(request, entry.hasLiteralSecret, before),
  };
}
