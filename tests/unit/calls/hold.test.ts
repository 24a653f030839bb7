import { describe, expect, it } from 'vitest';
import type { CallGate, HeldCall } from '../../../src/contracts/approvals.ts';
import type { Policy } from '../../../src/contracts/policy.ts';
import { AppError } from '../../../src/core/errors.ts';
import { InputRequired } from '../../../src/contracts/ask.ts';
import { bench, catalogOf, ALICE, target } from '../../helpers/pipeline.ts';

const need = { rules: ['ask:r'], by: 'caller', uses: 1, validSeconds: 1 } as const;
const policy: Policy = { decide: () => ({ isAllowed: false, rule: 'ask:r', reason: 'Why.', approval: need }), isVisible: () => true, scopesOf: () => [] };
const ran: unknown[] = [];
const held = target({
  name: 'held',
  traits: { isReadOnly: false, timeoutMs: 50, takesSlot: true, priority: 5 },
  run: (input) => {
    ran.push(input);
    return { type: 'result', value: input };
  },
});
const start = (approvals: CallGate | undefined, extra: Partial<Parameters<typeof bench>[1]> = {}) =>
  bench([held], { approvals, generation: () => ({ id: 1, callTimeoutMs: 50, catalog: catalogOf([held]), policy }), ...extra });

// @requirement P5.a
describe('P5: a held call on its road', () => {
  it('is denied where nobody can be asked', async () => {
    const { pipeline, records, request } = start(undefined);
    const { terminal } = await pipeline.run(request('held'));
    expect(terminal).toMatchObject({ type: 'error', error: { code: 'PERMISSION_DENIED', message: 'Why.' } });
    expect(records).toMatchObject([{ event: 'permission_denied', decision: 'deny', rule: 'ask:r' }]);
    expect(ran).toEqual([]);
  });

  it('is counted and recorded after the yes, takes no slot before it, and has its whole time then', async () => {
    const order: string[] = [];
    const gate: CallGate = {
      async pass({ restartClock, context }: HeldCall) {
        restartClock(10_000);
        order.push('asked');
        // Longer than the call itself may take.
        await new Promise((resolve) => setTimeout(resolve, 80));
        context.scope.throwIfCancelled();
        return true;
      },
    };
    const { pipeline, records, request } = start(gate, {
      limits: {
        source: () => undefined,
        reserve: () => {
          order.push('reserved');
          return { rate: { policy: 'user', limit: 1, windowSeconds: 1, remaining: 1, resetSeconds: 1 }, settle: () => undefined };
        },
        load: () => ({ running: 0, queued: 0 }),
      },
    });
    const { terminal } = await pipeline.run(request('held', { a: 1 }));
    expect(terminal).toEqual({ type: 'result', value: { a: 1 } });
    expect(order).toEqual(['asked', 'reserved']);
    expect(records.map(({ phase, decision, rule }) => [phase, decision, rule])).toEqual([
      ['intent', 'allow', 'ask:r'],
      ['outcome', 'allow', 'ask:r'],
    ]);
    expect(ran.splice(0)).toEqual([{ a: 1 }]);
  });

  it('is asked for at most as long as the caller itself waits', async () => {
    const gate: CallGate = {
      async pass({ restartClock, context }: HeldCall) {
        restartClock(10_000);
        return await context.scope.race(new Promise<boolean>(() => undefined));
      },
    };
    const { pipeline, request } = start(gate);
    expect((await pipeline.run(request('held', {}, { timeoutMs: 30 }))).terminal).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
  });

  it('does not run when its caller is somebody else by then, or the question was not answered', async () => {
    const yes: CallGate = { pass: async () => true };
    const other = start(yes, { identity: { isCurrent: () => true, identify: () => ({ ...ALICE, id: 'key:bob' }) } });
    expect((await other.pipeline.run(other.request('held'))).terminal).toMatchObject({ error: { code: 'AUTHENTICATION_FAILED' } });
    const asks: CallGate = { pass: () => Promise.reject(new InputRequired({ a: { method: 'elicitation/create', params: {} } })) };
    const asked = start(asks);
    expect((await asked.pipeline.run(asked.request('held'))).terminal).toMatchObject({ type: 'input_required' });
    expect(asked.settled).toEqual(['?']);
    const refused = start({ pass: () => Promise.reject(new AppError('APPROVAL_REFUSED')) });
    expect((await refused.pipeline.run(refused.request('held'))).terminal).toMatchObject({ error: { code: 'APPROVAL_REFUSED' } });
    expect(refused.records).toMatchObject([{ event: 'permission_denied', decision: 'deny', outcome: 'APPROVAL_REFUSED' }]);
    expect(ran).toEqual([]);
  });
});
