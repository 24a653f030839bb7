/** Calls that a rule holds for a person, attacked on the shipped gateway. The oracle is the effect; every attack has the run in which it happens. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examineHeldCalls } from '../../../src/app/doctor/pins.ts';
import { homePaths } from '../../../src/config/home.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { KeptCall } from '../../../src/contracts/approvals.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { type ApprovalGateway, startApprovalGateway } from '../../helpers/approval-gateway.ts';
import { raw, type RawAnswer, resultOf } from '../../helpers/mcp-http.ts';
import { approveOn, callOn, onlyOf, PAY, RAN, textOf } from './calls.ts';

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

// @requirement P5.a P5.d P5.e
describe('P5: a call that waits for an operator', () => {
  it('is told so with its id, runs once after the yes, and everything was recorded before', async () => {
    const { alice } = gateway.keys;
    const first = await call(alice, 'wire', PAY);
    const kept = await only();
    expect(resultOf(first)['isError']).toBe(true);
    expect(textOf(first)).toMatch(/^APPROVAL_REQUIRED: A lot of money\. The call waits for approval as call-[0-9a-f]{16}\./);
    expect(textOf(first)).toContain(`switchyard approvals approve ${kept.id}`);
    expect(textOf(first)).toContain(`${gateway.base}/approvals#${kept.id}`);
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
    expect(examineHeldCalls(await loadConfig({ cwd: gateway.folder, home: gateway.home, env: {} }), homePaths(gateway.home))).toMatchObject([
      { id: 'approvals', level: 'warn', message: 'A call waits for approval.' },
    ]);
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
    const twice = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"to":"carl","amount":10,"amount":1000},"_meta":${JSON.stringify({ 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} })}}}`;
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
