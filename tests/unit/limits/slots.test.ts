import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scope } from '../../../src/core/scope.ts';
import { Slots } from '../../../src/limits/slots.ts';

/** Lets promises that were settled run their callbacks. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('slots', () => {
  it('are given by priority, and within one in the order of arrival', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(10), { minLength: 1, maxLength: 40 }), async (priorities) => {
        const slots = new Slots(1, 100);
        expect(slots.tryTake()).toBe(true);
        const served: { priority: number; index: number }[] = [];
        const work = priorities.map(async (priority, index) => {
          await slots.wait(priority, new Scope());
          served.push({ priority, index });
          slots.release();
        });
        slots.release();
        await Promise.all(work);
        expect(served).toEqual(priorities.map((priority, index) => ({ priority, index })).sort((a, b) => b.priority - a.priority || a.index - b.index));
        expect([slots.running, slots.queued]).toEqual([0, 0]);
      }),
      { numRuns: 50 },
    );
  });

  it('are never more than there are, never negative and never lost, whatever ends in whatever order', async () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('come' as const), priority: fc.nat(10) }),
      fc.record({ type: fc.constantFrom('finish' as const, 'cancel' as const), which: fc.nat(1_000) }),
      fc.record({ type: fc.constant('resize' as const), concurrency: fc.integer({ min: 1, max: 5 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.nat(6), fc.array(step, { maxLength: 120, size: 'max' }), async (concurrency, maxQueued, steps) => {
        const slots = new Slots(concurrency, maxQueued);
        let allowed = concurrency;
        const holders: Scope[] = [];
        const waiting: Scope[] = [];
        const ended: Promise<void>[] = [];
        const without = (list: Scope[], scope: Scope): void => {
          list.splice(list.indexOf(scope), 1);
        };
        for (const one of steps) {
          if (one.type === 'resize') {
            allowed = one.concurrency;
            slots.resize(allowed, maxQueued);
          } else if (one.type === 'come') {
            const scope = new Scope();
            if (slots.tryTake()) holders.push(scope);
            else if (slots.queued < maxQueued) {
              waiting.push(scope);
              ended.push(
                slots.wait(one.priority, scope).then(
                  () => {
                    without(waiting, scope);
                    holders.push(scope);
                  },
                  () => {
                    without(waiting, scope);
                  },
                ),
              );
            } else expect(() => slots.ensureRoom()).toThrowError(expect.objectContaining({ code: 'OVERLOADED' }));
          } else if (one.type === 'finish') {
            const [holder] = holders.splice(one.which % Math.max(1, holders.length), 1);
            if (holder) slots.release();
          } else {
            // Cancelling a holder changes nothing: it still has to give its slot back.
            [...waiting, ...holders][one.which % Math.max(1, waiting.length + holders.length)]?.cancel();
          }
          // Sometimes the next step comes before the promises of this one have told anybody.
          if (steps.length % 2 === 0) await turn();
          expect(slots.running).toBeGreaterThanOrEqual(0);
          expect(slots.queued).toBeGreaterThanOrEqual(0);
          expect(slots.queued).toBeLessThanOrEqual(maxQueued);
        }
        await turn();
        expect([slots.running, slots.queued]).toEqual([holders.length, waiting.length]);
        if (slots.queued > 0) expect(slots.running).toBeGreaterThanOrEqual(allowed);
        while (holders.length > 0) {
          holders.pop();
          slots.release();
          await turn();
        }
        await Promise.all(ended);
        expect([slots.running, slots.queued]).toEqual([0, 0]);
      }),
      { numRuns: 150 },
    );
  });

  it('never run above their number without a resize', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 30 }), async (concurrency, calls) => {
        const slots = new Slots(concurrency, 100);
        let most = 0;
        await Promise.all(
          Array.from({ length: calls }, async () => {
            if (!slots.tryTake()) await slots.wait(5, new Scope());
            most = Math.max(most, slots.running);
            await turn();
            slots.release();
          }),
        );
        expect(most).toBe(Math.min(concurrency, calls));
      }),
      { numRuns: 30 },
    );
  });

  it('are not taken by a newcomer while somebody waits', () => {
    const slots = new Slots(1, 1);
    slots.tryTake();
    void slots.wait(0, new Scope());
    slots.release();
    expect([slots.running, slots.queued, slots.tryTake()]).toEqual([1, 0, false]);
  });

  it('are refused to a call that is over, with its own reason', async () => {
    const slots = new Slots(1, 5);
    slots.tryTake();
    const scope = new Scope();
    const waiting = slots.wait(5, scope);
    scope.cancel();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(slots.queued).toBe(0);
    expect(() => slots.wait(5, scope)).toThrowError(expect.objectContaining({ code: 'CANCELLED' }));
    expect(slots.queued).toBe(0);
  });

  it('take any number for a priority', async () => {
    const slots = new Slots(1, 10);
    slots.tryTake();
    const served: number[] = [];
    const waits = [-5, Number.NaN, 99, 4.6].map((priority) =>
      slots.wait(priority, new Scope()).then(() => {
        served.push(priority);
        slots.release();
      }),
    );
    slots.release();
    await Promise.all(waits);
    expect(served).toEqual([99, Number.NaN, 4.6, -5]);
  });
});
