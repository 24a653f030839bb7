/** What every implementation of the SpendLedger port promises. */
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { BudgetClaim, BudgetUse, SpendEntry, SpendLedger } from '../../src/contracts/spend.ts';
import type { Store } from '../../src/contracts/store.ts';
import { describeEveryStore } from '../helpers/every-store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Saturday. */
const NOON = Date.UTC(2026, 10, 21, 12);

const claim = (over: Partial<BudgetClaim> = {}): BudgetClaim => ({ account: 'key:a', unit: 'microUsd', limit: 100, window: 'day', amount: 10, ...over });
const use = (over: Partial<BudgetUse> = {}): BudgetUse => ({ microUsd: 0, tokens: 0, requests: 0, sandboxSeconds: 0, ...over });
const entry = (over: Partial<SpendEntry> = {}): SpendEntry => ({
  at: NOON,
  principalId: 'key:a',
  tenant: null,
  target: 'p/m',
  costMicroUsd: 7,
  inputTokens: 3,
  outputTokens: 4,
  isEstimated: false,
  ...over,
});

describeEveryStore('spend ledger', (current) => {
  let store: Store;
  let ledger: SpendLedger;
  let lastId = 0;
  beforeEach(() => {
    store = current();
    ledger = store.spend;
  });
  const reserve = async (claims: readonly BudgetClaim[], { at = NOON, leaseMs = MINUTE, id = `r${(lastId += 1)}` } = {}): Promise<string | undefined> =>
    (await ledger.reserve({ id, at, leaseMs, claims })) === undefined ? id : undefined;

  it('M7.d reserves up to the limit and not beyond it', async () => {
    const outcomes = await Promise.all(Array.from({ length: 25 }, async () => await reserve([claim()])));
    expect(outcomes.filter((id) => id !== undefined)).toHaveLength(10);
    expect(await ledger.usage([claim()], NOON)).toEqual([{ used: 0, reserved: 100 }]);
    expect(await ledger.reserve({ id: 'one-more', at: NOON, leaseMs: 1, claims: [claim({ amount: 1 })] })).toEqual({
      claim: claim({ amount: 1 }),
      used: 0,
      reserved: 100,
    });
  });

  it('M7.d takes all claims or none', async () => {
    await reserve([claim({ account: 'gateway', amount: 95 })]);
    const refused = await ledger.reserve({ id: 'x', at: NOON, leaseMs: 1, claims: [claim(), claim({ account: 'gateway' }), claim({ account: 'team:t' })] });
    expect(refused).toEqual({ claim: claim({ account: 'gateway' }), used: 0, reserved: 95 });
    expect(await ledger.usage([claim(), claim({ account: 'gateway' }), claim({ account: 'team:t' })], NOON)).toEqual([
      { used: 0, reserved: 0 },
      { used: 0, reserved: 95 },
      { used: 0, reserved: 0 },
    ]);
  });

  it('settles: what was reserved is free again, what was used is booked, each unit on its own', async () => {
    const claims = [
      claim({ amount: 60 }),
      claim({ unit: 'tokens', amount: 50 }),
      claim({ unit: 'requests', amount: 1 }),
      claim({ window: 'total', amount: 60 }),
    ];
    const id = await reserve(claims);
    await ledger.settle(id ?? '', use({ microUsd: 20, tokens: 30, requests: 1 }));
    expect(await ledger.usage(claims, NOON)).toEqual([20, 30, 1, 20].map((used) => ({ used, reserved: 0 })));
  });

  it('M7.d books in full what was used beyond what was reserved, and refuses from then on', async () => {
    const id = await reserve([claim()]);
    await ledger.settle(id ?? '', use({ microUsd: 250 }));
    expect(await ledger.usage([claim()], NOON)).toEqual([{ used: 250, reserved: 0 }]);
    expect(await reserve([claim({ amount: 0 })])).toBeUndefined();
  });

  it('stops to add up where numbers stop to be exact: an upstream that claims absurd numbers breaks no book', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    for (let time = 0; time < 3; time += 1) {
      const id = await reserve([claim({ account: `key:${time}`, amount: 1 }), claim({ account: 'gateway', unit: 'tokens', limit: most, amount: 0 })]);
      expect(id).toBeDefined();
      await ledger.settle(id ?? '', use({ microUsd: most, tokens: most }));
      ledger.record(entry({ costMicroUsd: most, inputTokens: most, outputTokens: most }));
      await ledger.report({ from: NOON, to: NOON + HOUR, groupBy: ['target'] });
    }
    expect(await ledger.usage([claim({ account: 'gateway', unit: 'tokens' })], NOON)).toEqual([{ used: most, reserved: 0 }]);
    expect(await ledger.reserve({ id: 'over', at: NOON, leaseMs: 1, claims: [claim({ account: 'gateway', unit: 'tokens' })] })).toMatchObject({ used: most });
    expect(await ledger.report({ from: NOON, to: NOON + HOUR, groupBy: ['target'] })).toMatchObject([
      { requests: 3, inputTokens: most, outputTokens: most, costMicroUsd: most },
    ]);
  });

  it('books what was reserved where it is not known what was used', async () => {
    const id = await reserve([claim(), claim({ unit: 'tokens', amount: 5 })]);
    await ledger.settle(id ?? '', use({ microUsd: null, tokens: 2 }));
    expect(await ledger.usage([claim(), claim({ unit: 'tokens' })], NOON)).toEqual([
      { used: 10, reserved: 0 },
      { used: 2, reserved: 0 },
    ]);
  });

  it('books a reservation once, however often it is settled', async () => {
    const id = (await reserve([claim()])) ?? '';
    await Promise.all([ledger.settle(id, use({ microUsd: 9 })), ledger.settle(id, use({ microUsd: 9 }))]);
    await ledger.settle(id, use({ microUsd: 9 }));
    await ledger.settle('unknown', use({ microUsd: 9 }));
    expect(await ledger.usage([claim()], NOON)).toEqual([{ used: 9, reserved: 0 }]);
  });

  it('M7.e releases a reservation when its lease is over, and books it all the same when it settles late', async () => {
    const id = await reserve([claim({ amount: 100 })], { leaseMs: MINUTE });
    expect(await reserve([claim()], { at: NOON + MINUTE - 1 })).toBeUndefined();
    expect(await reserve([claim({ amount: 90 })], { at: NOON + MINUTE })).toBeDefined();
    expect(await ledger.usage([claim()], NOON + MINUTE)).toEqual([{ used: 0, reserved: 90 }]);
    await ledger.settle(id ?? '', use({ microUsd: 30 }));
    expect(await ledger.usage([claim()], NOON + MINUTE)).toEqual([{ used: 30, reserved: 90 }]);
  });

  it('M7.c begins anew with each UTC window', async () => {
    const windows = [
      ['minute', Date.UTC(2026, 10, 21, 12, 1)],
      ['hour', Date.UTC(2026, 10, 21, 13)],
      ['day', Date.UTC(2026, 10, 22)],
      ['week', Date.UTC(2026, 10, 23)],
      ['month', Date.UTC(2026, 11, 1)],
    ] as const;
    const claims = [...windows.map(([window]) => claim({ window, amount: 100 })), claim({ window: 'total', amount: 100, limit: 1_000 })];
    await ledger.settle((await reserve(claims)) ?? '', use({ microUsd: 100 }));
    for (const [window, end] of windows) {
      const one = claim({ window, amount: 1 });
      expect((await ledger.usage([one], end - 1))[0]?.used, `${window} before its end`).toBe(100);
      expect((await ledger.usage([one], end))[0]?.used, `${window} at its end`).toBe(0);
      expect(await reserve([one], { at: end }), window).toBeDefined();
    }
    expect((await ledger.usage([claim({ window: 'total' })], NOON + 9_999 * DAY))[0]?.used).toBe(100);
  });

  it('M7.c books in the window of the reservation when the clock has gone over its end', async () => {
    const midnight = NOON + 12 * HOUR;
    const id = await reserve([claim()], { at: midnight - 1 });
    expect(await ledger.usage([claim()], midnight)).toEqual([{ used: 0, reserved: 0 }]);
    await ledger.settle(id ?? '', use({ microUsd: 8 }));
    expect(await ledger.usage([claim()], midnight - 1)).toEqual([{ used: 8, reserved: 0 }]);
    expect(await ledger.usage([claim()], midnight)).toEqual([{ used: 0, reserved: 0 }]);
  });

  it('reports by any grouping, by the hour, and says how much is not known', async () => {
    ledger.record(entry());
    ledger.record(entry({ at: NOON + 59 * MINUTE, costMicroUsd: null }));
    ledger.record(entry({ at: NOON + DAY, principalId: 'key:b', tenant: 'acme', target: 'p/n', inputTokens: null, isEstimated: true }));
    const report = async (groupBy: Parameters<SpendLedger['report']>[0]['groupBy'], from = 0, to = NOON + 9 * DAY): Promise<unknown> =>
      await ledger.report({ from, to, groupBy });
    const first = { requests: 2, inputTokens: 6, outputTokens: 8, costMicroUsd: 7, unpricedRequests: 1, unmeasuredRequests: 0, estimatedRequests: 0 };
    const second = { requests: 1, inputTokens: 0, outputTokens: 4, costMicroUsd: 7, unpricedRequests: 0, unmeasuredRequests: 1, estimatedRequests: 1 };
    expect(await report(['day'])).toEqual([
      { group: ['2026-11-21'], ...first },
      { group: ['2026-11-22'], ...second },
    ]);
    expect(await report(['target', 'principal', 'tenant'])).toEqual([
      { group: ['p/m', 'key:a', ''], ...first },
      { group: ['p/n', 'key:b', 'acme'], ...second },
    ]);
    expect(await report([], NOON + 30 * MINUTE, NOON + HOUR)).toEqual([{ group: [], ...first }]);
    expect(await report([], NOON + HOUR, NOON + 2 * HOUR)).toEqual([]);
  });

  it('survives hostile names', async () => {
    const account = `key:'); DROP TABLE budget_use; -- "\\\u0000\u{1f511}`;
    const id = await reserve([claim({ account })]);
    await ledger.settle(id ?? '', use({ microUsd: 4 }));
    expect(await ledger.usage([claim({ account })], NOON)).toEqual([{ used: 4, reserved: 0 }]);
  });

  it('refuses typed when the store is closed', async () => {
    await store.close();
    await expect(ledger.reserve({ id: 'a', at: NOON, leaseMs: 1, claims: [claim()] })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(ledger.settle('a', use())).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('M7.d agrees with a simple model, whatever happens in which order', async () => {
    const step = fc.record({
      does: fc.constantFrom('reserve', 'settle', 'wait'),
      accounts: fc.uniqueArray(fc.constantFrom('key:a', 'team:t', 'gateway'), { minLength: 1 }),
      window: fc.constantFrom('minute', 'hour', 'total'),
      number: fc.nat(60),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        run += 1;
        await follow(steps, `${run}`);
      }),
      { numRuns: 25 },
    );
  });

  /** The model: holds in a list, sums by name. */
  async function follow(
    steps: readonly { does: string; accounts: readonly string[]; window: 'minute' | 'hour' | 'total'; number: number }[],
    run: string,
  ): Promise<void> {
    const holds: { id: string; keys: string[]; amount: number; until: number; isSettled: boolean }[] = [];
    const booked = new Map<string, number>();
    let now = NOON;
    const keyOf = (account: string, window: string): string =>
      `${account} ${window} ${window === 'total' ? 0 : Math.floor(now / (window === 'minute' ? MINUTE : HOUR))}`;
    for (const { does, accounts, window, number } of steps) {
      if (does === 'wait') now += number * 1_000;
      if (does === 'reserve') {
        const names = accounts.map((account) => `${run}:${account}`);
        const keys = names.map((name) => keyOf(name, window));
        const taken = (key: string): number =>
          (booked.get(key) ?? 0) +
          holds.filter((hold) => !hold.isSettled && hold.until > now && hold.keys.includes(key)).reduce((sum, { amount }) => sum + amount, 0);
        const fits = keys.every((key) => taken(key) + number <= 100);
        const id = await reserve(
          names.map((account) => claim({ account, window, amount: number })),
          { at: now, leaseMs: 30_000 },
        );
        expect(id !== undefined).toBe(fits);
        if (id !== undefined) holds.push({ id, keys, amount: number, until: now + 30_000, isSettled: false });
      }
      const hold = holds[number % Math.max(1, holds.length)];
      if (does !== 'settle' || !hold) continue;
      await ledger.settle(hold.id, use({ microUsd: number }));
      if (!hold.isSettled) for (const key of hold.keys) booked.set(key, (booked.get(key) ?? 0) + number);
      hold.isSettled = true;
    }
  }
});
