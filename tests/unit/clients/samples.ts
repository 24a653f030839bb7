/** Files as people have them: comments, other servers, trailing commas, tabs, CRLF, byte order marks, secrets of others. */
import type { ClientId } from '../../../src/clients/types.ts';

export interface Sample {
  readonly client: ClientId;
  readonly title: string;
  readonly text: string;
}

const CLAUDE_CODE = `{
  "numStartups": 142,
  "installMethod": "native",
  "tipsHistory": { "shift-enter": 12, "memory-command": 31 },
  "oauthAccount": { "accountUuid": "0f0e", "emailAddress": "me@example.com" },
  "projects": {
    "/srv/app": {
      "allowedTools": [],
      "mcpServers": {},
      "history": [{ "display": "a \\"quoted\\" // not a comment" }]
    }
  },
  "mcpServers": {
    "github": {
      "type": "http",
      "url": "https://api.githubcopilot.com/mcp/",
      "headers": { "Authorization": "Bearer \${GITHUB_TOKEN}" }
    }
  },
  "lastReleaseNotesSeen": "2.1.303"
}
`;

const VSCODE = `{
\t// Asked once, kept in the secret store
\t"inputs": [
\t\t{ "type": "promptString", "id": "perplexity-key", "description": "Perplexity API Key", "password": true }, // paid by the team
\t],
\t"servers": {
\t\t/* search */
\t\t"perplexity": {
\t\t\t"type": "stdio",
\t\t\t"command": "npx",
\t\t\t"args": ["-y", "server-perplexity-ask"],
\t\t\t"env": { "PERPLEXITY_API_KEY": "\${input:perplexity-key}" },
\t\t}, // keep me here
\t},
}
`;

const CURSOR = `{
  "mcpServers": {
    // database of the shop
    "postgres": {
      "command": "uvx",
      "args": ["postgres-mcp", "--access-mode=restricted"],
      "env": {
        "DATABASE_URI": "\${env:DATABASE_URI}"
      }
    }, // read-only
    "linear": { "url": "https://mcp.linear.app/mcp" } // last one
    // "old": { "command": "gone" }
  }
}
`;

const CODEX = `# Codex, see https://developers.openai.com/codex
model = "gpt-5.5-codex"   # the big one
approval_policy = "on-request"
notify = [
  "python3",  # a comment with ] and "
  "/srv/notify.py",
]
instructions = """
Not a table:
[mcp_servers.fake]
command = "no"
"""

[mcp_servers.docs]
command = 'C:\\tools\\docs.exe'
args = ["--port", "0"]
startup_timeout_sec = 20

  [mcp_servers.docs.env]
  "LOG LEVEL" = "info"

# profiles below
[profiles.deep]
model_reasoning_effort = "high"

[[hooks.stop]]
command = "say done"
[tui]
since = 2026-01-01T08:00:00Z
`;

const GEMINI = `{
    "theme": "Default", // dark
    "selectedAuthType": "gemini-api-key",
    "mcpServers": {
        "files": {"command": "node", "args": ["server.js"], "trust": false}
    },
    "telemetry": {"enabled": false}
}`;

const WINDSURF = `{"mcpServers":{"git":{"command":"uvx","args":["mcp-server-git"],"disabled":true}}}`;

const DESKTOP = `{
  "mcpServers": {},
  "preferences": {
    "quickEntryShortcut": "off"
  }
}
`;

export const SAMPLES: readonly Sample[] = [
  { client: 'claude-code', title: 'the state file of Claude Code', text: CLAUDE_CODE },
  { client: 'claude-code', title: 'no servers yet', text: '{\n  "numStartups": 1\n}\n' },
  { client: 'claude-desktop', title: 'an empty list', text: DESKTOP },
  { client: 'claude-desktop', title: 'CRLF and a byte order mark', text: `\uFEFF${DESKTOP.replaceAll('\n', '\r\n')}` },
  { client: 'cursor', title: 'comments before, behind and after', text: CURSOR },
  { client: 'cursor', title: 'CRLF', text: CURSOR.replaceAll('\n', '\r\n') },
  { client: 'cursor', title: 'an empty object', text: '{}' },
  { client: 'cursor', title: 'an empty file', text: '' },
  { client: 'cursor', title: 'only a comment', text: '// nothing yet\n' },
  { client: 'cursor', title: 'a list with a comment only', text: '{\n  "mcpServers": {\n    // none yet\n  }\n}\n' },
  { client: 'vscode', title: 'tabs, trailing commas, comments', text: VSCODE },
  { client: 'vscode', title: 'tabs, trailing commas, comments, CRLF, byte order mark', text: `\uFEFF${VSCODE.replaceAll('\n', '\r\n')}` },
  { client: 'codex', title: 'everything TOML has', text: CODEX },
  { client: 'codex', title: 'CRLF and no line end at the end', text: CODEX.trimEnd().replaceAll('\n', '\r\n') },
  { client: 'codex', title: 'an empty file', text: '' },
  { client: 'codex', title: 'dotted and inline', text: 'mcp_servers.one.command = "a"\n[mcp_servers]\ntwo = { command = "b", args = ["c"] } # short\n' },
  { client: 'gemini', title: 'four spaces and no line end at the end', text: GEMINI },
  { client: 'windsurf', title: 'one line', text: WINDSURF },
];
