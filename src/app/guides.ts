/** @module app/guides: how each client is connected to this gateway, as text to copy. */
import { CLIENT_IDS, type ClientId } from '../clients/types.ts';
import { resolveHome } from '../config/home.ts';

/** One client with the ways to connect it. */
export interface Guide {
  readonly client: string;
  readonly steps: readonly { readonly label: string; readonly text: string }[];
}

/** How this process was started, so that the texts work as they are. */
export interface GuideFacts {
  readonly node: string;
  readonly script: string;
  readonly url: string;
  /** State folder. One that is not the default must be named in every command. */
  readonly home: string;
}

/** Commands for Claude Code's own command line, and ours. For a shell. */
export interface ConnectCommands {
  /** Runs this program with the words, on the same state folder. */
  readonly own: (...words: readonly string[]) => string;
  readonly claudeStdio: string;
  /** @param key a text for double quotes, such as `$(cat file)` */
  readonly claudeHttp: (key: string) => string;
}

const NAMES: Readonly<Record<ClientId, string>> = {
  'claude-code': 'Claude Code',
  'claude-desktop': 'Claude Desktop',
  cursor: 'Cursor',
  vscode: 'VS Code',
  codex: 'Codex',
  gemini: 'Gemini CLI',
  windsurf: 'Windsurf',
};

/** The commands as they work on this machine, whatever folder they are run in. */
export function connectCommands({ node, script, url, home }: GuideFacts): ConnectCommands {
  const isDefault = home === resolveHome({ ...process.env, SWITCHYARD_HOME: undefined });
  const own: ConnectCommands['own'] = (...words) => [quote(node), quote(script), ...words, ...(isDefault ? [] : ['--home', quote(home)])].join(' ');
  return {
    own,
    claudeStdio: `claude mcp add switchyard -- ${own('stdio')}`,
    claudeHttp: (key) => `claude mcp add --transport http switchyard ${url}/mcp --header "Authorization: Bearer ${key}"`,
  };
}

/** The command that edits the client's file, and for Claude Code its own command too. */
export function connectGuides(facts: GuideFacts): readonly Guide[] {
  const { own, claudeStdio, claudeHttp } = connectCommands(facts);
  return CLIENT_IDS.map((id) => ({
    client: NAMES[id],
    steps: [
      { label: 'Let Switchyard write its configuration', text: own('connect', id) },
      ...(id === 'claude-code'
        ? [
            { label: 'Its own command, stdio', text: claudeStdio },
            { label: 'Its own command, HTTP', text: claudeHttp(`$(${own('keys', 'create', id)})`) },
          ]
        : []),
    ],
  }));
}

/** For a POSIX shell. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
