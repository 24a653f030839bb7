import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { modern } from '../../helpers/mcp-http.ts';

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} }, elicitation: {} };
let home: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'task-home-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(home, { recursive: true, force: true });
});

interface Gateway {
  readonly child: ChildProcess;
  ask(method: string, params: JsonObject): Promise<JsonObject>;
}

async function start(): Promise<Gateway> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'task-gateway.ts'), home], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, key } = JSON.parse(line) as { readonly url: string; readonly key: string };
    return {
      child,
      async ask(method, params) {
        const { json } = await modern(url, method, { ...params, _meta: { 'io.modelcontextprotocol/clientCapabilities': TASKS } }, { token: key });
        return isObject(json['result']) ? json['result'] : (json['error'] as JsonObject);
      },
    };
  }
  throw new Error('the gateway did not start');
}

// @requirement K3.a @requirement K3.f
it('K3.f a task survives a kill of the gateway: what was done stays, and what died says so at once', async () => {
  const first = await start();
  const done = await first.ask('tools/call', { name: 'fails', arguments: {} });
  const doneId = String(done['taskId']);
  for (let state = done; state['status'] !== 'completed'; ) state = await first.ask('tasks/get', { taskId: doneId });
  const working = await first.ask('tools/call', { name: 'waits', arguments: {} });
  expect(working).toMatchObject({ resultType: 'task', status: 'working' });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await start();
  expect(await second.ask('tasks/get', { taskId: doneId })).toMatchObject({ status: 'completed', result: { isError: true } });
  const lost = await second.ask('tasks/get', { taskId: String(working['taskId']) });
  expect(lost).toMatchObject({ status: 'failed', error: { code: 50225, data: { code: 'TASK_LOST' } } });
  expect(await second.ask('tasks/get', { taskId: String(working['taskId']) })).toMatchObject({ status: 'failed' });
});
