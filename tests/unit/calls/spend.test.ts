import { expect, it } from 'vitest';
import type { Reservation } from '../../../src/contracts/limits.ts';
import type { Spend } from '../../../src/contracts/spend.ts';
import type { CallReport } from '../../../src/contracts/telemetry.ts';
import { AppError } from '../../../src/core/errors.ts';
import { bench, target } from '../../helpers/pipeline.ts';

const USED: Spend = { costMicroUsd: 117, inputTokens: 7, outputTokens: null, isEstimated: true };
const rate = { policy: '', limit: 1, windowSeconds: 1, remaining: 1, resetSeconds: 1 };
const limitsOf = (settle: Reservation['settle']) => ({ source: () => undefined, load: () => ({ running: 0, queued: 0 }), reserve: () => ({ rate, settle }) });

it('books what the target told last, before the outcome is recorded, and tells it in the record and in the report', async () => {
  const steps: unknown[] = [];
  const reports: CallReport[] = [];
  const settle: Reservation['settle'] = async (used) => {
    await new Promise(setImmediate);
    steps.push(used);
  };
  const spender = target({
    run: (_input, context) => {
      context.spend({ ...USED, costMicroUsd: 1 });
      context.spend(USED);
      return { type: 'result', value: 'done' };
    },
  });
  const { pipeline, request, records } = bench([spender], {
    limits: limitsOf(settle),
    report: (report) => reports.push(report),
    audit: {
      append: async (event) => {
        steps.push(event.phase);
        records.push(event);
      },
    },
  });
  await pipeline.run(request('echo'));
  expect(steps).toEqual([USED, 'outcome']);
  expect(records[0]?.detail).toEqual({ costMicroUsd: 117, inputTokens: 7, outputTokens: null, isEstimated: true });
  expect(reports[0]?.spend).toEqual(USED);
});

it('books also what a call used that failed, and nothing of a call that told nothing', async () => {
  const booked: unknown[] = [];
  const failing = target({
    name: 'failing',
    run: (_input, context) => {
      context.spend(USED);
      throw new AppError('PROVIDER_INCOMPLETE');
    },
  });
  const { pipeline, request, records } = bench([failing, target()], { limits: limitsOf((used) => void booked.push(used)) });
  await pipeline.run(request('failing'));
  await pipeline.run(request('echo'));
  expect(booked).toEqual([USED, undefined]);
  expect(records.map(({ detail }) => detail?.['costMicroUsd'])).toEqual([117, undefined]);
});

it('hands the reservation the id and the valid, frozen input of the call', async () => {
  let seen: { readonly callId: string; readonly input: unknown } | undefined;
  const limits = limitsOf(() => undefined);
  const { pipeline, request } = bench([target({ defaults: { a: 1 } })], {
    limits: {
      ...limits,
      reserve: (_principal, _target, _scope, _isChild, call) => {
        seen = { callId: call.callId, input: call.input };
        return limits.reserve();
      },
    },
  });
  const { callId } = await pipeline.run(request('echo', { b: 2 }));
  expect(seen).toEqual({ callId, input: { a: 1, b: 2 } });
  expect(Object.isFrozen(seen?.input)).toBe(true);
});
