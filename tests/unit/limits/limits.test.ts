import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';
import { DEFAULT_LIMITS } from '../../../src/contracts/limits-config.ts';
import type { Reservation } from '../../../src/contracts/limits.ts';
import { createLimits } from '../../../src/limits/limits.ts';
import { Slots } from '../../../src/limits/slots.ts';
import { WindowRate } from '../../../src/limits/window-rate.ts';
import { ALICE, target } from '../../helpers/pipeline.ts';

const manual = (): { clock: { monotonic: () => number }; advance: (ms: number) => void } => {
  let now = 0;
  return { clock: { monotonic: () => now }, advance: (ms) => { now += ms; } };
};
const codeOf = (work: () => unknown): string | undefined => {
  try { work(); return undefined; } catch (error) { return AppError.is(error) ? error.code : String(error); }
};
const free = target({ traits: { isReadOnly: true, timeoutMs: 1, takesSlot: false, priority: 5 } });

describe('L1: a rate per minute', () => {
  it('never lets more than the limit through in any window of 60 seconds', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 30 }), fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 400 }), (limit, gaps) => {
      const rate = new WindowRate();
      const passed: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (rate.hit(now, limit)) passed.push(now);
      }
      for (const [index, at] of passed.entries()) {
        expect(passed.filter((other, position) => position >= index && other < at + 60_000).length).toBeLessThanOrEqual(limit);
      }
    }), { seed: 11, numRuns: 200 });
  });

  it('lets the full limit through at once, and again after a pause of 65 seconds', () => {
    const rate = new WindowRate();
    const burst = (at: number): number => Array.from({ length: 50 }, () => rate.hit(at, 20)).filter(Boolean).length;
    expect([burst(1000), burst(30_000), burst(66_000)]).toEqual([20, 0, 20]);
  });

  it('says in seconds when there is room again, and means it', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 60 }), (gaps) => {
      const rate = new WindowRate();
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (rate.hit(now, 3)) continue;
        const seconds = rate.secondsToRelief(now);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(65);
        now += seconds * 1000;
        expect(rate.hit(now, 3)).toBe(true);
      }
    }), { seed: 5 });
  });
});

describe('L1: limits of a call', () => {
  it('gives the best of the roles plus the burst, and the default to unknown roles', () => {
    const { clock } = manual();
    const limits = createLimits(DEFAULT_LIMITS, clock);
    const scope = new Scope();
    const limitFor = (roles: string[]): number => (limits.reserve({ ...ALICE, id: roles.join(), roles }, free, scope, false) as Reservation).rate.limit;
    expect([limitFor(['guest']), limitFor(['guest', 'admin']), limitFor(['stranger'])]).toEqual([80, 1020, 80]);
  });

  it('refuses above the limit with the seconds to wait, then lets in again', () => {
    const { clock, advance } = manual();
    const limits = createLimits({ ...DEFAULT_LIMITS, perMinute: { user: 2 }, burst: 1 }, clock);
    const call = (): unknown => limits.reserve(ALICE, free, new Scope(), false);
    expect([codeOf(call), codeOf(call), codeOf(call), codeOf(call)]).toEqual([undefined, undefined, undefined, 'RATE_LIMITED']);
    try { call(); } catch (error) { expect((error as AppError).data?.['retryAfterSeconds']).toBe(65); }
    advance(65_000);
    expect(codeOf(call)).toBeUndefined();
  });

  it('counts classes of targets on their own', () => {
    const limits = createLimits({ ...DEFAULT_LIMITS, classPerMinute: { generate: 1 } }, manual().clock);
    const generate = target({ traits: { isReadOnly: true, timeoutMs: 1, takesSlot: false, priority: 5, rateClass: 'generate' } });
    const call = (): unknown => limits.reserve(ALICE, generate, new Scope(), false);
    expect([codeOf(call), codeOf(call)]).toEqual([undefined, 'RATE_LIMITED']);
    expect(codeOf(() => limits.reserve(ALICE, free, new Scope(), false))).toBeUndefined();
  });

  it('counts sources, IPv6 ones by their network, and never loopback', () => {
    const limits = createLimits({ ...DEFAULT_LIMITS, sourcePerMinute: 1, burst: 1 }, manual().clock);
    const twice = (...sources: string[]): (string | undefined)[] => sources.map((source) => codeOf(() => limits.source(source)));
    expect(twice('203.0.113.5', '::ffff:203.0.113.5', '203.0.113.5')).toEqual([undefined, undefined, 'RATE_LIMITED']);
    expect(twice('2001:db8::1', '2001:db8::2', '2001:db8::3')).toEqual([undefined, undefined, 'RATE_LIMITED']);
    expect(twice(...Array.from({ length: 100 }, () => '127.0.0.1'), 'stdio', '::1').filter(Boolean)).toEqual([]);
  });

  it('cannot be switched off', () => {
    for (const burst of [0, -1, Infinity, Number.NaN, 1.5, 10_000_001]) {
      expect(codeOf(() => createLimits({ ...DEFAULT_LIMITS, burst }, manual().clock))).toBe('CONFIG_INVALID');
    }
  });
});

describe('L1: slots and their queue', () => {
  it('never runs more than allowed nor leaks a slot, whatever ends in whatever order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ priority: fc.integer({ min: 0, max: 10 }), fate: fc.constantFrom('settle', 'cancel', 'both') }), { maxLength: 40 }), fc.infiniteStream(fc.nat()), async (calls, order) => {
      const limits = createLimits({ ...DEFAULT_LIMITS, concurrency: 3, queue: 10, perMinute: { user: 1000 } }, manual().clock);
      const open: { scope: Scope; fate: string; reservation: Promise<Reservation | undefined> }[] = [];
      let refused = 0;
      for (const { priority, fate } of calls) {
        const scope = new Scope();
        try {
          const taken = limits.reserve(ALICE, target({ traits: { isReadOnly: true, timeoutMs: 1, takesSlot: true, priority } }), scope, false);
          open.push({ scope, fate, reservation: Promise.resolve(taken).catch(() => undefined) });
        } catch { refused += 1; }
        expect(limits.load().running).toBeLessThanOrEqual(3);
        expect(limits.load().queued).toBeLessThanOrEqual(10);
      }
      expect(refused).toBe(Math.max(0, calls.length - 13));
      while (open.length > 0) {
        const [entry] = open.splice(order.next().value % open.length, 1);
        if (!entry) break;
        if (entry.fate !== 'settle') entry.scope.cancel();
        void entry.reservation.then((reservation) => { reservation?.settle(); reservation?.settle(); });
        await Promise.resolve();
      }
      await new Promise((resolve) => { setImmediate(resolve); });
      expect(limits.load()).toEqual({ running: 0, queued: 0 });
    }), { seed: 3, numRuns: 60 });
  });

  it('serves higher priorities first and equals in their order', async () => {
    const slots = new Slots({ concurrency: 1, queue: 10 });
    slots.take(new Scope(), 5);
    const served: string[] = [];
    for (const [name, priority] of [['low', 1], ['first', 5], ['second', 5], ['high', 9]] as const) {
      void slots.take(new Scope(), priority)?.then(() => { served.push(name); slots.release(); });
    }
    slots.release();
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(served).toEqual(['high', 'first', 'second', 'low']);
    expect([slots.running, slots.queued]).toEqual([0, 0]);
  });

  it('takes no slot for children and subscriptions', () => {
    const limits = createLimits({ ...DEFAULT_LIMITS, concurrency: 1, queue: 1 }, manual().clock);
    limits.reserve(ALICE, target(), new Scope(), true);
    limits.reserve(ALICE, free, new Scope(), false);
    expect(limits.load()).toEqual({ running: 0, queued: 0 });
  });
});
