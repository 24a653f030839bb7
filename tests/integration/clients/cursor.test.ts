/**
 * Cursor's own agent (its maker's SDK), offline: it reads the files that `connect` writes for Cursor, fills in the reference to the key,
 * and lists our tools. It goes on with its service, which is not there: a call of a tool is not shown. Nor is Cursor's window run.
 */
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AuditRecord } from '../../../src/contracts/audit.ts';
import { root } from '../../../tools/paths.ts';
import { auditOf, type Gateway, startGateway } from '../../helpers/gateway.ts';
import { type InstalledClient, runInstalled } from '../../helpers/installed-client.ts';
import { installNode } from '../../helpers/on-demand.ts';
import { until } from '../../helpers/until.ts';
import { putFile } from '../../helpers/user-gateway.ts';
import { makeUser, type User } from '../cli/run.ts';

let cursor: InstalledClient;
let user: User;
let gateway: Gateway;
let service: Server;
let hasSeen: Promise<unknown> = Promise.resolve();
beforeAll(async () => {
  user = makeUser();
  const agent = installNode('cursor-sdk').then((installed) => ({ installed, script: 'agent.mjs' }));
  [cursor, gateway] = await Promise.all([agent, startGateway({ home: user.home, cwd: user.project })]);
  // It knows a model and takes the key; the agent begins its work when the test has seen what it waits for, and is refused.
  service = createServer(({ url = '' }, response) => {
    const answer = (status: number, body: object): void => void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (url === '/v1/models') answer(200, { items: [{ id: 'any' }] });
    else if (url === '/auth/exchange_user_api_key') answer(200, { accessToken: 'none', refreshToken: 'none' });
    else if (/RunSSE|BidiAppend/.test(url)) void hasSeen.catch(() => undefined).then(() => answer(500, {}));
    else answer(500, {});
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
}, 300_000);
afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await gateway.stop();
  user.remove();
});
beforeEach((context) => {
  if (cursor.installed.missing !== undefined) context.skip(cursor.installed.missing);
});

/** A server of the person's own in the same file: once it is started, ours would be, too. */
const NOTES = (): string => join(user.folder, 'started');
function writeFiles(scope: string): void {
  rmSync(NOTES(), { force: true });
  const notes = { command: process.execPath, args: [join(root, 'tests/helpers/bad-upstream.mjs'), 'ok', NOTES()] };
  putFile(user, scope === 'user' ? '.cursor/mcp.json' : 'project/.cursor/mcp.json', JSON.stringify({ mcpServers: { notes } }));
}

const listsSoFar = async (): Promise<AuditRecord[]> =>
  (await auditOf(user.home, '--event', 'catalog_listed')).filter(({ target }) => target === 'catalog:tools');

/** What the gateway has recorded of a run: lists of tools, by whom, through which door. */
async function listsOfRun(isExpected: boolean, key = gateway.key): Promise<AuditRecord[]> {
  const before = (await listsSoFar()).length;
  rmSync(NOTES(), { force: true });
  const address = service.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  hasSeen = until(async () => existsSync(NOTES()) && (!isExpected || (await listsSoFar()).length > before), 'its servers are connected', 20_000);
  const env = { CURSOR_BACKEND_URL: `http://127.0.0.1:${port}`, SWITCHYARD_KEY: key };
  const [{ stdout }] = await Promise.all([runInstalled(cursor, [], { home: user.folder, cwd: user.project, env }), hasSeen]);
  expect(stdout).toContain('"status":"ERROR"');
  return (await listsSoFar()).slice(before);
}

// @requirement G4.h G4.i
it.each([
  ['a program, for the person', 'mcp-stdio', 'user', []],
  ['a program, for the project', 'mcp-stdio', 'project', []],
  ['an address, with the key in a variable', 'mcp-http', 'user', ['--transport', 'http']],
])('Cursor’s agent lists our tools by what connect writes: %s; after disconnect it does not', async (_kind, door, scope, given) => {
  const where = given.length === 0 ? [] : ['--url', `${gateway.url}/mcp`];
  writeFiles(scope);
  expect((await user.run('connect', 'cursor', '--scope', scope, ...given, ...where)).code).toBe(0);
  const lists = await listsOfRun(true);
  expect(lists.length).toBeGreaterThan(0);
  for (const list of lists) expect(list).toMatchObject({ client: 'Cursor', door, outcome: 'ok' });
  if (door === 'mcp-http') expect(await listsOfRun(false, 'sk-sy-000000000000-000000000000000000000000000000000000000000000000')).toEqual([]);
  expect((await user.run('disconnect', 'cursor', '--scope', scope)).code).toBe(0);
  expect(await listsOfRun(false)).toEqual([]);
  rmSync(join(user.folder, scope === 'user' ? '.cursor' : 'project/.cursor'), { recursive: true });
});
