import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, type ModelPrice, type TokenRates } from '../../../src/contracts/model-registry.ts';
import type { ModelUsage } from '../../../src/contracts/model.ts';
import type { ModelOverride } from '../../../src/contracts/models-config.ts';
import { ANTHROPIC } from '../../../src/models/registry/anthropic.ts';
import { GOOGLE } from '../../../src/models/registry/google.ts';
import { createModelRegistry } from '../../../src/models/registry/model-registry.ts';
import { OPENAI } from '../../../src/models/registry/openai.ts';
import { toMicroUsd } from '../../../src/models/registry/row.ts';
import { fallbackPricesFile, renderFallbackPrices } from '../../../tools/build-fallback-prices.ts';

const NOW = Date.parse('2026-11-21');
const registry = createModelRegistry({ now: () => NOW });
const rows = [ANTHROPIC, OPENAI, GOOGLE].flatMap(({ models }) => models);
const OVERRIDE: ModelOverride = { input: 1, output: 2, cacheRead: null, cacheWrite: null, contextTokens: null, maxOutputTokens: null, kind: null };

describe('the tables of models', () => {
  it('M8.a: know the current models of three vendors by their exact ids, each with a source and its date', () => {
    for (const id of ['claude-fable-5-2', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'gpt-6.2-astra', 'gpt-6-luna', 'gemini-4-argon', 'gemini-3.8-flash'])
      expect(registry.find('any', id)?.lifecycle.state, id).toBe('current');
    for (const { source } of [ANTHROPIC, OPENAI, GOOGLE]) expect(source).toMatch(/read \d{4}-\d{2}-\d{2}$/);
  });

  it('M8.b: know the names of the first designs: five of Claude 3, seven of GPT, three embeddings', () => {
    const claude = ['claude-3-opus-20240229', 'claude-3-sonnet-20240229', 'claude-3-haiku-20240307', 'claude-3-5-sonnet-20241022', 'claude-3-5-haiku-20241022'];
    const gpt = ['gpt-4', 'gpt-4-turbo', 'gpt-4o', 'gpt-4o-mini', 'gpt-3.5-turbo', 'o1', 'o1-mini'];
    const embeddings = ['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002'];
    for (const id of [...claude, ...gpt]) expect(registry.find('any', id), id).toMatchObject({ id, kind: 'chat' });
    for (const id of embeddings) expect(registry.find('any', id), id).toMatchObject({ id, kind: 'embedding', price: { output: 0, isEstimated: false } });
    expect(claude.every((id) => registry.find('any', id)?.lifecycle.state === 'retired')).toBe(true);
  });

  it('M8.c: name a successor for every retired and deprecated model, which exists and lives longer', () => {
    for (const { id, next, retires } of rows.filter(({ state }) => state === 'retired' || state === 'deprecated')) {
      const successor = rows.find((row) => row.id === next);
      expect(successor, `${id} → ${next ?? 'nothing'}`).toBeDefined();
      expect(successor?.state, id).not.toBe('retired');
      if (retires !== undefined && successor?.retires !== undefined) expect(successor.retires > retires, id).toBe(true);
    }
  });

  it('M8.a: have no id twice, whole prices, and ends that fit their state', () => {
    const ids = rows.flatMap(({ id, also = [] }) => [id, ...also]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, prices, state, retires, can } of rows) {
      expect(can, id).toMatch(/^[+?-]{4}$/);
      if (retires !== undefined) expect(Date.parse(retires) <= NOW ? 'retired' : 'deprecated', id).toBe(state);
      const rates = prices.flatMap((price) => [...price.rates, ...(price.long?.[1] ?? [])]).filter((rate) => rate !== null);
      for (const rate of rates) expect(Number.isInteger(rate * 1_000_000) || Math.abs(rate * 1e6 - Math.round(rate * 1e6)) < 1e-6, id).toBe(true);
      // Only an embedding may cost nothing for output.
      for (const {
        rates: [input, output],
      } of prices)
        expect(input > 0 && (output > 0 || id.includes('embedding')), id).toBe(true);
    }
  });

  it('M8.a: change a price on the day the vendor announced', () => {
    const priceOn = (day: string): number | undefined => createModelRegistry({ now: () => Date.parse(day) }).find('google', 'gemini-4-argon')?.price?.input;
    expect(priceOn('2026-11-30T23:59:59Z')).toBe(2_000_000);
    expect(priceOn('2026-12-01T00:00:00Z')).toBe(4_000_000);
  });
});

describe('finding a model', () => {
  it('M8.f: does not take one model for another whose name looks like it', () => {
    for (const name of [
      'claude-sonnet-5-6',
      'claude-sonnet-5-5-pro',
      'gpt-6',
      'gpt-4o-ultra',
      'claude-sonnet',
      'CLAUDE-SONNET-5-5',
      '',
      'constructor',
      '__proto__',
      'toString',
    ])
      expect(registry.find('any', name), name).toBeUndefined();
    // The price data itself would answer with Sonnet 5 here.
    expect(registry.find('any', 'claude-sonnet-5-5')?.price).toMatchObject({ cacheRead: 100_000, isEstimated: false });
  });

  it('M8.e: prices a snapshot that is not listed as its model does, and says that this is an estimate', () => {
    expect(registry.find('any', 'claude-opus-5-5-20260922')).toMatchObject({ id: 'claude-opus-5-5-20260922', price: { input: 4_000_000, isEstimated: true } });
    expect(registry.find('vertex', 'claude-opus-5-5@20260922')?.price?.isEstimated).toBe(true);
    expect(registry.find('bedrock', 'eu.anthropic.claude-opus-5-5-v1:0')?.price).toMatchObject({ input: 4_000_000, isEstimated: true });
    // A listed snapshot has its own price, not that of its model.
    expect(registry.find('any', 'gpt-4o-2024-05-13')?.price).toMatchObject({ input: 5_000_000, isEstimated: false });
  });

  it('M8.e: takes what the tables do not have from the fallback, marked as estimated', () => {
    expect(registry.find('any', 'deepseek-chat-20990101')?.price?.isEstimated).toBe(true);
    expect(registry.find('any', 'deepseek-chat')).toMatchObject({ vendor: 'deepseek', contextTokens: null, price: { isEstimated: true } });
  });

  it('M8.e: counts the price of a company that serves the models of others for a provider of its name alone', () => {
    expect(registry.find('groq', 'llama-3.3-70b-versatile')?.price?.isEstimated).toBe(true);
    expect(registry.find('my-own-machine', 'llama-3.3-70b-versatile')).toBeUndefined();
  });

  it('M8.g: says null for what is not known, never 0', () => {
    expect(registry.find('anthropic', 'claude-mythos-5-2')).toMatchObject({ price: null });
    expect(registry.find('ollama', 'my-finetune')).toBeUndefined();
    expect(costOf(null, { inputTokens: 1, outputTokens: 1, cacheReadTokens: null, cacheWriteTokens: null })).toBeNull();
  });

  it('lists each model once, under its own id', () => {
    expect(registry.list().map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  });

  it('ships the fallback as the installed price data says', () => {
    expect(readFileSync(fallbackPricesFile, 'utf8')).toBe(renderFallbackPrices());
  });
});

describe("the operator's prices", () => {
  it('M8.d: win over the tables, for one provider or for all, and are no estimate', () => {
    const own = createModelRegistry({ overrides: { 'azure/gpt-4o': { ...OVERRIDE, input: 3.21 }, 'gpt-4o': { ...OVERRIDE, input: 9 } }, now: () => NOW });
    expect(own.find('azure', 'gpt-4o')?.price).toEqual({ input: 3_210_000, output: 2_000_000, cacheRead: null, cacheWrite: null, isEstimated: false });
    expect(own.find('openai', 'gpt-4o')?.price?.input).toBe(9_000_000);
    expect(own.find('openai', 'gpt-4o')?.contextTokens).toBe(128_000);
  });

  it('M8.d: make a model known that nobody else knows', () => {
    const own = createModelRegistry({ overrides: { 'local/embed': { ...OVERRIDE, contextTokens: 512, kind: 'embedding' } }, now: () => NOW });
    expect(own.find('local', 'embed')).toMatchObject({ vendor: 'local', kind: 'embedding', contextTokens: 512, price: { input: 1_000_000 } });
    expect(own.find('other', 'embed')).toBeUndefined();
  });

  it('M8.d: become whole micro-USD exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 999_999 }), (whole, fraction) => {
        expect(toMicroUsd(Number(`${whole}.${String(fraction).padStart(6, '0')}`))).toBe(whole * 1_000_000 + fraction);
      }),
    );
  });
});

const rates = fc.record({
  input: fc.integer({ min: 0, max: 200_000_000 }),
  output: fc.integer({ min: 0, max: 700_000_000 }),
  cacheRead: fc.option(fc.integer({ min: 0, max: 200_000_000 })),
  cacheWrite: fc.option(fc.integer({ min: 0, max: 200_000_000 })),
});
const count = fc.integer({ min: 0, max: 2_000_000_000 });

/** The same sum in integers of any size. */
function exactCost(price: TokenRates, fresh: number, read: number, written: number, output: number): number {
  const sum =
    BigInt(fresh) * BigInt(price.input) +
    BigInt(read) * BigInt(price.cacheRead ?? price.input) +
    BigInt(written) * BigInt(price.cacheWrite ?? price.input) +
    BigInt(output) * BigInt(price.output);
  return Number((sum + 999_999n) / 1_000_000n);
}

describe('the cost of a usage', () => {
  it('M8.h: is exact, rounded up to a whole micro-USD, whatever the size', () => {
    fc.assert(
      fc.property(rates, count, count, count, count, (price, fresh, read, written, output) => {
        const usage: ModelUsage = { inputTokens: fresh + read + written, outputTokens: output, cacheReadTokens: read, cacheWriteTokens: written };
        expect(costOf({ ...price, isEstimated: false }, usage)).toBe(exactCost(price, fresh, read, written, output));
      }),
      { numRuns: 1000 },
    );
  });

  it('M8.h: takes the other rates for the whole of a long prompt, and is unknown where they are', () => {
    const long: TokenRates = { input: 2_000_000, output: 3_000_000, cacheRead: null, cacheWrite: null };
    const price: ModelPrice = {
      input: 1_000_000,
      output: 1_000_000,
      cacheRead: null,
      cacheWrite: null,
      isEstimated: false,
      longPrompt: { aboveTokens: 100, rates: long },
    };
    const usage = (inputTokens: number): ModelUsage => ({ inputTokens, outputTokens: 10, cacheReadTokens: null, cacheWriteTokens: null });
    expect([100, 101].map((tokens) => costOf(price, usage(tokens)))).toEqual([110, 232]);
    expect(costOf({ ...price, longPrompt: { aboveTokens: 100, rates: null } }, usage(101))).toBeNull();
  });

  it('M8.g: is null where a count is missing that it needs, and needs none for what costs nothing', () => {
    const usage: ModelUsage = { inputTokens: 10, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null };
    const price: ModelPrice = { input: 1_000_000, output: 1, cacheRead: null, cacheWrite: null, isEstimated: false };
    expect(costOf(price, usage)).toBeNull();
    expect(costOf({ ...price, output: 0 }, usage)).toBe(10);
    expect(costOf(price, { ...usage, inputTokens: null, outputTokens: 1 })).toBeNull();
  });
});
