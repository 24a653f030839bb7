import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { createMemoryStore } from '../../../src/storage/memory/store.ts';
import { BOB, startGateway, type Gateway, type GatewayOptions } from '../../helpers/mcp-gateway.ts';
import {
  modern,
  modernBody,
  modernHeaders,
  type OpenStream,
  type RawAnswer,
  type RawOptions,
  stream as openRaw,
  errorOf,
  resultOf,
} from '../../helpers/mcp-http.ts';
import { Gate, taskTools } from './task-tools.ts';

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} }, elicitation: {} };

let gate: Gate;
let begun: string[];
let ended: string[];
let gateway: Gateway;
const start = async (tasks: GatewayOptions['tasks'] = {}): Promise<Gateway> =>
  await startGateway({
    tools: taskTools(
      gate,
      (name) => begun.push(name),
      (name) => ended.push(name),
    ),
    tasks: { afterMs: 20, ...tasks },
  });
beforeEach(async () => {
  gate = new Gate();
  begun = [];
  ended = [];
  gateway = await start();
});
afterEach(() => gateway.stop());

const ask = (method: string, params: JsonObject, capabilities: JsonObject = TASKS, options: RawOptions = {}): Promise<RawAnswer> =>
  modern(gateway.url, method, { ...params, _meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities } }, options);
const call = (name: string, capabilities: JsonObject = TASKS, options: RawOptions = {}): Promise<RawAnswer> =>
  ask('tools/call', { name, arguments: {} }, capabilities, options);
const openStream = async (method: string, params: JsonObject, options: RawOptions = {}): Promise<OpenStream> =>
  await openRaw(gateway.url, modernBody(method, params), { ...options, headers: modernHeaders(method, params) });
const begin = async (name: string): Promise<string> => String(resultOf(await call(name))['taskId']);
const get = async (taskId: string, options: RawOptions = {}): Promise<RawAnswer> => await ask('tasks/get', { taskId }, TASKS, options);
const reaches = async (taskId: string, status: string): Promise<JsonObject> =>
  await vi.waitFor(
    async () => {
      const state = resultOf(await get(taskId));
      expect(state['status']).toBe(status);
      return state;
    },
    { timeout: 5000, interval: 20 },
  );

describe('K3.a a call that takes long', () => {
  it('becomes a task for a client that can follow one, and goes on when that client is gone', async () => {
    const created = resultOf(await call('waits'));
    expect(created).toMatchObject({ resultType: 'task', status: 'working', taskId: expect.stringMatching(/^[0-9a-f]{40}$/), ttlMs: 3_600_000 });
    expect(begun).toEqual(['waits']);
    gate.open();
    const state = await reaches(String(created['taskId']), 'completed');
    expect(state).toMatchObject({ resultType: 'complete', result: { content: [{ text: 'waits is done' }] } });
    expect(begun).toEqual(['waits']);
  });

  it('waits for a client that cannot, and is stopped with it', async () => {
    const leaving = new AbortController();
    const params = { name: 'waits', arguments: {} };
    const headers = { ...modernHeaders('tools/call', params), authorization: 'Bearer token-alice', 'content-type': 'application/json' };
    const left = fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify(modernBody('tools/call', params)), signal: leaving.signal });
    await vi.waitFor(() => expect(begun).toEqual(['waits']));
    leaving.abort();
    await expect(left).rejects.toThrow();
    await vi.waitFor(() => expect(ended).toEqual(['waits aborted']));
  });

  it('stays a plain answer when it is quick, and for a tool that never becomes one', async () => {
    const slow = call('never_task');
    await vi.waitFor(() => expect(begun).toEqual(['never_task']));
    gate.open();
    expect(resultOf(await slow)).toMatchObject({ resultType: 'complete', content: [{ text: 'never_task is done' }] });
    expect(resultOf(await call('waits'))).toMatchObject({ resultType: 'complete' });
  });

  it('is recorded as one call with its end, and each look at the task as a call of its own', async () => {
    const taskId = await begin('waits');
    gate.open();
    await reaches(taskId, 'completed');
    const of = (event: string): unknown[] => gateway.records.filter((record) => record.event === event).map(({ phase, outcome }) => `${phase} ${outcome}`);
    expect(of('tool_executed')).toEqual(['intent undefined', 'outcome ok']);
    expect(of('task_read').length).toBeGreaterThan(0);
    await ask('tasks/cancel', { taskId });
    expect(of('task_cancelled')).toEqual(['intent undefined', 'outcome ok']);
  });

  it('shows the progress of the tool, and fails with what its client would have been told', async () => {
    const taskId = await begin('tells');
    expect(resultOf(await get(taskId))).toMatchObject({ status: 'working', statusMessage: '3/10 third of ten' });
    const failed = await reaches(await begin('fails'), 'completed');
    expect(failed['result']).toMatchObject({ isError: true });
    expect(JSON.stringify(failed)).not.toContain('secret detail');
  });

  it('tells a result that is too large to be kept, instead of keeping it', async () => {
    const { result } = await reaches(await begin('huge'), 'completed');
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('RESPONSE_TOO_LARGE') }] });
  });
});

describe('K3.b questions of a task', () => {
  it('are put through the task, under keys that are used once, and answered by tasks/update', async () => {
    const taskId = await begin('asks');
    expect(await reaches(taskId, 'input_required')).toMatchObject({ inputRequests: { name: { method: 'elicitation/create', params: { message: 'Who?' } } } });
    const answer = (key: string, name: string): Promise<RawAnswer> =>
      ask('tasks/update', { taskId, inputResponses: { [key]: { action: 'accept', content: { name } }, nobody_asked: { action: 'accept' } } });
    expect(resultOf(await answer('name', 'Ada'))).toMatchObject({ resultType: 'complete' });
    await vi.waitFor(async () => expect(resultOf(await get(taskId))['inputRequests']).toMatchObject({ 'name#2': { params: { message: 'Really?' } } }));
    await answer('name', 'Eve');
    await answer('name#2', 'Bob');
    expect(JSON.stringify(await reaches(taskId, 'completed'))).toContain(String.raw`[{\"name\":\"Ada\"},{\"name\":\"Bob\"}]`);
  });

  it('refuse an answer of the wrong shape, and wait on', async () => {
    const taskId = await begin('asks');
    await reaches(taskId, 'input_required');
    expect(errorOf(await ask('tasks/update', { taskId, inputResponses: { name: { yes: true } } }))).toMatchObject({ code: -32602 });
    expect(resultOf(await get(taskId))['status']).toBe('input_required');
  });
});

describe('K3.c a task belongs to its caller', () => {
  it('does not exist for another principal, whatever it asks', async () => {
    const taskId = await begin('waits');
    const unknown = await get('0'.repeat(40));
    expect(errorOf(unknown)).toMatchObject({ code: -32602, data: { code: 'TASK_UNKNOWN' } });
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const answer = await ask(method, { taskId, inputResponses: {} }, TASKS, { token: BOB });
      expect(answer.status).toBe(unknown.status);
      expect({ ...errorOf(answer), data: undefined }).toEqual({ ...errorOf(unknown), data: undefined });
    }
    // The control: its owner reads it, and it still works.
    expect(resultOf(await get(taskId))['status']).toBe('working');
  });

  it('needs the extension for every method, and names it', async () => {
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const answer = await ask(method, { taskId: 'x', inputResponses: {} }, {});
      expect(answer.status).toBe(400);
      expect(errorOf(answer)).toMatchObject({ code: -32021, data: { requiredCapabilities: TASKS.extensions && { extensions: TASKS.extensions } } });
    }
    expect(errorOf(await call('required', {}))).toMatchObject({ code: -32021 });
    expect(resultOf(await call('required'))).toMatchObject({ resultType: 'task' });
  });

  it('is cancelled by its owner: the work stops, and a second time changes nothing', async () => {
    const taskId = await begin('waits');
    expect(resultOf(await ask('tasks/cancel', { taskId }))).toMatchObject({ resultType: 'complete' });
    expect(await reaches(taskId, 'cancelled')).not.toHaveProperty('result');
    await vi.waitFor(() => expect(ended).toEqual(['waits aborted']));
    await ask('tasks/cancel', { taskId });
    expect(resultOf(await get(taskId))['status']).toBe('cancelled');
  });

  it('ends with the credential it was begun with', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'], shouldAdvanceTime: true });
    try {
      const taskId = await begin('waits');
      gateway.tokens.delete('token-alice');
      await vi.advanceTimersByTimeAsync(60_000);
      await vi.waitFor(() => expect(ended).toEqual(['waits aborted']));
      expect(taskId).toMatch(/^[0-9a-f]{40}$/);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is bounded in number for one principal: beyond it calls wait for their client', async () => {
    await gateway.stop();
    gateway = await start({ maxPerPrincipal: 2 });
    await begin('waits');
    await begin('waits');
    const third = call('waits');
    await vi.waitFor(() => expect(begun).toHaveLength(3));
    const overloaded = await call('required');
    expect(resultOf(overloaded)['isError'] ?? errorOf(overloaded)['code']).toBeTruthy();
    gate.open();
    expect(resultOf(await third)).toMatchObject({ resultType: 'complete', content: [{ text: 'waits is done' }] });
  });
});

describe('K3.d notices of a task', () => {
  it('reach a subscription with the whole state, and only that of the owner', async () => {
    const taskId = await begin('asks');
    await reaches(taskId, 'input_required');
    const meta = { _meta: { 'io.modelcontextprotocol/clientCapabilities': TASKS } };
    const own = await openStream('subscriptions/listen', { notifications: { taskIds: [taskId, 'unknown'] }, ...meta });
    const other = await openStream('subscriptions/listen', { notifications: { taskIds: [taskId] }, ...meta }, { token: BOB });
    await vi.waitFor(() => expect(own.messages()[0]).toMatchObject({ params: { notifications: { taskIds: [taskId] } } }));
    await vi.waitFor(() => expect(own.messages()).toHaveLength(2));
    await ask('tasks/cancel', { taskId });
    await vi.waitFor(() => expect(own.messages().at(-1)).toMatchObject({ method: 'notifications/tasks', params: { taskId, status: 'cancelled' } }));
    expect(own.messages()[1]).toMatchObject({ method: 'notifications/tasks', params: { status: 'input_required', inputRequests: { name: {} } } });
    await vi.waitFor(() => expect(other.messages()[0]).toMatchObject({ params: { notifications: {} } }));
    expect(JSON.stringify(other.messages())).not.toContain(taskId);
    own.cut();
    other.cut();
  });

  it('come at least every ten seconds while it runs', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'], shouldAdvanceTime: true });
    try {
      const taskId = await begin('waits');
      const meta = { _meta: { 'io.modelcontextprotocol/clientCapabilities': TASKS } };
      const stream = await openStream('subscriptions/listen', { notifications: { taskIds: [taskId] }, ...meta });
      await vi.waitFor(() => expect(stream.messages()).toHaveLength(2));
      await vi.advanceTimersByTimeAsync(30_000);
      await vi.waitFor(() => expect(stream.messages().length).toBeGreaterThanOrEqual(5));
      expect(stream.messages().at(-1)).toMatchObject({ params: { status: 'working', statusMessage: expect.stringMatching(/^Running for \d+ s\.$/) } });
      stream.cut();
    } finally {
      vi.useRealTimers();
    }
  });

  it('need the extension', async () => {
    const answer = await ask('subscriptions/listen', { notifications: { taskIds: ['x'] } }, {});
    expect(errorOf(answer)).toMatchObject({ code: -32021 });
  });
});

describe('K3.e tasks and the processes of a home', () => {
  it('are answered and cancelled through another process than the one that works on them', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tasks-home-'));
    const { tasks: store } = createMemoryStore();
    await gateway.stop();
    gateway = await start({ store, home });
    const second = await start({ store, home });
    try {
      const elsewhere = (method: string, params: JsonObject): Promise<RawAnswer> =>
        modern(second.url, method, { ...params, _meta: { 'io.modelcontextprotocol/clientCapabilities': TASKS } });
      const asking = await begin('asks');
      await vi.waitFor(async () => expect(resultOf(await elsewhere('tasks/get', { taskId: asking }))['status']).toBe('input_required'));
      await elsewhere('tasks/update', { taskId: asking, inputResponses: { name: { action: 'accept', content: { name: 'Ada' } } } });
      await vi.waitFor(async () => expect(resultOf(await get(asking))['inputRequests']).toHaveProperty('name#2'), { timeout: 5000 });
      await elsewhere('tasks/cancel', { taskId: asking });
      await reaches(asking, 'cancelled');
    } finally {
      await second.stop();
      rmSync(home, { recursive: true });
    }
  });

  it('say that they failed when the process that worked on them has ended', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tasks-home-'));
    const { tasks: store } = createMemoryStore();
    await gateway.stop();
    gateway = await start({ store, home });
    const taskId = await begin('waits');
    await gateway.stop();
    gateway = await start({ store, home });
    const state = resultOf(await get(taskId));
    expect(state).toMatchObject({ status: 'failed', error: { message: expect.any(String), data: { code: 'SHUTTING_DOWN' } } });
    rmSync(home, { recursive: true });
  });

  it('are sealed: what is stored says nothing, and opens for no other principal or home', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tasks-home-'));
    const { tasks: store } = createMemoryStore();
    await gateway.stop();
    gateway = await start({ store, home });
    const taskId = await begin('waits');
    gate.open();
    await reaches(taskId, 'completed');
    const row = await store.find(taskId);
    expect(row?.body).not.toContain('waits');
    expect(Buffer.from(row?.body ?? '', 'base64url').toString('latin1')).not.toContain('waits is done');
    // Somebody who can write the store makes it another principal's: it does not open.
    const stolen = { ...store, find: async (id: string) => (id === taskId && row ? { ...row, principalId: 'key:bob' } : undefined) };
    await gateway.stop();
    gateway = await start({ store: stolen, home });
    expect(errorOf(await get(taskId, { token: BOB }))).toMatchObject({ data: { code: 'TASK_UNKNOWN' } });
    rmSync(home, { recursive: true });
  });
});

// @requirement K3.j
it('K3.j a call that is no task tells its client that it runs, where that gave a progress token', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'], shouldAdvanceTime: true });
  try {
    const params = { name: 'waits', arguments: {}, _meta: { progressToken: 'p1' } };
    const answer = openStream('tools/call', params);
    await vi.waitFor(() => expect(begun).toEqual(['waits']));
    await vi.advanceTimersByTimeAsync(10_000);
    const stream = await answer;
    await vi.waitFor(() => expect(stream.messages()[0]).toMatchObject({ method: 'notifications/progress', params: { progressToken: 'p1' } }));
    await vi.advanceTimersByTimeAsync(20_000);
    await vi.waitFor(() => expect(stream.messages().length).toBeGreaterThanOrEqual(3));
    gate.open();
    await vi.waitFor(() => expect(stream.messages().at(-1)).toMatchObject({ result: { content: [{ text: 'waits is done' }] } }));
  } finally {
    vi.useRealTimers();
  }
});
