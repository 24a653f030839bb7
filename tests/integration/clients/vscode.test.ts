/**
 * VS Code itself (code-server 4.139.1 is VS Code 1.139.1 in a browser), offline. It lists and starts what `connect` writes for it; and
 * as it looks for the servers of Claude Desktop, Cursor and Windsurf by itself, it finds their files where `connect` writes them. That
 * those programs do the same is not shown. vscode-long.ts starts them all.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { chromiumPath } from '../../helpers/chromium.ts';
import { auditOf, type Gateway, startGateway } from '../../helpers/gateway.ts';
import { type Installed, installNode } from '../../helpers/on-demand.ts';
import { putFile } from '../../helpers/user-gateway.ts';
import { LIST_SERVERS, openVsCode, startServerIn, VSCODE_FOLDER, VSCODE_SETTINGS } from '../../helpers/vscode-window.ts';
import { makeUser, type User } from '../cli/run.ts';

let vscode: Installed;
let user: User;
let gateway: Gateway;
beforeAll(async () => {
  user = makeUser();
  [vscode, gateway] = await Promise.all([installNode('code-server', VSCODE_FOLDER), startGateway({ home: user.home, cwd: user.project })]);
}, 300_000);
afterAll(async () => {
  await gateway.stop();
  user.remove();
});
beforeEach((context) => {
  if (vscode.missing !== undefined) context.skip(vscode.missing);
  if (chromiumPath === undefined) context.skip('needs chromium');
});

/** Whose file, and what VS Code calls the place where it found it. */
const FILES = [
  ['vscode', 'project', 'project/.vscode/mcp.json'],
  ['cursor', 'project', 'project/.cursor/mcp.json'],
  ['claude-desktop', 'user', 'Claude Desktop on '],
  ['cursor', 'user', 'Cursor (Global) on '],
  ['windsurf', 'user', 'Windsurf on '],
] as const;

// @requirement G4.a G4.h G4.i
it('VS Code lists what connect writes for it, and for three clients whose files it looks for; it starts its own', async () => {
  putFile(user, 'vscode/User/settings.json', JSON.stringify(VSCODE_SETTINGS));
  for (const [client, scope] of FILES) expect((await user.run('connect', client, '--scope', scope, '--name', `our-${client}-${scope}`)).code).toBe(0);
  const window = await openVsCode(vscode, { home: user.folder, folder: user.project });
  try {
    await window.command(LIST_SERVERS, 'our-windsurf');
    const rows = await window.rows();
    for (const [client, scope, place] of FILES) expect(rows).toContainEqual(expect.stringContaining(`our-${client}-${scope}Stopped ${place}`));
    await startServerIn(window, 'our-vscode-project');
    const lists = async (): Promise<unknown> => (await auditOf(user.home, '--event', 'catalog_listed')).filter(({ target }) => target === 'catalog:tools');
    // It says that a server runs before it has asked for the tools.
    await expect.poll(lists, { timeout: 20_000 }).toMatchObject([{ client: 'code-server', door: 'mcp-stdio', outcome: 'ok' }]);
  } finally {
    await window.stop();
  }
}, 120_000);
