import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { type Gateway as FarGateway, startGateway } from '../../helpers/mcp-gateway.ts';
import { modern } from '../../helpers/mcp-http.ts';
import { Gate, taskTools } from '../mcp/task-tools.ts';

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
  ask(method: string, params: JsonObject, capabilities?: JsonObject): Promise<JsonObject>;
}

async function start(...args: readonly string[]): Promise<Gateway> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'task-gateway.ts'), home, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, key } = JSON.parse(line) as { readonly url: string; readonly key: string };
    return {
      child,
      async ask(method, params, capabilities = TASKS) {
        const { json } = await modern(url, method, { ...params, _meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities } }, { token: key });
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

describe('K3.h what an upstream runs as a task', () => {
  let gate: Gate;
  let far: FarGateway;
  const ended: string[] = [];
  beforeEach(async () => {
    gate = new Gate();
    ended.length = 0;
    far = await startGateway({
      tools: taskTools(
        gate,
        () => undefined,
        (name) => ended.push(name),
      ),
      tasks: { afterMs: 20, pollIntervalMs: 100 },
    });
  });
  afterEach(() => far.stop());

  const listed = async (gateway: Gateway): Promise<void> =>
    await vi.waitFor(async () => expect(JSON.stringify(await gateway.ask('tools/list', {}))).toContain('far__at_once'), { timeout: 10_000 });
  /** From then on its id is kept: what dies before is lost, and says so. */
  const polled = async (): Promise<void> =>
    await vi.waitFor(() => expect(far.records.some(({ event }) => event === 'task_read')).toBe(true), { timeout: 10_000 });
  const reaches = async (gateway: Gateway, taskId: unknown, status: string): Promise<JsonObject> =>
    await vi.waitFor(
      async () => {
        const state = await gateway.ask('tasks/get', { taskId });
        expect(state).toMatchObject({ status });
        return state;
      },
      { timeout: 10_000, interval: 100 },
    );

  it('is picked up again after a kill of the gateway, and was begun once', async () => {
    const first = await start(far.url);
    await listed(first);
    const { taskId } = await first.ask('tools/call', { name: 'far__at_once', arguments: {} });
    await polled();
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await start(far.url);
    expect(await second.ask('tasks/get', { taskId })).toMatchObject({ status: 'working' });
    gate.open();
    expect(await reaches(second, taskId, 'completed')).toMatchObject({ result: { content: [{ text: 'at_once is done' }] } });
    expect(ended).toEqual(['at_once']);
  });

  it('is left running by a clean stop, and cancelled through the gateway that comes after', async () => {
    const first = await start(far.url);
    await listed(first);
    const { taskId } = await first.ask('tools/call', { name: 'far__at_once', arguments: {} });
    await polled();
    first.child.kill('SIGTERM');
    await once(first.child, 'exit');
    expect(ended).toEqual([]);

    const second = await start(far.url);
    await second.ask('tasks/cancel', { taskId });
    await reaches(second, taskId, 'cancelled');
    await vi.waitFor(() => expect(ended).toEqual(['at_once aborted']), { timeout: 5000 });
  });

  it('asks through both: the question of the far tool is answered by the near client', async () => {
    const gateway = await start(far.url);
    await listed(gateway);
    const { taskId } = await gateway.ask('tools/call', { name: 'far__asks', arguments: {} });
    for (const name of ['Ada', 'Bob']) {
      const { inputRequests } = await reaches(gateway, taskId, 'input_required');
      const [key = ''] = Object.keys(isObject(inputRequests) ? inputRequests : {});
      await gateway.ask('tasks/update', { taskId, inputResponses: { [key]: { action: 'accept', content: { name } } } });
      await vi.waitFor(async () => expect((await gateway.ask('tasks/get', { taskId }))['inputRequests'] ?? {}).not.toHaveProperty([key]), { timeout: 5000 });
    }
    expect(JSON.stringify(await reaches(gateway, taskId, 'completed'))).toContain('Bob');
  });

  it('is waited for where the client cannot follow tasks', async () => {
    const gateway = await start(far.url);
    await listed(gateway);
    const answer = gateway.ask('tools/call', { name: 'far__at_once', arguments: {} }, {});
    await polled();
    gate.open();
    expect(await answer).toMatchObject({ resultType: 'complete', content: [{ text: 'at_once is done' }] });
  });
});
