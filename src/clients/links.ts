/** @module clients/links: the ways in which a client adds a server itself: links and command lines. */
import type { Entry, EntryValue } from './entries.ts';
import type { ConnectRequest } from './types.ts';

/** One word of a command line, quoted for the usual shell of the platform. */
export function quoteWord(word: string, platform: ConnectRequest['platform']): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word)) return word;
  return platform === 'win32' ? `"${word.replaceAll('"', '\\"')}"` : `'${word.replaceAll("'", "'\\''")}'`;
}

const line = (words: readonly string[], platform: ConnectRequest['platform']): string => words.map((word) => quoteWord(word, platform)).join(' ');
const listOf = (value: EntryValue | undefined): readonly string[] => (Array.isArray(value) ? value : []);
const textOf = (value: EntryValue | undefined): string => (typeof value === 'string' ? value : '');
const pairsOf = (value: EntryValue | undefined): readonly (readonly [string, string])[] =>
  typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [];

/** A link that opens the client and asks the person; undefined for clients without such links. */
export function deepLink(request: ConnectRequest, name: string, { members, inputs, hasLiteralSecret }: Entry): string | undefined {
  if (hasLiteralSecret) return undefined;
  if (request.client === 'cursor') {
    const config = Buffer.from(JSON.stringify(members)).toString('base64');
    return `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(name)}&config=${encodeURIComponent(config)}`;
  }
  if (request.client === 'vscode') {
    return `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, ...members, ...(inputs.length === 0 ? {} : { inputs }) }))}`;
  }
  return undefined;
}

/** A command line of the client that makes the same entry; undefined for clients without one. */
export function cliCommand(request: ConnectRequest, name: string, entry: Entry): string | undefined {
  if (entry.hasLiteralSecret) return undefined;
  const { platform, scope } = request;
  const { members } = entry;
  const program = [textOf(members['command']), ...listOf(members['args'])];
  if (request.client === 'claude-code') {
    // Options that take several values come after the name: before it, they would swallow it.
    const options = ['claude', 'mcp', 'add', '--scope', scope, '--transport', request.transport, name];
    if (request.transport === 'stdio')
      return line([...options, ...pairsOf(members['env']).flatMap(([key, value]) => ['--env', `${key}=${value}`]), '--', ...program], platform);
    return line([...options, textOf(members['url']), ...pairsOf(members['headers']).flatMap(([key, value]) => ['--header', `${key}: ${value}`])], platform);
  }
  if (request.client === 'vscode' && scope === 'user' && entry.inputs.length === 0)
    return line(['code', '--add-mcp', JSON.stringify({ name, ...members })], platform);
  // In a project, the Gemini CLI looks at the folder first, and writes nothing but the new entry where it is not trusted.
  if (request.client === 'gemini' && scope === 'user') return geminiCommand(name, request, members, program);
  return request.client === 'codex' && scope === 'user' ? codexCommand(name, members, program, platform) : undefined;
}

function geminiCommand(name: string, { platform, transport }: ConnectRequest, members: Entry['members'], program: readonly string[]): string {
  const repeat = (option: string, key: string, joint: string): string[] => pairsOf(members[key]).flatMap(([own, value]) => [option, `${own}${joint}${value}`]);
  const options = ['gemini', 'mcp', 'add', '--scope', 'user'];
  if (transport === 'stdio') return line([...options, ...repeat('--env', 'env', '='), name, ...program], platform);
  return line([...options, '--transport', 'http', ...repeat('--header', 'headers', ': '), name, textOf(members['url'])], platform);
}

/** `codex mcp add` knows literal variables and a bearer variable, nothing else. */
function codexCommand(name: string, members: Entry['members'], program: readonly string[], platform: ConnectRequest['platform']): string | undefined {
  const { url, bearer_token_env_var: bearer, env, env_vars: passed, http_headers: headers, env_http_headers: fromEnvironment } = members;
  if (passed ?? headers ?? fromEnvironment) return undefined;
  if (url === undefined)
    return line(['codex', 'mcp', 'add', name, ...pairsOf(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]), '--', ...program], platform);
  return line(['codex', 'mcp', 'add', name, '--url', textOf(url), ...(bearer === undefined ? [] : ['--bearer-token-env-var', textOf(bearer)])], platform);
}
