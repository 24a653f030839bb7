/**
 * VS Code starts every server that `connect` writes for it and for the clients whose files it looks for, by program and by address: for
 * the address it asks for the key, as the `inputs` of the file say. `node tests/integration/clients/vscode-long.ts`; exit code 0 = all
 * run, and the audit trail has the list of tools of each.
 */
import assert from 'node:assert/strict';
import { auditOf, startGateway } from '../../helpers/gateway.ts';
import { installNode } from '../../helpers/on-demand.ts';
import { until } from '../../helpers/until.ts';
import { putFile } from '../../helpers/user-gateway.ts';
import { openVsCode, startServerIn, VSCODE_FOLDER, VSCODE_SETTINGS } from '../../helpers/vscode-window.ts';
import { makeUser } from '../cli/run.ts';

const PROGRAMS = [
  ['vscode', 'project'],
  ['cursor', 'project'],
  ['claude-desktop', 'user'],
  ['cursor', 'user'],
  ['windsurf', 'user'],
] as const;

const vscode = await installNode('code-server', VSCODE_FOLDER);
assert.equal(vscode.missing, undefined, vscode.missing);
const user = makeUser();
const gateway = await startGateway({ home: user.home, cwd: user.project });
try {
  putFile(user, 'vscode/User/settings.json', JSON.stringify(VSCODE_SETTINGS));
  const connect = async (client: string, scope: string, name: string, ...given: readonly string[]): Promise<void> =>
    assert.equal((await user.run('connect', client, '--scope', scope, '--name', name, ...given)).code, 0);
  for (const [client, scope] of PROGRAMS) await connect(client, scope, `our-${client}-${scope}`);
  await connect('vscode', 'project', 'our-address', '--transport', 'http', '--url', `${gateway.url}/mcp`);
  const window = await openVsCode(vscode, { home: user.folder, folder: user.project });
  try {
    for (const [client, scope] of PROGRAMS) {
      await startServerIn(window, `our-${client}-${scope}`);
      process.stdout.write(`runs: our-${client}-${scope}\n`);
    }
    await startServerIn(window, 'our-address', { question: 'SWITCHYARD_KEY for our-address', answer: gateway.key });
    process.stdout.write('runs: our-address, with the key that was asked for\n');
    // It says that a server runs before it has asked for the tools.
    let listed: readonly string[] = [];
    const isWhole = async (): Promise<boolean> => {
      const lists = (await auditOf(user.home, '--event', 'catalog_listed')).filter(({ target }) => target === 'catalog:tools');
      listed = lists.map(({ client, door, outcome }) => `${client} ${door} ${outcome}`).toSorted();
      return listed.length > PROGRAMS.length;
    };
    await until(isWhole, 'the tools of every entry were listed', 30_000);
    assert.deepEqual(listed, ['code-server mcp-http ok', ...PROGRAMS.map(() => 'code-server mcp-stdio ok')].toSorted());
  } finally {
    await window.stop();
  }
} finally {
  await gateway.stop();
  user.remove();
}
