import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';
import { DEFAULT_LIMITS, type LimitsConfig } from '../../../src/contracts/limits-config.ts';
import type { Target, TargetTraits } from '../../../src/contracts/target.ts';
import { createLimits, type MemoryLimits, type Place } from '../../../src/limits/limits.ts';
import { ALICE, target } from '../../helpers/pipeline.ts';

let nowMs = 0;
let limits: MemoryLimits;
const clock = { monotonic: () => nowMs };
const plain = target();
const withTraits = (traits: Partial<TargetTraits>): typeof plain => target({ traits: { ...plain.traits, ...traits } });
const generate = withTraits({ rateClass: 'generate' });
const start = (over: Partial<LimitsConfig> = {}): void => {
  limits = createLimits({ ...DEFAULT_LIMITS, ...over }, clock);
};
const attempt = (work: () => unknown): string => {
  try {
    work();
    return 'fits';
  } catch (error) {
    return AppError.is(error) ? error.code : String(error);
  }
};
/** Reserves and settles at once. */
const call = (principal = ALICE, reached = plain): string =>
  attempt(() => {
    const reservation = limits.reserve(principal, reached, new Scope(), false);
    if (reservation instanceof Promise) throw new Error('waits');
    reservation.settle();
  });
const times = (count: number, work: () => string): number => Array.from({ length: count }, () => work()).filter((outcome) => outcome === 'fits').length;
const rateOf = (principal = ALICE, reached = plain): unknown => {
  const { policy, limit, remaining, windowSeconds, resetSeconds } = (limits.reserve(principal, reached, new Scope(), true) as Place).rate;
  return { policy, limit, remaining, windowSeconds, resetSeconds };
};

beforeEach(() => {
  nowMs = 0;
  start();
});

describe('rates of a call', () => {
  it('A4.d: a principal may have a rate of its own, in place of its role’s', () => {
    start({ principals: { [ALICE.id]: 3 }, burst: 0 });
    expect([times(10, () => call()), call()]).toEqual([3, 'RATE_LIMITED']);
    const bob = { ...ALICE, id: 'key:bob' };
    expect(times(10, () => call(bob))).toBe(10);
    limits.reconfigure({ ...DEFAULT_LIMITS, burst: 0, principals: { [bob.id]: 2, ['__proto__']: 1 } });
    expect(call()).toBe('fits');
    expect(() => start({ principals: { x: 0 } })).toThrow('limits.principals.x');
  });

  // @requirement L1.a L1.d
  it.each([
    [['guest'], 'guest', 60],
    [['user'], 'user', 300],
    [['developer'], 'developer', 600],
    [['guest', 'admin', 'user'], 'admin', 1_000],
    [[], 'guest', 60],
    [['constructor'], 'guest', 60],
  ] as const)('%j has the limit of %s: %i a minute and 20 at once above it', (roles, policy, limit) => {
    const principal = { ...ALICE, roles };
    expect(rateOf(principal)).toEqual({ policy, limit, remaining: limit, windowSeconds: 60, resetSeconds: 61 });
    expect(times(2_000, () => call(principal))).toBe(limit + 19);
    nowMs = 61_000;
    expect(times(2_000, () => call(principal))).toBe(limit + Math.floor(limit / 60));
  });

  it('refuses with the seconds to wait, the limit and its name, and does not count what it refused', () => {
    start({ roles: { user: 2 }, burst: 0 });
    expect(times(3, call)).toBe(2);
    nowMs = 10_500;
    for (let index = 0; index < 100; index += 1) call();
    expect(() => limits.reserve(ALICE, plain, new Scope(), false)).toThrowError(
      expect.objectContaining({
        code: 'RATE_LIMITED',
        message: 'More than 2 calls a minute (limit user).',
        data: { retryAfterSeconds: 51, policy: 'user', limit: 2, windowSeconds: 60 },
      }),
    );
    nowMs = 61_500;
    expect(call()).toBe('fits');
  });

  it('counts each principal on its own, and children like their parents', () => {
    start({ roles: { user: 2 }, burst: 0 });
    expect(times(5, () => attempt(() => limits.reserve(ALICE, plain, new Scope(), true)))).toBe(2);
    expect(times(5, () => call({ ...ALICE, id: 'key:bob' }))).toBe(2);
  });

  it('does not count the steps of a counted call, and counts such a target where it is called itself', () => {
    start({ roles: { user: 2 }, burst: 0 });
    const step: Target = { ...plain, isCounted: (input) => input !== 'step' };
    expect(times(5, () => attempt(() => limits.reserve(ALICE, step, new Scope(), true, { input: 'step' })))).toBe(5);
    expect(times(5, () => attempt(() => limits.reserve(ALICE, step, new Scope(), false, { input: 'step' })))).toBe(2);
    expect(times(5, () => attempt(() => limits.reserve(ALICE, step, new Scope(), true, { input: 'other' })))).toBe(0);
  });

  // @requirement L1.b
  it('counts a class of targets beside the role, all or nothing, and reports the tighter', () => {
    expect(rateOf(ALICE, generate)).toMatchObject({ policy: 'generate', limit: 10, remaining: 9 });
    expect(times(20, () => call(ALICE, generate))).toBe(9);
    // The refused ones took nothing from the role: 10 of 320 are spent.
    expect(times(400, call)).toBe(310);
    expect(rateOf({ ...ALICE, id: 'key:bob' }, withTraits({ rateClass: 'model' }))).toMatchObject({ policy: 'model', limit: 300 });
  });

  it('counts a class that nobody listed like the tightest one', () => {
    expect(times(20, () => call(ALICE, withTraits({ rateClass: 'genrate' })))).toBe(10);
    expect(times(20, () => call(ALICE, withTraits({ rateClass: 'toString' })))).toBe(10);
  });

  it('does not give a principal more for changing its roles back and forth', () => {
    let passed = 0;
    for (let index = 0; index < 2_000; index += 1) passed += times(1, () => call({ ...ALICE, roles: [index % 2 ? 'guest' : 'admin'] }));
    expect(passed).toBeLessThanOrEqual(1_020);
  });
});

describe('rates of a source', () => {
  // @requirement L1.c
  it('are counted per address, IPv6 per network, and never on this machine', () => {
    start({ sourcePerMinute: 2, burst: 1 });
    const outcomes = (...sources: readonly string[]): readonly string[] => sources.map((source) => attempt(() => limits.source(source)));
    expect(outcomes('203.0.113.5', '::ffff:203.0.113.5', '203.0.113.5', '203.0.113.5', '203.0.113.6')).toEqual([
      'fits',
      'fits',
      'fits',
      'RATE_LIMITED',
      'fits',
    ]);
    expect(outcomes('2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::4', '2001:db8:1::1')).toEqual(['fits', 'fits', 'fits', 'RATE_LIMITED', 'fits']);
    expect(new Set(outcomes(...Array.from({ length: 100 }, () => '127.0.0.1'), 'stdio', '::1'))).toEqual(new Set(['fits']));
  });

  // @requirement L1.c
  it('are 500 a minute and say when to come again', () => {
    expect(times(1_000, () => attempt(() => limits.source('203.0.113.5')))).toBe(520);
    expect(() => limits.source('203.0.113.5')).toThrowError(
      expect.objectContaining({ data: { retryAfterSeconds: 61, policy: 'source', limit: 500, windowSeconds: 60 } }),
    );
  });

  it('are remembered in bounded memory', () => {
    start({ sourcePerMinute: 1, burst: 1, roles: { user: 1 } });
    for (let index = 0; index < 3; index += 1) attempt(() => limits.source('203.0.113.5'));
    for (let index = 0; index < 100_001; index += 1) limits.source(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
    expect(attempt(() => limits.source('203.0.113.5'))).toBe('fits');
  });
});

describe('slots of a call', () => {
  it('are taken and given back, however often settled', () => {
    const reservation = limits.reserve(ALICE, plain, new Scope(), false) as Place;
    expect(limits.load()).toEqual({ running: 1, queued: 0 });
    reservation.settle();
    reservation.settle();
    expect(limits.load()).toEqual({ running: 0, queued: 0 });
  });

  // @requirement L1.e
  it('are not taken by children and subscriptions', () => {
    void limits.reserve(ALICE, plain, new Scope(), true);
    void limits.reserve(ALICE, withTraits({ takesSlot: false }), new Scope(), false);
    expect(limits.load()).toEqual({ running: 0, queued: 0 });
  });

  it('are waited for in a bounded queue; who finds it full is refused and not counted', async () => {
    start({ concurrency: 1, queue: 1, roles: { user: 3 }, burst: 0 });
    const first = limits.reserve(ALICE, plain, new Scope(), false) as Place;
    const second = limits.reserve(ALICE, plain, new Scope(), false);
    expect(second).toBeInstanceOf(Promise);
    expect(times(5, call)).toBe(0);
    expect(call()).toBe('OVERLOADED');
    first.settle();
    (await second).settle();
    expect(limits.load()).toEqual({ running: 0, queued: 0 });
    expect([call(), call()]).toEqual(['fits', 'RATE_LIMITED']);
  });

  it('are not waited for by a call that ends first', async () => {
    start({ concurrency: 1 });
    const first = limits.reserve(ALICE, plain, new Scope(), false) as Place;
    const scope = new Scope();
    const waiting = limits.reserve(ALICE, plain, scope, false);
    scope.cancel(new AppError('DEADLINE_EXCEEDED'));
    await expect(waiting).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(attempt(() => limits.reserve(ALICE, plain, scope, false))).toBe('DEADLINE_EXCEEDED');
    first.settle();
    expect(limits.load()).toEqual({ running: 0, queued: 0 });
  });

  // @requirement L1.e
  it('go to the higher priority first', async () => {
    start({ concurrency: 1 });
    const first = limits.reserve(ALICE, plain, new Scope(), false) as Place;
    const order: number[] = [];
    const work = [1, 9, 5].map(async (priority) => {
      const reservation = await limits.reserve(ALICE, withTraits({ priority }), new Scope(), false);
      order.push(priority);
      reservation.settle();
    });
    first.settle();
    await Promise.all(work);
    expect(order).toEqual([9, 5, 1]);
  });
});

describe('new numbers', () => {
  it('act at once, on the same counters and slots', async () => {
    start({ roles: { user: 2 }, classes: { generate: 1 }, burst: 0, concurrency: 1, sourcePerMinute: 1 });
    expect([call(ALICE, generate), call(), call()]).toEqual(['fits', 'fits', 'RATE_LIMITED']);
    limits.source('203.0.113.5');
    limits.reconfigure({ ...DEFAULT_LIMITS, roles: { user: 5 }, classes: { generate: 3 }, burst: 0, sourcePerMinute: 3, concurrency: 1 });
    expect(times(5, () => call(ALICE, generate))).toBe(2);
    expect(times(5, call)).toBe(1);
    expect(times(5, () => attempt(() => limits.source('203.0.113.5')))).toBe(2);

    nowMs = 61_000;
    const held = limits.reserve(ALICE, plain, new Scope(), false) as Place;
    const waiting = limits.reserve(ALICE, plain, new Scope(), false);
    limits.reconfigure({ ...DEFAULT_LIMITS, concurrency: 2 });
    (await waiting).settle();
    held.settle();
    expect(limits.load()).toEqual({ running: 0, queued: 0 });
  });

  it.each([
    { roles: {} },
    { classes: {} },
    { roles: { user: 0 } },
    { roles: { user: Infinity } },
    { roles: { user: 10_000_001 } },
    { classes: { model: 1.5 } },
    { classes: { model: Number.NaN } },
    { sourcePerMinute: 0 },
    { sourcePerMinute: -1 },
    { burst: -1 },
    { burst: Infinity },
    { concurrency: 0 },
    { concurrency: Infinity },
    { queue: -1 },
    { queue: 100_001 },
  ] satisfies Partial<LimitsConfig>[])('that would switch a limit off are refused: %j', (over) => {
    expect(attempt(() => createLimits({ ...DEFAULT_LIMITS, ...over }, clock))).toBe('CONFIG_INVALID');
    expect(attempt(() => limits.reconfigure({ ...DEFAULT_LIMITS, ...over }))).toBe('CONFIG_INVALID');
    expect(rateOf()).toMatchObject({ limit: 300 });
  });

  it('may be as high as ten million', () => {
    start({ roles: { user: 10_000_000 }, sourcePerMinute: 10_000_000, burst: 0, queue: 0 });
    expect(times(1_000, call)).toBe(1_000);
  });
});
