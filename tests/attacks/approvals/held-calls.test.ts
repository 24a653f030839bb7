/** Calls that a rule holds for a person, attacked on the shipped gateway. The oracle is the effect; every attack has the run in which it happens. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeptCall } from '../../../src/contracts/approvals.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { type ApprovalGateway, startApprovalGateway } from '../../helpers/approval-gateway.ts';
import { legacy, modern, openSession, raw, type RawAnswer, stream } from '../../helpers/mcp-http.ts';
import { until } from '../../helpers/upstream-gateway.ts';

let gateway: ApprovalGateway;
beforeAll(async () => {
  gateway = await startApprovalGateway({ approvals: { maxPerPrincipal: 3 } });
});
afterAll(() => gateway?.stop());
beforeEach(async () => {
  gateway.effects.length = 0;
  rmSync(join(gateway.home, 'approvals.json'), { force: true });
});

const ASKABLE = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
const MUTE = { 'io.modelcontextprotocol/clientCapabilities': {} };
const call = (key: string, name: string, args: JsonObject, more: JsonObject = {}): Promise<RawAnswer> =>
  modern(gateway.mcp, 'tools/call', { name, arguments: args, _meta: MUTE, ...more }, { token: key });
const ask = (key: string, name: string, args: JsonObject, more: JsonObject = {}): Promise<RawAnswer> => call(key, name, args, { _meta: ASKABLE, ...more });
const resultOf = ({ json }: RawAnswer): JsonObject => (isObject(json['result']) ? json['result'] : {});
const textOf = (answer: RawAnswer): string =>
  String((resultOf(answer)['content'] as readonly JsonObject[] | undefined)?.[0]?.['text'] ?? JSON.stringify(answer.json));
const only = async (): Promise<KeptCall> => {
  const [first, ...rest] = await gateway.waiting();
  if (!first || rest.length > 0) throw new Error(`not one call waits, but ${rest.length + (first ? 1 : 0)}`);
  return first;
};
const approve = async (id: string, key: string = gateway.keys.boss, more: JsonObject = {}): Promise<number> =>
  (await gateway.decide(key, { decision: 'approve', ids: [id], ...more })).status;
const yes = (id: string): JsonObject => ({ [id]: { action: 'accept', content: { approve: true } } });
const PAY = { to: 'carl', amount: 10 };
const RAN = { ...PAY, currency: 'EUR' };

// @requirement P5.a P5.d P5.e
describe('P5: a call that waits for an operator', () => {
  it('is told so with its id, runs once after the yes, and everything was recorded before', async () => {
    const { alice } = gateway.keys;
    const first = await call(alice, 'wire', PAY);
    const kept = await only();
    expect(resultOf(first)['isError']).toBe(true);
    expect(textOf(first)).toMatch(/^APPROVAL_REQUIRED: A lot of money\. The call waits for approval as call-[0-9a-f]{16}\./);
    expect(textOf(first)).toContain(`switchyard approvals approve ${kept.id}`);
    expect(textOf(first)).toContain(`${gateway.base}/admin/approvals`);
    // Asking again asks nobody anew.
    await call(alice, 'wire', PAY);
    expect((await only()).id).toBe(kept.id);
    expect(gateway.effects).toEqual([]);
    expect(await approve(kept.id, gateway.keys.boss, { uses: 1 })).toBe(200);
    expect(textOf(await call(alice, 'wire', PAY))).toBe('paid');
    expect(gateway.effects).toEqual([RAN]);
    const about = gateway.records().filter(({ detail, target }) => JSON.stringify(detail ?? '').includes(kept.id) && target !== undefined);
    expect(about.map(({ event, phase }) => `${String(event)} ${String(phase)}`)).toEqual([
      'approval_requested notice',
      'approval_granted intent',
      'approval_granted outcome',
      'approval_used notice',
    ]);
    const records = gateway.records();
    const used = records.findLastIndex(({ event }) => event === 'approval_used');
    expect(records.slice(used).map(({ event, phase, decision, rule }) => [event, phase, decision, rule])).toEqual([
      ['approval_used', 'notice', undefined, 'ask:wire'],
      ['tool_executed', 'intent', 'allow', 'ask:wire'],
      ['tool_executed', 'outcome', 'allow', 'ask:wire'],
    ]);
    expect(JSON.stringify(records)).not.toContain('carl');
  });

  it('is refused for good, and told so', async () => {
    await call(gateway.keys.alice, 'wire', PAY);
    const { id } = await only();
    expect((await gateway.decide(gateway.keys.boss, { decision: 'reject', ids: [id] })).status).toBe(200);
    expect(textOf(await call(gateway.keys.alice, 'wire', PAY))).toMatch(/^APPROVAL_REFUSED/);
    expect(await approve(id)).toBe(404);
    expect(gateway.effects).toEqual([]);
  });

  it('is answered over REST with the same error', async () => {
    const answer = await fetch(`${gateway.base}/mcp/v1/tools/wire`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${gateway.keys.alice}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(PAY),
    });
    expect(answer.status).toBe(403);
    expect(JSON.stringify(await answer.json())).toContain('APPROVAL_REQUIRED');
  });

  it('is decided on the command line, in another process', async () => {
    await call(gateway.keys.alice, 'wire', PAY);
    const { id } = await only();
    expect((await gateway.cli('approvals')).stdout).toContain(id);
    const shown = (await gateway.cli('approvals', 'show', id)).stdout;
    expect(shown).toContain('"to": "carl"');
    expect(shown).toContain('ask:wire');
    expect(await gateway.cli('approvals', 'approve', id, '--uses', '3')).toMatchObject({ code: 65, stderr: expect.stringContaining('from 1 to 2') });
    expect(await gateway.cli('approvals', 'approve', id, '--uses', '1')).toMatchObject({ code: 0, stdout: 'Approved: the call of tool:wire.\n' });
    expect(textOf(await call(gateway.keys.alice, 'wire', PAY))).toBe('paid');
  });
});

// @requirement P5.e P5.f
describe('P5: attacks on a yes', () => {
  const grant = async (key: string, name: string, args: JsonObject): Promise<KeptCall> => {
    await call(key, name, args);
    const kept = await only();
    expect(await approve(kept.id)).toBe(200);
    return kept;
  };

  it('TOCTOU: the arguments that run are the ones that were shown', async () => {
    const { alice } = gateway.keys;
    await grant(alice, 'wire', PAY);
    for (const args of [
      { to: 'carl', amount: 1000 },
      { to: 'mallory', amount: 10 },
      { to: 'carl', amount: '10' },
      { to: 'carl', amount: 10, currency: 'USD' },
      { to: 'carl', amount: 10, pin: '1' },
    ])
      expect(textOf(await call(alice, 'wire', args))).toMatch(/^APPROVAL/);
    expect(gateway.effects).toEqual([]);
    // A member that stands twice: the last one counts, for the hash as for the run.
    const twice = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"to":"carl","amount":10,"amount":1000},"_meta":${JSON.stringify({ 'io.modelcontextprotocol/protocolVersion': '2026-07-28', ...MUTE })}}}`;
    await raw(gateway.mcp, twice, { token: alice, headers: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'wire' } });
    expect(gateway.effects).toEqual([]);
    // The control: exactly what was shown, the default said or not.
    expect(textOf(await call(alice, 'wire', { amount: 10, to: 'carl', currency: 'EUR' }))).toBe('paid');
    expect(gateway.effects).toEqual([RAN]);
  });

  it('replay: a yes is used up', async () => {
    const { alice } = gateway.keys;
    await grant(alice, 'wire', PAY);
    const answers = await Promise.all(Array.from({ length: 6 }, () => call(alice, 'wire', PAY)));
    // The rule says two uses.
    expect(answers.filter((answer) => textOf(answer) === 'paid')).toHaveLength(2);
    expect(gateway.effects).toHaveLength(2);
  });

  it("another principal's yes, and another tool's, is nobody else's", async () => {
    const { alice, bob } = gateway.keys;
    await grant(alice, 'wire', PAY);
    expect(textOf(await call(bob, 'wire', PAY))).toMatch(/^APPROVAL_REQUIRED/);
    expect(textOf(await call(alice, 'pay', PAY))).toMatch(/^APPROVAL_REQUIRED/);
    expect(gateway.effects).toEqual([]);
    expect(textOf(await call(alice, 'wire', PAY))).toBe('paid');
  });

  it('nobody approves their own call, nor without the scope', async () => {
    const { alice, bob, boss, admin } = gateway.keys;
    await call(boss, 'wire', PAY);
    const own = await only();
    expect(await approve(own.id, boss)).toBe(403);
    expect(await approve(own.id, alice)).toBe(403);
    expect(await approve(own.id, bob)).toBe(403);
    expect(textOf(await call(boss, 'wire', PAY))).toMatch(/^APPROVAL_REQUIRED/);
    expect(gateway.effects).toEqual([]);
    expect(await approve(own.id, admin)).toBe(200);
    expect(textOf(await call(boss, 'wire', PAY))).toBe('paid');
  });

  it('a flood fills nobody’s queue but its own', async () => {
    const { alice, bob } = gateway.keys;
    const answers = await Promise.all(Array.from({ length: 20 }, (_, amount) => call(alice, 'wire', { to: 'carl', amount })));
    expect(answers.filter((answer) => textOf(answer).startsWith('APPROVAL_REQUIRED'))).toHaveLength(3);
    expect(answers.filter((answer) => textOf(answer).startsWith('APPROVALS_FULL'))).toHaveLength(17);
    expect(await gateway.waiting()).toHaveLength(3);
    expect(textOf(await call(bob, 'wire', PAY))).toMatch(/^APPROVAL_REQUIRED/);
  });

  it('an approver sees every character, no terminal obeys one, and secrets stay out', async () => {
    const { alice } = gateway.keys;
    const nasty = { to: 'carl\u001b[1A\u001b[2Kbob\u202e', amount: '\u0007\u009b2J', pin: 'secret-pin-4711', currency: 'EUR' };
    await call(alice, 'wire', nasty);
    const { id } = await only();
    for (const { stdout } of [
      await gateway.cli('approvals', 'show', id),
      await gateway.cli('approvals'),
      await gateway.cli('--json', 'approvals', 'show', id),
    ]) {
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(stdout).not.toContain('4711');
    }
    expect((await gateway.cli('approvals', 'show', id)).stdout).toContain('carl\\u001b[1A\\u001b[2Kbob⟨U+202E⟩');
    expect(readFileSync(join(gateway.home, 'approvals.json'), 'utf8')).not.toContain('4711');
    expect(await approve(id)).toBe(200);
    await call(alice, 'wire', { ...nasty, pin: 'another-pin' });
    expect(gateway.effects).toEqual([]);
    await call(alice, 'wire', nasty);
    expect(gateway.effects).toEqual([nasty]);
  });

  it('an expired yes is none', async () => {
    const { alice } = gateway.keys;
    const { id } = await grant(alice, 'wire', PAY);
    const path = join(gateway.home, 'approvals.json');
    const age = (ms: number): void => {
      const { calls } = JSON.parse(readFileSync(path, 'utf8')) as { calls: KeptCall[] };
      writeFileSync(path, JSON.stringify({ calls: calls.map((entry) => (entry.id === id ? { ...entry, expiresAt: entry.expiresAt - ms } : entry)) }), {
        mode: 0o600,
      });
    };
    age(30_000);
    expect(textOf(await call(alice, 'wire', PAY))).toBe('paid');
    age(60_000);
    expect(textOf(await call(alice, 'wire', PAY))).toMatch(/^APPROVAL_REQUIRED/);
    expect(gateway.effects).toHaveLength(1);
  });

  it('a damaged file holds every such call, and no other', async () => {
    const { alice } = gateway.keys;
    await grant(alice, 'wire', PAY);
    const path = join(gateway.home, 'approvals.json');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, good.slice(0, -5), { mode: 0o600 });
    expect(JSON.stringify((await call(alice, 'wire', PAY)).json)).toContain('STORAGE_CORRUPT');
    expect(textOf(await call(alice, 'free', PAY))).toBe('paid');
    expect(gateway.effects).toHaveLength(1);
    writeFileSync(path, good, { mode: 0o600 });
    expect(textOf(await call(alice, 'wire', PAY))).toBe('paid');
  });
});

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
