/** The books of a home when several processes write into them, and when one is killed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addKey } from '../../../src/app/tasks/keys.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { BudgetAccount, BudgetState } from '../../../src/contracts/spend.ts';
import type { Store } from '../../../src/contracts/store.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import { startFaultProvider, type FaultProvider } from '../../helpers/fault-provider.ts';
import { startProcess, type OtherProcess } from '../../unit/storage/sqlite/other-process.ts';

const source = (path: string): string => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
const ACCOUNT: BudgetAccount = { account: 'gateway', unit: 'requests', limit: 200, window: 'total' };

let folder = '';
let store: Store | undefined;
const processes: OtherProcess[] = [];
const run = (script: string): OtherProcess => {
  const other = startProcess(script);
  processes.push(other);
  return other;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sy-books-'));
});
afterEach(async () => {
  for (const other of processes.splice(0)) other.kill();
  await store?.close();
  store = undefined;
  rmSync(folder, { recursive: true, force: true });
});
const stateAt = async (account: BudgetAccount, path: string, at = Date.now()): Promise<BudgetState | undefined> => {
  store ??= createSqliteStore({ path, clock: systemClock, writes: 'direct' });
  return (await store.spend.usage([account], at))[0];
};

// @requirement M7.d
it('M7.d two processes that reserve at the same time do not overspend, and every booking is there', async () => {
  const path = join(folder, 'state.db');
  const racer = `
    import { createSqliteStore } from ${source('storage/sqlite/store.ts')};
    import { systemClock } from ${source('core/clock.ts')};
    const { spend, close } = createSqliteStore({ path: ${JSON.stringify(path)}, clock: systemClock });
    const claims = [{ ...${JSON.stringify(ACCOUNT)}, amount: 1 }];
    await spend.reserve({ id: process.pid + '-warm', at: Date.now(), leaseMs: 60_000, claims: [{ ...claims[0], amount: 0 }] });
    console.log('ready');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    const outcomes = [];
    // Four at a time: more would all go into one transaction, and the faster process would take everything at once.
    const lane = async (name) => {
      for (let index = 0; index < 75; index += 1) {
        const id = [process.pid, name, index].join('-');
        const isRefused = await spend.reserve({ id, at: Date.now(), leaseMs: 60_000, claims });
        outcomes.push(!isRefused);
        // SQLite wakes who waits for its lock late: who never pauses keeps it.
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (!isRefused) await spend.settle(id, { microUsd: 0, tokens: 0, requests: 1, sandboxSeconds: 0 });
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(lane));
    console.log(String(outcomes.filter(Boolean).length));
    await close();
    process.exit();`;
  const racers = [run(racer), run(racer)];
  for (const other of racers) expect(await other.line()).toBe('ready');
  for (const other of racers) other.go();
  const passed = await Promise.all(racers.map(async (other) => Number(await other.line())));
  expect(passed[0] ?? 0, String(passed)).toBeGreaterThan(0);
  expect(passed[1] ?? 0, String(passed)).toBeGreaterThan(0);
  expect((passed[0] ?? 0) + (passed[1] ?? 0)).toBe(200);
  expect(await stateAt(ACCOUNT, path)).toEqual({ used: 200, reserved: 0 });
}, 60_000);

// @requirement M7.e
it('M7.e kill −9 in the middle of 20 calls: what was settled stays, and after the lease the rest is free', async () => {
  const provider: FaultProvider = await startFaultProvider();
  try {
    const home = join(folder, 'home');
    const { key, record } = await addKey(
      { home, cwd: folder, env: {} },
      { name: 'k', kind: 'user', roles: ['developer'], budgets: [{ unit: 'requests', limit: 23, window: 'total' }] },
    );
    const gateway = run(`
      import { createApp } from ${source('app/app.ts')};
      const provider = { kind: 'openai-compatible', baseUrl: ${JSON.stringify(`${provider.url}/v1`)}, apiKey: 'k' };
      const app = createApp({ home: ${JSON.stringify(home)}, cwd: ${JSON.stringify(folder)}, env: {}, doors: ['http'], isWatching: false,
        config: { server: { port: 0 }, log: { level: 'error' }, models: { providers: { oa: provider }, totalMs: 5_000 } } });
      await app.start();
      console.log(app.endpoints().url);`);
    const url = await gateway.line();
    const ask = async (model: string, isStream: boolean): Promise<Response> =>
      await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ model, stream: isStream, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }),
      });
    for (let call = 0; call < 3; call += 1) {
      const answer = await ask('oa/ok', false);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('finish_reason')]);
    }
    const streams = await Promise.all(Array.from({ length: 20 }, async () => await ask('oa/trickle', true)));
    for (const stream of streams) expect([stream.status, (await stream.body?.getReader().read())?.done]).toEqual([200, false]);
    const refused = await ask('oa/ok', false);
    expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining('23requests/total')]);
    gateway.kill();
    await gateway.ended();
    const killedAt = Date.now();

    const path = join(home, 'state.db');
    const account: BudgetAccount = { account: `key:${record.id}`, unit: 'requests', limit: 23, window: 'total' };
    expect(await stateAt(account, path)).toEqual({ used: 3, reserved: 20 });
    // 5 s that a call may take and 30 s to book.
    const afterLease = killedAt + 36_000;
    expect(await stateAt(account, path, afterLease)).toEqual({ used: 3, reserved: 0 });
    const claims = [{ ...account, amount: 20 }];
    expect(await store?.spend.reserve({ id: 'before', at: killedAt, leaseMs: 1, claims })).toMatchObject({ used: 3, reserved: 20 });
    expect(await store?.spend.reserve({ id: 'after', at: afterLease, leaseMs: 1, claims })).toBeUndefined();
  } finally {
    await provider.stop();
  }
}, 60_000);
