/** `connect --transparent`: the clients' own entries lead through the gateway, and come back. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseJsonFile } from '../../../src/clients/json-edit.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { bin } from '../../helpers/gateway.ts';
import { writeClientFiles } from '../../helpers/client-files.ts';
import { makeUser, type User } from './run.ts';

let user: User;
beforeEach(() => {
  user = makeUser();
});
afterEach(() => user.remove());

const CLIENTS = [
  ['claude-code', 'user', '.claude.json', ['github', 'airtable']],
  ['claude-code', 'project', '.mcp.json', ['api-server', 'github']],
  ['claude-desktop', 'user', '.config/Claude/claude_desktop_config.json', ['filesystem', 'My Wëird Server 🚀']],
  ['cursor', 'project', '.cursor/mcp.json', ['gh', 'postgres']],
  ['vscode', 'project', '.vscode/mcp.json', ['perplexity', 'files']],
  ['codex', 'user', '.codex/config.toml', ['context7', 'figma']],
  ['gemini', 'user', '.gemini/settings.json', ['pythonTools', 'oldRemote']],
] as const;
const fileOf = (scope: string, name: string): string => join(scope === 'user' ? user.folder : user.project, name);
const backupsOf = (path: string): string[] => readdirSync(dirname(path)).filter((name) => name.includes('.switchyard-'));

async function imported(): Promise<void> {
  writeClientFiles({ home: user.folder, project: user.project });
  expect((await user.run('import', '--yes', '--user')).code).toBe(0);
}

describe('connect --transparent', { timeout: 60_000 }, () => {
  // @requirement G4.c
  it('leads the imported entries of every client through the gateway, under their names, and disconnect brings back every byte', async () => {
    await imported();
    for (const [client, scope, name, servers] of CLIENTS) {
      const path = fileOf(scope, name);
      const before = readFileSync(path);
      const { code, value } = await user.json('connect', client, '--transparent', '--scope', scope);
      expect([client, code]).toEqual([client, 0]);
      expect((value as { servers: { name: string }[] }).servers.map((server) => server.name).toSorted()).toEqual(servers.toSorted());
      const after = readFileSync(path, 'utf8');
      for (const server of servers) expect(after, client).toContain(server);
      expect(after.match(/"--profile"/g)?.length, client).toBe(servers.length);
      const [backup] = backupsOf(path);
      expect(statSync(join(dirname(path), backup ?? '')).mode & 0o777).toBe(0o600);
      expect((await user.json('disconnect', client, '--scope', scope)).value).toMatchObject({ change: 'restored' });
      expect(readFileSync(path).equals(before), client).toBe(true);
      expect(backupsOf(path)).toEqual([]);
    }
  });

  // @requirement G4.c
  it('writes addresses below /mcp over HTTP, and no secret', async () => {
    await imported();
    const path = fileOf('user', '.claude.json');
    expect((await user.run('connect', 'claude-code', '--transparent', '--transport', 'http', '--url', 'http://127.0.0.1:9/mcp')).code).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(path, 'utf8')) as { mcpServers: JsonObject };
    expect(mcpServers['github']).toEqual({
      type: 'http',
      url: 'http://127.0.0.1:9/mcp/github-claude-code',
      headers: { Authorization: 'Bearer ${SWITCHYARD_KEY}' },
    });
    expect(mcpServers['switchyard']).toBeDefined();
    // Again: nothing changes.
    const again = await user.json('connect', 'claude-code', '--transparent', '--transport', 'http', '--url', 'http://127.0.0.1:9/mcp');
    expect(again.value).toMatchObject({ changed: false });
    expect(readFileSync(path, 'utf8')).not.toContain('SECRET');
  });

  // @requirement G4.c
  it('keeps what a person has written beside the way to the server, and edits made meanwhile', async () => {
    const path = fileOf('user', '.gemini/settings.json');
    await imported();
    const before = readFileSync(path, 'utf8');
    await user.run('connect', 'gemini', '--transparent');
    const connected = JSON.parse(readFileSync(path, 'utf8')) as { mcpServers: Record<string, JsonObject> };
    expect(connected.mcpServers['pythonTools']).toMatchObject({
      timeout: 15_000,
      includeTools: ['safe_tool'],
      command: process.execPath,
      args: [bin, 'stdio', '--profile', 'pythontools'],
    });
    // Somebody adds a server, and takes one of ours over.
    const mine = { command: 'mine' };
    writeFileSync(path, JSON.stringify({ ...connected, theme: 'dark', mcpServers: { ...connected.mcpServers, oldRemote: mine } }, null, 2));
    const { value } = await user.json('disconnect', 'gemini');
    expect(value).toMatchObject({ change: 'entries-restored' });
    const after = JSON.parse(readFileSync(path, 'utf8')) as { theme: string; mcpServers: JsonObject };
    expect(after.theme).toBe('dark');
    expect(after.mcpServers['oldRemote']).toEqual(mine);
    expect(after.mcpServers['pythonTools']).toEqual((JSON.parse(before) as { mcpServers: JsonObject }).mcpServers['pythonTools']);
    expect(JSON.stringify(value)).toContain('oldRemote was changed since');
  });

  // @requirement G4.c
  it('connected again after edits, it still knows what stood there first', async () => {
    const path = fileOf('user', '.claude.json');
    await imported();
    const before = JSON.parse(readFileSync(path, 'utf8')) as { mcpServers: JsonObject };
    await user.run('connect', 'claude-code', '--transparent');
    // Claude Code rewrites its file at every start.
    const touched = JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
    writeFileSync(path, JSON.stringify({ ...touched, numStartups: 143 }));
    await user.run('connect', 'claude-code', '--transparent', '--transport', 'http', '--url', 'http://127.0.0.1:9/mcp');
    expect(readFileSync(path, 'utf8')).toContain('http://127.0.0.1:9/mcp/airtable');
    expect((await user.json('disconnect', 'claude-code')).value).toMatchObject({ change: 'entries-restored' });
    const after = JSON.parse(readFileSync(path, 'utf8')) as { numStartups: number; mcpServers: JsonObject };
    expect(after.numStartups).toBe(143);
    expect(after.mcpServers).toEqual(before.mcpServers);
  });

  it('puts nothing back that was taken out of the file since it was imported', async () => {
    await imported();
    const path = fileOf('user', '.claude.json');
    const file = JSON.parse(readFileSync(path, 'utf8')) as { mcpServers: JsonObject };
    const { airtable: _, ...left } = file.mcpServers;
    writeFileSync(path, JSON.stringify({ ...file, mcpServers: left }));
    const { value } = await user.json('connect', 'claude-code', '--transparent');
    expect(value).toMatchObject({
      servers: [{ name: 'github' }],
      notes: expect.arrayContaining(['airtable is not in the file any more: it is not put back.']),
    });
    expect(readFileSync(path, 'utf8')).not.toContain('airtable');
    // Nor where none of them is left.
    await user.run('disconnect', 'claude-code');
    writeFileSync(path, '{"mcpServers":{}}');
    const { code, stderr } = await user.run('connect', 'claude-code', '--transparent');
    expect([code, stderr]).toEqual([64, expect.stringContaining('none of the entries any more')]);
    expect(readFileSync(path, 'utf8')).toBe('{"mcpServers":{}}');
  });

  it('beside a plain connection, and in two ways after each other, every byte comes back step by step, and no backup stays', async () => {
    await imported();
    const path = fileOf('project', '.cursor/mcp.json');
    const before = readFileSync(path);
    const connect = ['connect', 'cursor', '--scope', 'project'];
    await user.run(...connect, '--transparent');
    await user.run(...connect, '--transparent', '--transport', 'http', '--url', 'http://127.0.0.1:9/mcp');
    const transparent = readFileSync(path);
    const { stdout } = await user.run(...connect);
    expect(stdout).toContain('Undo with: switchyard disconnect cursor --scope project');
    const elsewhere = await user.run('disconnect', 'cursor');
    expect(elsewhere.stdout).toContain('Switchyard is not in');
    expect(elsewhere.stdout).toContain('switchyard disconnect cursor --scope project');
    const first = await user.run('disconnect', 'cursor', '--scope', 'project');
    expect(first.stdout).toContain('gh, postgres lead through the gateway still');
    expect(readFileSync(path).equals(transparent)).toBe(true);
    await user.run('disconnect', 'cursor', '--scope', 'project');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(backupsOf(path)).toEqual([]);
  });

  it('says what to do where nothing was imported, and writes nothing', async () => {
    writeClientFiles({ home: user.folder, project: user.project });
    const path = fileOf('user', '.claude.json');
    const before = readFileSync(path);
    const { code, value } = await user.json('connect', 'claude-code', '--transparent');
    expect([code, value]).toEqual([
      64,
      expect.objectContaining({ error: expect.objectContaining({ code: 'USAGE', fix: expect.stringContaining('switchyard import') }) }),
    ]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('--print shows it and writes nothing', async () => {
    await imported();
    const path = fileOf('project', '.cursor/mcp.json');
    const before = readFileSync(path);
    const { code, stdout } = await user.run('connect', 'cursor', '--transparent', '--scope', 'project', '--print');
    expect([code, stdout.includes('"--profile"'), stdout.includes('"gh"')]).toEqual([0, true, true]);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(() => parseJsonFile(path, before.toString('utf8'))).not.toThrow();
    expect(existsSync(join(user.home, 'clients')) && readdirSync(join(user.home, 'clients')).some((name) => name.startsWith('transparent'))).toBe(false);
  });

  it('leaves the entry of a server that the configuration does not have, or has disabled, as it is', async () => {
    await imported();
    const config = join(user.home, 'switchyard.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace(/^ {2}airtable:\n/m, '  airtable:\n    isEnabled: false\n'));
    const { value } = await user.json('connect', 'claude-code', '--transparent');
    expect(value).toMatchObject({ servers: [{ name: 'github' }] });
    expect(JSON.stringify(value)).toContain('airtable became the upstream airtable, which is not in the configuration');
    expect(readFileSync(fileOf('user', '.claude.json'), 'utf8')).toContain('airtable-mcp-server');
  });
});
