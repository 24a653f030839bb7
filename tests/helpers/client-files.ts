/**
 * Configuration files of the seven clients, as their documentation shows them (docs/clients.md names the
 * pages; November 2026): written after those examples, not taken from anybody's machine. Every value that
 * begins with SECRET is one, and must never be found in a configuration.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface ClientFolders {
  readonly home: string;
  readonly project: string;
}

const CLAUDE_CODE = (project: string): string =>
  JSON.stringify(
    {
      numStartups: 142,
      mcpServers: {
        github: { type: 'http', url: 'https://api.githubcopilot.com/mcp/', headers: { Authorization: 'Bearer SECRETgithub' } },
        airtable: { type: 'stdio', command: 'npx', args: ['-y', 'airtable-mcp-server'], env: { AIRTABLE_API_KEY: '${AIRTABLE_API_KEY:-SECRETairtable}' } },
        switchyard: { command: '/opt/node', args: ['/opt/switchyard/dist/cli/main.js', 'stdio'] },
      },
      projects: {
        [project]: { mcpServers: { notes: { command: 'python3', args: ['./notes.py'] } } },
        '/elsewhere': { mcpServers: { other: { command: 'x' } } },
      },
    },
    null,
    2,
  );

const MCP_JSON = `{
  "mcpServers": {
    "api-server": { "type": "http", "url": "\${API_BASE_URL:-https://api.example.com}/mcp", "headers": { "Authorization": "Bearer \${API_KEY}" } },
    "github": { "command": "docker", "args": ["run", "-i", "--rm", "-e", "GITHUB_PERSONAL_ACCESS_TOKEN=SECRETdocker", "ghcr.io/github/github-mcp-server"] }
  }
}
`;

const CLAUDE_DESKTOP = `{
  "mcpServers": {
    "filesystem": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/username/Desktop"] },
    "My Wëird Server 🚀": { "command": "npx", "args": ["mcp-remote", "https://weird.example.com/sse?api_key=SECRETquery", "--header", "Authorization: Bearer SECRETheader"] }
  }
}`;

const CURSOR = `\uFEFF{
  // shared by the team
  "mcpServers": {
    "gh": { "url": "https://api.githubcopilot.com/mcp", "headers": { "Authorization": "Bearer \${env:GITHUB_TOKEN}" } },
    "postgres": { "command": "uvx", "args": ["postgres-mcp", "postgresql://me:SECRETpassword@localhost/shop"], "cwd": "\${workspaceFolder}/db", },
    "no-way": { "type": "stdio" },
  },
}
`;

const VSCODE = `{\r
  "inputs": [{ "type": "promptString", "id": "perplexity-key", "description": "Perplexity API Key", "password": true }],\r
  "servers": {\r
    "perplexity": { "type": "stdio", "command": "npx", "args": ["-y", "server-perplexity-ask"], "env": { "PERPLEXITY_API_KEY": "\${input:perplexity-key}" } },\r
    "files": { "command": "npx", "args": ["@modelcontextprotocol/server-filesystem", "/Users/username/Desktop"] },\r
    "chosen": { "command": "x", "args": ["\${command:pick}"] }\r
  }\r
}\r
`;

const CODEX = `model = "gpt-5.5-codex"

[mcp_servers.context7]
command = "npx"
args = ["-y", "@upstash/context7-mcp"]
tool_timeout_sec = 45
disabled_tools = ["forget"]

[mcp_servers.context7.env]
CONTEXT7_API_KEY = "SECRETcontext"

[mcp_servers.figma]
url = "https://mcp.figma.com/mcp"
bearer_token_env_var = "FIGMA_OAUTH_TOKEN"
http_headers = { "X-Figma-Region" = "us-east-1" }
`;

const GEMINI = `{
  "mcpServers": {
    "pythonTools": { "command": "python3", "args": ["-m", "my_mcp_server"], "cwd": "./mcp-servers", "env": { "DATABASE_URL": "$DB_CONNECTION_STRING" }, "timeout": 15000, "includeTools": ["safe_tool"] },
    "oldRemote": { "url": "https://old.example.com/sse" }
  }
}`;

const WINDSURF = `{ "mcpServers": { "remote-http-mcp": { "serverUrl": "https://wind.example.com/SECRET0a1b2c3d4e5f60718293/mcp", "disabled": true } } }`;

/** Writes them all. */
export function writeClientFiles({ home, project }: ClientFolders): void {
  const files: Readonly<Record<string, string>> = {
    [join(home, '.claude.json')]: CLAUDE_CODE(project),
    [join(project, '.mcp.json')]: MCP_JSON,
    [join(home, '.config/Claude/claude_desktop_config.json')]: CLAUDE_DESKTOP,
    [join(project, '.cursor/mcp.json')]: CURSOR,
    [join(project, '.vscode/mcp.json')]: VSCODE,
    [join(home, '.codex/config.toml')]: CODEX,
    [join(home, '.gemini/settings.json')]: GEMINI,
    [join(home, '.codeium/windsurf/mcp_config.json')]: WINDSURF,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
