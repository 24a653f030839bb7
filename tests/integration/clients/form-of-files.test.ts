/**
 * Files of clients that cannot be had here, read by a client that takes the same form: the official Inspector reads `mcpServers`
 * (`--config FILE --server NAME`), which Claude Desktop, Cursor and Windsurf share. It shows that the entry is one of a known form
 * and reaches the gateway; it does not show that those programs look at this place, nor how they fill in references.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { auditOf, cleanEnv, type Gateway, startGateway } from '../../helpers/gateway.ts';
import { type Installed, installNode } from '../../helpers/on-demand.ts';
import { makeUser, type User } from '../cli/run.ts';
import { runToEnd, stdoutOf } from '../../helpers/run-to-end.ts';

let inspector: Installed;
let user: User;
let gateway: Gateway;
beforeAll(async () => {
  user = makeUser();
  [inspector, gateway] = await Promise.all([installNode('inspector'), startGateway({ home: user.home, cwd: user.project })]);
}, 300_000);
afterAll(async () => {
  await gateway.stop();
  user.remove();
});
beforeEach((context) => {
  if (inspector.missing !== undefined) context.skip(inspector.missing);
});

/** Calls echo through the entry `switchyard` of the file. Addresses it reads with its own `type` alone, so none is tried here. */
async function echoThrough(file: string, message: string): Promise<JsonObject> {
  const script = join(inspector.folder, 'node_modules/.bin/mcp-inspector');
  const args = [
    '--cli',
    '--config',
    file,
    '--server',
    'switchyard',
    '--quiet',
    '--method',
    'tools/call',
    '--tool-name',
    'echo',
    '--tool-arg',
    `message=${message}`,
  ];
  const options = { env: cleanEnv({ HOME: user.folder }), cwd: user.project, timeoutMs: 50_000 };
  return JSON.parse(stdoutOf(await runToEnd([script, ...args], options))) as JsonObject;
}

// @requirement G4.b
describe('the Inspector, with the file written for', () => {
  it.each([
    ['claude-desktop', 'user', '.config/Claude/claude_desktop_config.json'],
    ['cursor', 'user', '.cursor/mcp.json'],
    ['cursor', 'project', 'project/.cursor/mcp.json'],
    ['windsurf', 'user', '.codeium/windsurf/mcp_config.json'],
    ['claude-code', 'project', 'project/.mcp.json'],
  ])('%s (%s), starts the program and calls a tool', async (client, scope, name) => {
    expect((await user.run('connect', client, '--scope', scope)).code).toBe(0);
    const file = join(user.folder, name);
    expect(await echoThrough(file, client)).toMatchObject({ structuredContent: { data: { echo: client } } });
    expect((await auditOf(user.home, '--event', 'tool_executed')).at(-1)).toMatchObject({ target: 'tool:echo', door: 'mcp-stdio', outcome: 'ok' });
    expect((await user.run('disconnect', client, '--scope', scope)).code).toBe(0);
    await expect(echoThrough(file, client)).rejects.toThrow();
  });
});
