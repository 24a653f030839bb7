/** What an attempt may use at most, and what is booked where the provider does not say. */
import { describe, expect, it } from 'vitest';
import { WireBody, type ModelCallInput, type ModelUsage } from '../../../src/contracts/model.ts';
import type { Spend } from '../../../src/contracts/spend.ts';
import { estimateAttempt, meterAttempt } from '../../../src/models/metering.ts';
import { createModelRegistry } from '../../../src/models/registry/model-registry.ts';

/** Without a price of its own: here tokens are looked at. */
const registry = createModelRegistry({ overrides: {}, now: () => 0 });
const UNKNOWN: ModelUsage = { inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null };
const inputOf = (more: Partial<ModelCallInput>): ModelCallInput => ({
  operation: 'generate',
  dialect: 'openai-chat',
  isStream: true,
  holdBack: 'first-content',
  bytes: 40,
  maxOutputTokens: 100,
  headers: {},
  attempt: 1,
  body: new WireBody(Buffer.alloc(40, 0x61)),
  ...more,
});
const most = (more: Partial<ModelCallInput>): number | null | undefined => estimateAttempt(registry, 'p', 'm', inputOf(more))?.outputTokens;
const metered = (more: Partial<ModelCallInput> = {}): { readonly meter: ReturnType<typeof meterAttempt>; readonly booked: Spend[] } => {
  const booked: Spend[] = [];
  const meter = meterAttempt(registry, 'p', 'm', inputOf(more), { spend: (spend) => void booked.push(spend) });
  meter.accepted();
  return { meter, booked };
};

// @requirement M7.d
describe('what an attempt may use at most', () => {
  it('counts each of several answers', () => {
    expect([most({}), most({ answers: 1 }), most({ answers: 8 }), most({ answers: 8, operation: 'embed' })]).toEqual([100, 100, 800, 0]);
  });
});

// @requirement M7.d
describe('what is booked where the provider does not say', () => {
  it('of a stream that was left: what was told so far, or what came, whichever is more', () => {
    const told = metered();
    told.meter.content(200);
    told.meter.told({ ...UNKNOWN, inputTokens: 7, outputTokens: 900 });
    told.meter.ended(false);
    expect(told.booked).toEqual([expect.objectContaining({ inputTokens: 7, outputTokens: 900, isEstimated: true })]);

    const early = metered();
    for (let event = 0; event < 50; event += 1) early.meter.content(200);
    early.meter.told({ ...UNKNOWN, inputTokens: 7, outputTokens: 1 });
    early.meter.ended(false);
    expect(early.booked).toEqual([expect.objectContaining({ inputTokens: 7, outputTokens: 50, isEstimated: true })]);
  });

  it('few long events are more than one token each', () => {
    const long = metered();
    for (const bytes of [204, 4200, 4200]) long.meter.content(bytes);
    long.meter.ended(false);
    expect(long.booked[0]?.outputTokens).toBe(3 + (3996 * 2) / 4);
    const single = metered();
    single.meter.content(4400);
    single.meter.ended(false);
    expect(single.booked[0]?.outputTokens).toBe(1 + 4000 / 4);
  });

  it('a plain answer without usage is estimated by its size, never free', () => {
    const { meter, booked } = metered({ isStream: false });
    expect(meter.finished(UNKNOWN, 4000)).toBeNull();
    meter.ended(false);
    expect(booked).toEqual([expect.objectContaining({ outputTokens: 1000, isEstimated: true })]);
  });

  it('what the provider says is booked as it is', () => {
    const { meter, booked } = metered();
    meter.content(4000);
    meter.finished({ ...UNKNOWN, inputTokens: 7, outputTokens: 11 });
    meter.ended(false);
    expect(booked).toEqual([expect.objectContaining({ inputTokens: 7, outputTokens: 11, isEstimated: false })]);
  });

  it.each([
    ['a plain request, before anything came', { isStream: false }, [40, 100]],
    ['one of several answers', { isStream: false, answers: 3 }, [40, 300]],
    ['vectors', { isStream: false, operation: 'embed' }, [40, 0]],
    ['a stream of which nothing came', { isStream: true }, [10, 0]],
  ] as const)('when the caller leaves %s: what may have been used is not free', (_name, more, tokens) => {
    const { meter, booked } = metered(more);
    meter.ended(true);
    expect(booked.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens])).toEqual([tokens]);
    // The control: a provider that fails a plain request answers nothing.
    const failed = metered(more);
    failed.meter.ended(false);
    expect(failed.booked).toMatchObject([{ inputTokens: 10, outputTokens: 0 }]);
  });
});
