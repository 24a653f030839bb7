/** @module clients/locations: where each client keeps its configuration. Sources: docs/clients.md. */
import { posix, win32 } from 'node:path';
import { AppError } from '../core/errors.ts';
import { CLIENT_IDS, type ClientId, type ClientPlace } from './types.ts';

/** Facts of a client that do not depend on the machine. */
export interface ClientFacts {
  readonly title: string;
  readonly format: 'json' | 'toml';
  /** The member that holds the servers. */
  readonly container: string;
  /** Fails on comments and trailing commas, mostly without a word. */
  readonly isStrictJson: boolean;
  /** Path below the project folder; undefined = the client has no such scope. */
  readonly projectFile: readonly string[] | undefined;
  /** What must happen until the client notices. */
  readonly afterwards: string;
}

const FACTS: Readonly<Record<ClientId, ClientFacts>> = {
  'claude-code': {
    title: 'Claude Code',
    format: 'json',
    container: 'mcpServers',
    isStrictJson: true,
    projectFile: ['.mcp.json'],
    afterwards: 'Start a new Claude Code session; /mcp shows the state.',
  },
  'claude-desktop': {
    title: 'Claude Desktop',
    format: 'json',
    container: 'mcpServers',
    isStrictJson: true,
    projectFile: undefined,
    afterwards: 'Quit Claude Desktop completely and start it again.',
  },
  cursor: {
    title: 'Cursor',
    format: 'json',
    container: 'mcpServers',
    isStrictJson: false,
    projectFile: ['.cursor', 'mcp.json'],
    afterwards: 'Cursor Settings > MCP shows whether a server is enabled.',
  },
  vscode: {
    title: 'VS Code',
    format: 'json',
    container: 'servers',
    isStrictJson: false,
    projectFile: ['.vscode', 'mcp.json'],
    afterwards: '"MCP: List Servers" shows, starts and stops servers.',
  },
  codex: {
    title: 'Codex',
    format: 'toml',
    container: 'mcp_servers',
    isStrictJson: false,
    projectFile: ['.codex', 'config.toml'],
    afterwards: 'Restart Codex; /mcp shows the state.',
  },
  gemini: {
    title: 'Gemini CLI',
    format: 'json',
    container: 'mcpServers',
    isStrictJson: false,
    projectFile: ['.gemini', 'settings.json'],
    afterwards: 'Restart Gemini CLI; /mcp shows the state.',
  },
  windsurf: {
    title: 'Windsurf',
    format: 'json',
    container: 'mcpServers',
    isStrictJson: false,
    projectFile: undefined,
    afterwards: 'Refresh the MCP servers in the Cascade panel.',
  },
};

/** The facts of a client. */
export function factsOf(client: ClientId): ClientFacts {
  return FACTS[client];
}

/** The text as a client's id. @throws AppError CLIENT_UNKNOWN */
export function parseClientId(text: string): ClientId {
  const client = CLIENT_IDS.find((id) => id === text);
  if (client === undefined)
    throw new AppError('CLIENT_UNKNOWN', {
      message: `Switchyard does not know the client ${JSON.stringify(text)}.`,
      fix: `Use one of: ${CLIENT_IDS.join(', ')}.`,
    });
  return client;
}

/** The folder where programs of the platform keep settings. */
function settingsFolder({ platform, homeDirectory, environment = {} }: ClientPlace): readonly string[] {
  if (platform === 'win32') return [environment['APPDATA'] ?? win32.join(homeDirectory, 'AppData', 'Roaming')];
  if (platform === 'darwin') return [homeDirectory, 'Library', 'Application Support'];
  return environment['XDG_CONFIG_HOME'] ? [environment['XDG_CONFIG_HOME']] : [homeDirectory, '.config'];
}

function userFile(place: ClientPlace): readonly string[] {
  const { client, homeDirectory: home, environment = {} } = place;
  const files: Readonly<Record<ClientId, readonly string[]>> = {
    'claude-code': [environment['CLAUDE_CONFIG_DIR'] ?? home, '.claude.json'],
    'claude-desktop': [...settingsFolder(place), 'Claude', 'claude_desktop_config.json'],
    cursor: [home, '.cursor', 'mcp.json'],
    vscode: [...settingsFolder(place), 'Code', 'User', 'mcp.json'],
    codex: [...(environment['CODEX_HOME'] ? [environment['CODEX_HOME']] : [home, '.codex']), 'config.toml'],
    gemini: [home, '.gemini', 'settings.json'],
    windsurf: [home, '.codeium', 'windsurf', 'mcp_config.json'],
  };
  return files[client];
}

/**
 * The file of a client in a scope, absolute, in the spelling of the platform asked about.
 *
 * @throws AppError USAGE when the client has no such scope
 */
export function locateConfig(place: ClientPlace): string {
  const { title, projectFile } = factsOf(place.client);
  const { join } = place.platform === 'win32' ? win32 : posix;
  if (place.scope === 'user') return join(...userFile(place));
  if (projectFile === undefined) throw new AppError('USAGE', { message: `${title} has no configuration per project.`, fix: 'Use --scope user.' });
  return join(place.projectDirectory, ...projectFile);
}
