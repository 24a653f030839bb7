import { describe, expect, it } from 'vitest';
import { locateConfig, parseClientId } from '../../../src/clients/locations.ts';
import { CLIENT_IDS, type ClientPlace } from '../../../src/clients/types.ts';

const at = (client: ClientPlace['client'], platform: ClientPlace['platform'], more: Partial<ClientPlace> = {}): string =>
  locateConfig({
    client,
    platform,
    scope: 'user',
    projectDirectory: platform === 'win32' ? 'D:\\app' : '/srv/app',
    homeDirectory: { linux: '/home/me', darwin: '/Users/me', win32: 'C:\\Users\\me' }[platform],
    ...more,
  });

describe('G4.a: each client has its file where it looks for it', () => {
  it.each([
    ['claude-code', '/home/me/.claude.json', '/Users/me/.claude.json', 'C:\\Users\\me\\.claude.json'],
    [
      'claude-desktop',
      '/home/me/.config/Claude/claude_desktop_config.json',
      '/Users/me/Library/Application Support/Claude/claude_desktop_config.json',
      'C:\\Users\\me\\AppData\\Roaming\\Claude\\claude_desktop_config.json',
    ],
    ['cursor', '/home/me/.cursor/mcp.json', '/Users/me/.cursor/mcp.json', 'C:\\Users\\me\\.cursor\\mcp.json'],
    [
      'vscode',
      '/home/me/.config/Code/User/mcp.json',
      '/Users/me/Library/Application Support/Code/User/mcp.json',
      'C:\\Users\\me\\AppData\\Roaming\\Code\\User\\mcp.json',
    ],
    ['codex', '/home/me/.codex/config.toml', '/Users/me/.codex/config.toml', 'C:\\Users\\me\\.codex\\config.toml'],
    ['gemini', '/home/me/.gemini/settings.json', '/Users/me/.gemini/settings.json', 'C:\\Users\\me\\.gemini\\settings.json'],
    [
      'windsurf',
      '/home/me/.codeium/windsurf/mcp_config.json',
      '/Users/me/.codeium/windsurf/mcp_config.json',
      'C:\\Users\\me\\.codeium\\windsurf\\mcp_config.json',
    ],
  ] as const)('%s, for the user', (client, linux, mac, windows) => {
    expect([at(client, 'linux'), at(client, 'darwin'), at(client, 'win32')]).toEqual([linux, mac, windows]);
  });

  it.each([
    ['claude-code', '/srv/app/.mcp.json'],
    ['cursor', '/srv/app/.cursor/mcp.json'],
    ['vscode', '/srv/app/.vscode/mcp.json'],
    ['codex', '/srv/app/.codex/config.toml'],
    ['gemini', '/srv/app/.gemini/settings.json'],
  ] as const)('%s, for the project', (client, path) => {
    expect(at(client, 'linux', { scope: 'project' })).toBe(path);
  });

  it('Claude Desktop and Windsurf have none per project, and say so', () => {
    for (const client of ['claude-desktop', 'windsurf'] as const)
      expect(() => at(client, 'linux', { scope: 'project' })).toThrow(expect.objectContaining({ code: 'USAGE', fix: 'Use --scope user.' }) as Error);
  });

  it('variables of the environment move them', () => {
    expect(at('codex', 'linux', { environment: { CODEX_HOME: '/data/codex' } })).toBe('/data/codex/config.toml');
    expect(at('claude-code', 'linux', { environment: { CLAUDE_CONFIG_DIR: '/data/claude' } })).toBe('/data/claude/.claude.json');
    expect(at('vscode', 'linux', { environment: { XDG_CONFIG_HOME: '/data/config' } })).toBe('/data/config/Code/User/mcp.json');
    expect(at('vscode', 'win32', { environment: { APPDATA: 'E:\\Roaming' } })).toBe('E:\\Roaming\\Code\\User\\mcp.json');
  });

  it('an unknown client is told the known ones', () => {
    expect(() => parseClientId('emacs')).toThrow(expect.objectContaining({ code: 'CLIENT_UNKNOWN', fix: `Use one of: ${CLIENT_IDS.join(', ')}.` }) as Error);
    expect(parseClientId('cursor')).toBe('cursor');
  });
});
