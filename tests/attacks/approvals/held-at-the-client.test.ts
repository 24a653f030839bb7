/** Calls that wait for the person at their client, over each way in which one is asked. The oracle is the effect. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeptCall } from '../../../src/contracts/approvals.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { type ApprovalGateway, startApprovalGateway } from '../../helpers/approval-gateway.ts';
import { legacy, modern, openSession, raw, type RawAnswer, stream, resultOf } from '../../helpers/mcp-http.ts';
import { until } from '../../helpers/until.ts';
import { approveOn, ASKABLE, askOn, callOn, onlyOf, PAY, RAN, textOf, yes } from './calls.ts';

let gateway: ApprovalGateway;
beforeAll(async () => {
  gateway = await startApprovalGateway({ approvals: { maxPerPrincipal: 3 } });
});
afterAll(() => gateway?.stop());
beforeEach(async () => {
  gateway.effects.length = 0;
  rmSync(join(gateway.home, 'approvals.json'), { force: true });
});

const call = (key: string, name: string, args: JsonObject, more: JsonObject = {}): Promise<RawAnswer> => callOn(gateway, key, name, args, more);
const only = (): Promise<KeptCall> => onlyOf(gateway);
const approve = (id: string, key?: string, more?: JsonObject): Promise<number> => approveOn(gateway, id, key, more);
const ask = (key: string, name: string, args: JsonObject, more: JsonObject = {}): Promise<RawAnswer> => askOn(gateway, key, name, args, more);

// @requirement P5.b
describe('P5: a call that waits for the person at its client, without a stream (2026-07-28)', () => {
  it('ends with the question and runs with the answer', async () => {
    const { alice } = gateway.keys;
    const first = resultOf(await ask(alice, 'pay', PAY));
    const { id } = await only();
    expect(first).toMatchObject({
      resultType: 'input_required',
      inputRequests: { [id]: { method: 'elicitation/create', params: { message: expect.stringContaining('"to": "carl"') } } },
    });
    const answered = { requestState: first['requestState'], inputResponses: yes(id) };
    expect(textOf(await ask(alice, 'pay', PAY, answered))).toBe('paid');
    expect(gateway.effects).toEqual([RAN]);
    // Replay of question and answer: asked again, under another id.
    expect(resultOf(await ask(alice, 'pay', PAY, answered))['resultType']).toBe('input_required');
    expect((await only()).id).not.toBe(id);
    expect(gateway.effects).toHaveLength(1);
  });

  it('forged: an answer to what was not asked, or was asked about something else, is none', async () => {
    const { alice, bob } = gateway.keys;
    for (const id of ['approve', 'call-0000000000000000', '__proto__', 'pay'])
      expect(resultOf(await ask(alice, 'pay', PAY, { inputResponses: yes(id) }))['resultType']).toBe('input_required');
    const state = resultOf(await ask(alice, 'pay', PAY))['requestState'];
    const { id } = await only();
    const answered = { requestState: state, inputResponses: yes(id) };
    expect(resultOf(await ask(alice, 'pay', { ...PAY, amount: 99 }, { inputResponses: yes(id) }))['resultType']).toBe('input_required');
    expect(JSON.stringify((await ask(alice, 'pay', { ...PAY, amount: 99 }, answered)).json)).toContain('STATE_INVALID');
    expect(JSON.stringify((await ask(bob, 'pay', PAY, answered)).json)).toContain('STATE_INVALID');
    expect(JSON.stringify((await ask(alice, 'pay', PAY, { ...answered, requestState: `${String(state).slice(0, -2)}AA` })).json)).toContain('STATE_INVALID');
    expect(resultOf(await ask(bob, 'pay', PAY, { inputResponses: yes(id) }))['resultType']).toBe('input_required');
    for (const content of [{ approve: 'true' }, { approve: 1 }, {}, { Approve: true }])
      await ask(alice, 'pay', PAY, { inputResponses: { [id]: { action: 'accept', content } } });
    expect(gateway.effects).toEqual([]);
  });

  it('a no is a no, and the next call asks again', async () => {
    const { alice } = gateway.keys;
    await ask(alice, 'pay', PAY);
    const { id } = await only();
    expect(textOf(await ask(alice, 'pay', PAY, { inputResponses: { [id]: { action: 'decline' } } }))).toMatch(/^APPROVAL_REFUSED/);
    expect(await gateway.waiting()).toEqual([]);
    expect(resultOf(await ask(alice, 'pay', PAY, { inputResponses: yes(id) }))['resultType']).toBe('input_required');
    expect(gateway.effects).toEqual([]);
  });

  it('the person at the client cannot answer what the rule leaves to an operator', async () => {
    const { alice } = gateway.keys;
    expect(textOf(await ask(alice, 'wire', PAY))).toMatch(/^APPROVAL_REQUIRED/);
    const { id } = await only();
    expect(textOf(await ask(alice, 'wire', PAY, { inputResponses: yes(id) }))).toMatch(/^APPROVAL_REQUIRED/);
    expect(gateway.effects).toEqual([]);
  });

  it('asking is counted: it is no way around the rate', async () => {
    const other = await startApprovalGateway({ limits: { roles: { admin: 1000, developer: 5 }, burst: 0 } });
    try {
      const answers: RawAnswer[] = [];
      for (let at = 0; at < 8; at += 1)
        answers.push(await modern(other.mcp, 'tools/call', { name: 'pay', arguments: PAY, _meta: ASKABLE }, { token: other.keys.alice }));
      expect(answers.filter((answer) => resultOf(answer)['resultType'] === 'input_required').length).toBe(5);
      expect(answers.at(-1)?.status).toBe(429);
    } finally {
      await other.stop();
    }
  });
});

// @requirement P5.c
describe('P5: a call of a client that follows tasks', () => {
  const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } } };
  const request = (method: string, params: JsonObject, key = gateway.keys.alice): Promise<RawAnswer> =>
    modern(gateway.mcp, method, { ...params, _meta: meta }, { token: key });
  const begin = async (): Promise<string> => {
    const created = resultOf(await request('tools/call', { name: 'wire', arguments: PAY }));
    expect(created).toMatchObject({ resultType: 'task', status: 'working', taskId: expect.any(String) });
    return String(created['taskId']);
  };
  const state = async (taskId: string): Promise<JsonObject> => resultOf(await request('tasks/get', { taskId }));
  const reaches = async (taskId: string, status: string): Promise<JsonObject> => {
    await until(async () => (await state(taskId))['status'] === status, `the task ${status}`);
    return await state(taskId);
  };

  it('becomes a task that waits for the operator, and goes on with the yes', async () => {
    const taskId = await begin();
    const { id } = await only();
    expect((await state(taskId))['statusMessage']).toContain(`Waits for approval as ${id}`);
    expect(gateway.effects).toEqual([]);
    expect(await approve(id)).toBe(200);
    expect(JSON.stringify(await reaches(taskId, 'completed'))).toContain('paid');
    expect(gateway.effects).toEqual([RAN]);
  });

  it('ends with a no, and runs nothing once it was cancelled', async () => {
    const refused = await begin();
    await gateway.decide(gateway.keys.boss, { decision: 'reject', ids: [(await only()).id] });
    expect(JSON.stringify(await reaches(refused, 'completed'))).toContain('APPROVAL_REFUSED');
    rmSync(join(gateway.home, 'approvals.json'));
    const cancelled = await begin();
    const { id } = await only();
    await request('tasks/cancel', { taskId: cancelled });
    await reaches(cancelled, 'cancelled');
    expect(await approve(id)).toBe(200);
    expect(gateway.effects).toEqual([]);
    // The control: the yes is still there for the same call.
    expect(textOf(await call(gateway.keys.alice, 'wire', PAY))).toBe('paid');
  });

  it('is nobody else’s to answer: an answer given to the task is no yes', async () => {
    const taskId = await begin();
    const { id } = await only();
    await request('tasks/update', { taskId, inputResponses: yes(id) });
    await request('tasks/update', { taskId, inputResponses: yes(id) }, gateway.keys.bob);
    expect((await state(taskId))['status']).toBe('working');
    expect(gateway.effects).toEqual([]);
    expect(await approve(id)).toBe(200);
    await reaches(taskId, 'completed');
    expect(gateway.effects).toEqual([RAN]);
  });
});

// @requirement P5.b
describe('P5: a call that waits for the person at its client, with a stream (2025-11-25)', () => {
  const hold = async (key: string, args: JsonObject = PAY) => {
    const session = await openSession(gateway.mcp, { token: key, capabilities: { elicitation: {} } });
    const running = await stream(
      gateway.mcp,
      { jsonrpc: '2.0', id: 'held', method: 'tools/call', params: { name: 'pay', arguments: args } },
      { token: key, headers: { 'Mcp-Session-Id': session } },
    );
    await until(() => running.messages().some(({ method }) => method === 'elicitation/create'), 'the question');
    const question = running.messages().find(({ method }) => method === 'elicitation/create');
    const answer = (result: JsonObject, token = key): Promise<RawAnswer> =>
      raw(gateway.mcp, { jsonrpc: '2.0', id: question?.['id'] as number, result }, { token, headers: { 'Mcp-Session-Id': session } });
    const ended = async (): Promise<string> => {
      await until(() => running.messages().some(({ id, method }) => id === 'held' && method === undefined), 'the answer');
      return JSON.stringify(running.messages().find(({ id, method }) => id === 'held' && method === undefined));
    };
    return { running, question, answer, ended, session };
  };

  it('runs with the answer', async () => {
    const { question, answer, ended } = await hold(gateway.keys.alice);
    expect(JSON.stringify(question)).toContain('carl');
    await answer({ action: 'accept', content: { approve: true } });
    expect(await ended()).toContain('paid');
    expect(gateway.effects).toEqual([RAN]);
  });

  it('an answer of another principal reaches nothing', async () => {
    const { answer, ended } = await hold(gateway.keys.alice);
    expect((await answer({ action: 'accept', content: { approve: true } }, gateway.keys.bob)).status).toBe(404);
    expect(gateway.effects).toEqual([]);
    await answer({ action: 'decline' });
    expect(await ended()).toContain('APPROVAL_REFUSED');
    expect(gateway.effects).toEqual([]);
  });

  it('an operator in another process decides meanwhile: the call goes on within a moment', async () => {
    const { ended } = await hold(gateway.keys.alice);
    const { id } = await only();
    expect((await gateway.cli('approvals', 'approve', id)).code).toBe(0);
    const decided = performance.now();
    expect(await ended()).toContain('paid');
    expect(performance.now() - decided).toBeLessThan(1000);
    expect(gateway.effects).toEqual([RAN]);
  });

  it('the kill switch, thrown while a person is asked, wins over the yes', async () => {
    const { answer, ended } = await hold(gateway.keys.alice);
    const { stdout } = await gateway.cli('--json', 'kill', 'on', 'tool', 'pay');
    const { id } = JSON.parse(stdout) as { readonly id: string };
    await until(async () => JSON.stringify((await call(gateway.keys.bob, 'pay', PAY)).json).includes('TARGET_DISABLED'), 'the switch');
    await answer({ action: 'accept', content: { approve: true } });
    expect(await ended()).toContain('TARGET_DISABLED');
    expect(gateway.effects).toEqual([]);
    await gateway.cli('kill', 'off', id);
    await until(async () => !JSON.stringify((await call(gateway.keys.bob, 'free', PAY)).json).includes('TARGET_DISABLED'), 'the lifting');
    await until(async () => !JSON.stringify((await call(gateway.keys.bob, 'pay', PAY)).json).includes('TARGET_DISABLED'), 'the lifting');
  });

  it('a client that says it cannot be asked after all leaves it to the operator', async () => {
    const { running, session, question } = await hold(gateway.keys.alice);
    await raw(
      gateway.mcp,
      { jsonrpc: '2.0', id: question?.['id'] as number, error: { code: -32601, message: 'no' } },
      { token: gateway.keys.alice, headers: { 'Mcp-Session-Id': session } },
    );
    await until(() => JSON.stringify(running.messages()).includes('APPROVAL_REQUIRED'), 'the answer');
    const { id } = await only();
    expect(await approve(id)).toBe(200);
    expect(JSON.stringify((await legacy(gateway.mcp, 'tools/call', { name: 'pay', arguments: PAY }, { session, token: gateway.keys.alice })).json)).toContain(
      'paid',
    );
  });

  it('a key that is revoked while its call waits runs nothing any more', async () => {
    const { answer, ended } = await hold(gateway.keys.alice);
    const keys = JSON.parse((await gateway.cli('--json', 'keys', 'list')).stdout) as readonly { readonly id: string; readonly name: string }[];
    const id = keys.find(({ name }) => name === 'alice')?.id ?? '';
    expect((await gateway.cli('keys', 'revoke', id)).code).toBe(0);
    await until(async () => (await call(gateway.keys.alice, 'free', PAY)).status === 401, 'the revocation');
    // What ran while the key was still good.
    gateway.effects.length = 0;
    // The answer still comes over the session of the revoked key; whether it is let in or not, nothing runs.
    await answer({ action: 'accept', content: { approve: true } });
    const { id: approval } = await only().catch(() => ({ id: undefined }));
    if (approval !== undefined) await approve(approval);
    await until(async () => (await gateway.waiting()).length === 0, 'the end of the wait');
    await until(() => gateway.records().some(({ event, outcome }) => event !== 'auth_failed' && outcome === 'AUTHENTICATION_FAILED'), 'the refusal');
    void ended;
    expect(gateway.effects).toEqual([]);
  });
});
