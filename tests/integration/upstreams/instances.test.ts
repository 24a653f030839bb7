/** Servers over stdio that run once for each project folder. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from '../../../src/contracts/call.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { bad, startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sy-projects-')));
const [one, two, three] = ['one', 'two', 'three'].map((name) => join(folder, name)) as [string, string, string];
let gateway: UpstreamGateway;

beforeAll(async () => {
  for (const project of [one, two, three]) mkdirSync(project);
  const server = { ...bad('ok'), pins: 'off' };
  gateway = await startUpstreamGateway({
    notes: server,
    fixed: { ...server, cwd: three },
    shared: { ...server, instances: 'shared' },
    single: { ...server, maxInstances: 1 },
  });
  await gateway.untilUp('notes', 'fixed', 'shared', 'single');
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function call(tool: string, workspaceRoot?: string): Promise<Answer> {
  const { runner } = gateway.app;
  const admission = await runner.admit({ door: 'mcp-stdio', source: 'stdio', credential: { kind: 'local' }, workspaceRoot });
  return await runner.run({ admission, target: { kind: 'tool', name: tool }, input: {}, trace: { correlationId: 'test' }, emit: () => undefined });
}
async function textOf(tool: string, workspaceRoot?: string): Promise<string> {
  const { terminal } = await call(tool, workspaceRoot);
  if (terminal.type !== 'result') throw terminal.type === 'error' ? terminal.error : new Error(terminal.type);
  return ((terminal.value as JsonObject)['content'] as { text: string }[])[0]?.text ?? '';
}
const cwdOf = async (tool: string, root?: string): Promise<unknown> => (JSON.parse(await textOf(tool, root)) as JsonObject)['cwd'];
function isAlive(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}

// @requirement G1.k
it('each project has its own, in its folder; callers without a project share one', async () => {
  const pids = [await textOf('notes__pid', one), await textOf('notes__pid', two), await textOf('notes__pid')];
  expect(new Set(pids).size).toBe(3);
  expect(await textOf('notes__pid', one)).toBe(pids[0]);
  expect(await textOf('notes__pid')).toBe(pids[2]);
  expect([await cwdOf('notes__env', one), await cwdOf('notes__env', two)]).toEqual([one, two]);
  expect((await gateway.status('notes'))?.detail).toContain('2 more for single projects or callers');
});

// @requirement G1.k
it('one folder of the configuration, or instances: shared, means one for all', async () => {
  for (const name of ['fixed', 'shared']) expect(await textOf(`${name}__pid`, one)).toBe(await textOf(`${name}__pid`, two));
  expect(await cwdOf('fixed__env', one)).toBe(three);
});

// @requirement G1.k
it('their number is bounded: an idle one ends for another, a busy one does not; a folder that is not there harms nobody else', async () => {
  const pid = await textOf('single__pid', one);
  await textOf('single__pid', two);
  await until(() => !isAlive(pid), 'the first has ended');
  expect(await textOf('single__pid', one)).not.toBe(pid);
  const slow = call('single__slow_progress', one);
  await until(async () => (await call('single__pid', two)).terminal.type === 'error', 'the other is refused');
  const refused = (await call('single__pid', two)).terminal;
  expect(refused).toMatchObject({ type: 'error', error: { code: 'OVERLOADED' } });
  expect((await slow).terminal.type).toBe('result');
  expect((await call('notes__pid', join(folder, 'none'))).terminal).toMatchObject({ type: 'error', error: { code: 'UPSTREAM_UNREACHABLE' } });
  expect((await call('notes__pid', one)).terminal.type).toBe('result');
});

// @requirement G1.k
it('all of them end with the gateway', async () => {
  const pids = [await textOf('notes__pid', one), await textOf('notes__pid', two), await textOf('notes__pid')];
  await gateway.stop();
  expect(pids.filter(isAlive)).toEqual([]);
});
