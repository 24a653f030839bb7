import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';
import { DEFAULT_LIMITS, type BudgetsConfig } from '../../../src/contracts/limits-config.ts';
import type { Limits, Reservation } from '../../../src/contracts/limits.ts';
import type { Principal } from '../../../src/contracts/principal.ts';
import type { Budget, Spend, SpendLedger } from '../../../src/contracts/spend.ts';
import type { Target } from '../../../src/contracts/target.ts';
import { withBudgets } from '../../../src/limits/budgeted-limits.ts';
import { createBudgets, type Budgets } from '../../../src/limits/budgets.ts';
import { createLimits } from '../../../src/limits/limits.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import type { Store } from '../../../src/contracts/store.ts';
import { ALICE, target } from '../../helpers/pipeline.ts';

const NONE: BudgetsConfig = DEFAULT_LIMITS.budgets;
const NOON = Date.UTC(2026, 10, 21, 12);
const costs = (costMicroUsd: number | null, tokens: number | null = 10): Spend => ({
  costMicroUsd,
  inputTokens: tokens,
  outputTokens: tokens,
  isEstimated: false,
});
const model = (over: Partial<Target> = {}): Target => target({ kind: 'model', name: 'p/m', estimate: () => costs(100), ...over });

let folder = '';
let store: Store;
let now = NOON;
let budgets: Budgets;
let limits: Limits;
let errors: string[];
let asked: string[];
let lastCall = 0;

/** The ledger of the store, with what was asked of it. */
const watched = (ledger: SpendLedger): SpendLedger => ({
  reserve: (reservation) => {
    asked.push('reserve');
    return ledger.reserve(reservation);
  },
  settle: (id, used) => {
    asked.push('settle');
    return ledger.settle(id, used);
  },
  record: (entry) => {
    asked.push('record');
    ledger.record(entry);
  },
  report: (query) => ledger.report(query),
  usage: (accounts, at) => ledger.usage(accounts, at),
});

const start = (over: Partial<BudgetsConfig> = {}, ledger: SpendLedger = watched(store.spend)): void => {
  const silent = { add: () => undefined };
  budgets = createBudgets(
    { ...NONE, ...over },
    {
      ledger: () => ledger,
      clock: { now: () => now },
      logger: { info: () => undefined, error: (message) => errors.push(message) },
      spent: silent,
      unpriced: silent,
      refused: silent,
    },
  );
  limits = withBudgets(createLimits({ ...DEFAULT_LIMITS, roles: { user: 1_000_000 }, concurrency: 1_000 }, { monotonic: () => 0 }), budgets);
};
const reserve = (principal = ALICE, reached = model(), scope = new Scope()): ReturnType<Limits['reserve']> =>
  limits.reserve(principal, reached, scope, true, { callId: `c${(lastCall += 1)}`, input: {} });
const withKey = (...own: readonly Budget[]): Principal => ({ ...ALICE, budgets: own.map((budget) => ({ account: 'key:alice', ...budget })) });
const usd = (limit: number): Budget => ({ unit: 'microUsd', limit, window: 'day' });
const refusal = async (work: () => unknown): Promise<AppError> => {
  try {
    await work();
  } catch (error) {
    if (AppError.is(error)) return error;
    throw error;
  }
  throw new Error('was not refused');
};
const used = async (account: string, unit: Budget['unit'] = 'microUsd', window: Budget['window'] = 'day'): Promise<unknown> =>
  (await store.spend.usage([{ account, unit, limit: 0, window }], now))[0];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'budgets-'));
  store = createSqliteStore({ path: join(folder, 'state.db'), clock: { monotonic: () => 0 } });
  now = NOON;
  errors = [];
  asked = [];
  start();
});
afterEach(async () => {
  await budgets.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

describe('where no budget applies', () => {
  it('reserves and settles synchronously, asks for no estimate and writes nothing but the report', () => {
    const reached = model({
      estimate: () => {
        throw new Error('asked');
      },
    });
    const reservation = reserve(ALICE, reached) as Reservation;
    expect(reservation).not.toBeInstanceOf(Promise);
    expect(reservation.settle(costs(5))).toBeUndefined();
    expect(reservation.settle(costs(5))).toBeUndefined();
    expect(asked).toEqual(['record']);
  });

  it('a target without an estimate never reaches the budgets', () => {
    start({ gateway: ['0requests/day'] });
    const reservation = reserve(withKey(usd(0)), target()) as Reservation;
    expect(reservation.settle()).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('a call that uses nothing itself claims nothing', () => {
    start({ gateway: ['0requests/day'] });
    const reservation = reserve(ALICE, model({ estimate: () => undefined })) as Reservation;
    expect(reservation).not.toBeInstanceOf(Promise);
    expect(asked).toEqual([]);
  });
});

describe('budgets', () => {
  it('M7.b M7.d of 200 concurrent calls against a budget for 50 exactly 50 pass, and the books are equal', async () => {
    start({ gateway: ['0.005usd/day'] });
    const principal = withKey(usd(1_000_000));
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, async () => {
        try {
          return await reserve(principal);
        } catch (error) {
          return AppError.is(error) ? error.code : 'other';
        }
      }),
    );
    const passed = outcomes.filter((outcome) => typeof outcome !== 'string');
    expect(passed).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome === 'QUOTA_EXCEEDED')).toHaveLength(150);
    expect(await used('gateway')).toEqual({ used: 0, reserved: 5_000 });
    expect(await used('key:alice')).toEqual({ used: 0, reserved: 5_000 });
    await Promise.all(passed.map(async (reservation) => await reservation.settle(costs(90))));
    expect(await used('gateway')).toEqual({ used: 4_500, reserved: 0 });
    expect((await store.spend.report({ from: NOON, to: NOON + 1, groupBy: [] }))[0]).toMatchObject({ requests: 50, costMicroUsd: 4_500 });
    expect(limits.load()).toEqual({ running: 0, queued: 0 });
  });

  it('M7.a claims from key, user, team, each role, each model that matches and the gateway at once', async () => {
    start({
      gateway: ['1usd/month'],
      users: { 'key:alice': ['1usd/hour', '1000tokens/minute'] },
      teams: { acme: ['10requests/week'] },
      roles: { user: ['1usd/day'], admin: ['0usd/day'] },
      models: { 'P/*': ['1usd/day'], fast: ['1usd/total'], 'other/*': ['0usd/day'] },
    });
    const reservation = await reserve({ ...withKey(usd(500)), tenant: 'acme' }, model({ alsoKnownAs: ['fast'] }));
    for (const [account, unit, window, reserved] of [
      ['key:alice', 'microUsd', 'day', 100],
      ['user:key:alice', 'microUsd', 'hour', 100],
      ['user:key:alice', 'tokens', 'minute', 20],
      ['team:acme', 'requests', 'week', 1],
      ['role:user:key:alice', 'microUsd', 'day', 100],
      ['model:P/*', 'microUsd', 'day', 100],
      ['model:fast', 'microUsd', 'total', 100],
      ['gateway', 'microUsd', 'month', 100],
    ] as const)
      expect(await used(account, unit, window), account).toEqual({ used: 0, reserved });
    await reservation.settle(costs(60, 7));
    expect(await used('user:key:alice', 'tokens', 'minute')).toEqual({ used: 14, reserved: 0 });
    expect(await used('team:acme', 'requests', 'week')).toEqual({ used: 1, reserved: 0 });
  });

  // @requirement L1.f
  it('daily quotas by role count each principal for itself', async () => {
    start({ roles: { user: ['20tokens/day'] } });
    await reserve();
    expect((await refusal(() => reserve())).code).toBe('QUOTA_EXCEEDED');
    await reserve({ ...ALICE, id: 'key:bob' });
    now += 12 * 3_600_000;
    await reserve();
  });

  it('tells the caller what is used up and when to come back, and gives the slot back', async () => {
    const principal = withKey({ unit: 'requests', limit: 1, window: 'hour' });
    await (await reserve(principal)).settle(costs(1));
    now += 60_500;
    const { code, data, facts } = await refusal(() => reserve(principal));
    expect({ code, status: facts.status, data }).toEqual({
      code: 'QUOTA_EXCEEDED',
      status: 429,
      data: { account: 'key:alice', unit: 'requests', window: 'hour', limit: 1, used: 1, retryAfterSeconds: 3_540 },
    });
    expect(limits.load().running).toBe(0);
  });

  it('tells nobody what others used', async () => {
    start({ gateway: ['1requests/hour'] });
    await (await reserve({ ...ALICE, id: 'key:bob' })).settle(costs(1));
    expect((await refusal(() => reserve())).data).toMatchObject({ account: 'gateway', used: null });
  });

  it('says that a call can never fit, and that only running calls stand in the way', async () => {
    expect((await refusal(() => reserve(withKey(usd(99))))).data).toMatchObject({ retryAfterSeconds: null });
    await reserve(withKey(usd(100)));
    expect((await refusal(() => reserve(withKey(usd(100))))).data).toMatchObject({ used: 0, retryAfterSeconds: 1 });
    const total = withKey({ unit: 'requests', limit: 1, window: 'total' });
    await (await reserve(total)).settle(costs(1));
    expect((await refusal(() => reserve(total))).data).toMatchObject({ retryAfterSeconds: null });
  });

  it('refuses a model whose price is not known where money is counted, and only there', async () => {
    const unpriced = model({ estimate: () => costs(null) });
    const error = await refusal(() => reserve(withKey(usd(1_000)), unpriced));
    expect(error.code).toBe('PRICE_UNKNOWN');
    expect(error.message).toContain('p/m');
    expect(error.fix).toContain('models.prices');
    expect(limits.load().running).toBe(0);
    const reservation = await reserve(withKey({ unit: 'tokens', limit: 1_000, window: 'day' }), unpriced);
    await reservation.settle(costs(null, 4));
    expect(await used('key:alice', 'tokens')).toEqual({ used: 8, reserved: 0 });
    expect((await refusal(() => reserve(withKey({ unit: 'tokens', limit: 1_000, window: 'day' }), model({ estimate: () => costs(1, null) })))).code).toBe(
      'PRICE_UNKNOWN',
    );
  });

  it('books what was reserved where the target cannot tell what it used, and nothing where it told nothing', async () => {
    const principal = withKey(usd(1_000));
    await (await reserve(principal)).settle(costs(null));
    expect(await used('key:alice')).toEqual({ used: 100, reserved: 0 });
    await (await reserve(principal)).settle();
    expect(await used('key:alice')).toEqual({ used: 100, reserved: 0 });
  });

  it('leases for as long as the call may take, and some time to book', async () => {
    const scope = new Scope({ timeoutMs: 5_000.5 });
    await reserve(withKey(usd(100)), model(), scope);
    now += 34_000;
    await refusal(() => reserve(withKey(usd(100))));
    now += 2_000;
    await reserve(withKey(usd(100)));
    scope.end();
  });

  it('gives everything back when the call was cancelled while it was reserved for', async () => {
    const scope = new Scope();
    const reserving = reserve(withKey(usd(1_000)), model(), scope) as Promise<Reservation>;
    scope.cancel();
    await expect(reserving).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await used('key:alice')).toEqual({ used: 0, reserved: 0 });
    expect(limits.load().running).toBe(0);
  });

  it('takes over other budgets while it runs; a bad one changes nothing', async () => {
    await (await reserve()).settle(costs(1));
    expect(() => budgets.prepare({ ...NONE, gateway: ['5 dollars'] })).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => budgets.prepare({ ...NONE, gateway: ['1usd/day', '2usd/day'] })).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    budgets.prepare({ ...NONE, gateway: ['0requests/day'] })();
    expect((await refusal(() => reserve())).code).toBe('QUOTA_EXCEEDED');
  });
});

describe('false refusals and missing ones that other gateways are known for', () => {
  it('no phantom spend: after many refused, failed and cancelled calls the whole budget can be used (litellm#40050)', async () => {
    const principal = withKey(usd(300));
    for (let round = 0; round < 5; round += 1) {
      const held = [await reserve(principal), await reserve(principal), await reserve(principal)];
      await refusal(() => reserve(principal));
      for (const reservation of held) await reservation.settle();
    }
    for (let call = 0; call < 3; call += 1) await (await reserve(principal)).settle(costs(100));
    expect(await used('key:alice')).toEqual({ used: 300, reserved: 0 });
    await refusal(() => reserve(principal));
  });

  it('no stale spend: a settled call is free for the very next one (litellm#36926)', async () => {
    const principal = withKey(usd(100));
    for (let call = 0; call < 20; call += 1) await (await reserve(principal)).settle(costs(0));
    expect(await used('key:alice')).toEqual({ used: 0, reserved: 0 });
  });

  it('no spend of yesterday: the window begins anew at midnight UTC', async () => {
    const principal = withKey(usd(100));
    now = Date.UTC(2026, 10, 21, 23, 59, 59, 999);
    await (await reserve(principal)).settle(costs(100));
    await refusal(() => reserve(principal));
    now += 1;
    await reserve(principal);
  });

  it.each(['gateway', 'user', 'team', 'role', 'model', 'key'])('a budget of the %s is enforced, whoever else has one (litellm#23714)', async (whose) => {
    const closed = ['0requests/day'];
    const open = ['9requests/day'];
    start({
      gateway: whose === 'gateway' ? closed : open,
      users: { [ALICE.id]: whose === 'user' ? closed : open },
      teams: { acme: whose === 'team' ? closed : open },
      roles: { user: whose === 'role' ? closed : open },
      models: { 'p/*': whose === 'model' ? closed : open },
    });
    const principal = { ...withKey({ unit: 'requests', limit: whose === 'key' ? 0 : 9, window: 'day' }), tenant: 'acme' };
    expect((await refusal(() => reserve(principal))).data?.['account']).toContain(whose);
  });
});

describe('storage that fails', () => {
  const broken = new AppError('STORAGE_UNAVAILABLE');

  it('refuses what it cannot reserve for, and gives the slot back', async () => {
    start({ gateway: ['1usd/day'] }, { ...store.spend, reserve: async () => Promise.reject(broken) });
    expect((await refusal(() => reserve())).code).toBe('STORAGE_UNAVAILABLE');
    expect(limits.load().running).toBe(0);
  });

  it('loses no booking: it is kept, tried again, and until then what was reserved stays taken', async () => {
    let isBroken = true;
    const settle: SpendLedger['settle'] = async (id, use) => (isBroken ? Promise.reject(broken) : store.spend.settle(id, use));
    start({ gateway: ['1usd/day'] }, { ...store.spend, settle });
    await (await reserve()).settle(costs(70));
    expect(budgets.waiting).toBe(1);
    expect(errors).toHaveLength(1);
    expect(await used('gateway')).toEqual({ used: 0, reserved: 100 });
    isBroken = false;
    await budgets.close();
    expect(budgets.waiting).toBe(0);
    expect(await used('gateway')).toEqual({ used: 70, reserved: 0 });
  });
});

describe('seconds of the sandbox', () => {
  const code = (seconds: number): Target => target({ name: 'execute_python', estimate: () => ran(seconds) });
  const ran = (sandboxSeconds: number): Spend => ({ costMicroUsd: 0, inputTokens: 0, outputTokens: 0, isEstimated: false, sandboxSeconds });

  it('L1.h: a day has as many as the budget says: the most is reserved, what was used is booked in whole seconds', async () => {
    start({ roles: { user: ['40sandbox-seconds/day'] } });
    const account = `role:user:${ALICE.id}`;
    const first = await reserve(ALICE, code(30));
    expect(await refusal(() => reserve(ALICE, code(30)))).toMatchObject({ code: 'QUOTA_EXCEEDED', data: { unit: 'sandboxSeconds', limit: 40 } });
    await first.settle(ran(3.2));
    expect(await used(account, 'sandboxSeconds')).toMatchObject({ used: 4, reserved: 0 });
    await (await reserve(ALICE, code(30))).settle(ran(30));
    const refused = await refusal(() => reserve(ALICE, code(30)));
    expect(refused.message).toContain('The budget 40sandbox-seconds/day of role:user:');
    now += 24 * 3_600_000;
    await (await reserve(ALICE, code(30))).settle(ran(1));
    expect(await used(account, 'sandboxSeconds')).toMatchObject({ used: 1 });
  });

  it('L1.h: money and tokens stop no code, seconds of the sandbox stop no model, and neither writes into the books of the other', async () => {
    start({ gateway: ['0usd/day', '0tokens/day', '0requests/day'] });
    await (await reserve(ALICE, code(30))).settle(ran(5));
    expect(asked).toEqual([]);
    start({ gateway: ['0sandbox-seconds/day'] });
    await (await reserve(ALICE, model())).settle(costs(5));
    expect(asked).toEqual(['record']);
    expect(await refusal(() => reserve(ALICE, code(1)))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });
});
