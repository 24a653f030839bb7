/** @module app/guides: how each client is connected to this gateway, as text to copy. */
import { CLIENT_IDS, type ClientId } from '../clients/types.ts';

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
}

const NAMES: Readonly<Record<ClientId, string>> = {
  'claude-code': 'Claude Code', 'claude-desktop': 'Claude Desktop', cursor: 'Cursor', vscode: 'VS Code', codex: 'Codex', gemini: 'Gemini CLI', windsurf: 'Windsurf',
};

/** The command that edits the client's file, and for Claude Code its own command too. */
export function connectGuides({ node, script, url }: GuideFacts): readonly Guide[] {
  const switchyard = `${quote(node)} ${quote(script)}`;
  return CLIENT_IDS.map((id) => ({
    client: NAMES[id],
    steps: [
      { label: 'Let Switchyard write its configuration', text: `${switchyard} connect ${id}` },
      ...(id === 'claude-code' ? [
        { label: 'Its own command, stdio', text: `claude mcp add switchyard -- ${switchyard} stdio` },
        { label: 'Its own command, HTTP', text: `claude mcp add --transport http switchyard ${url}/mcp --header "Authorization: Bearer $(${switchyard} keys create claude-code)"` },
      ] : []),
    ],
  }));
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
