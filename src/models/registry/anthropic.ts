/**
 * @module models/registry/anthropic: what Anthropic publishes of its models.
 *
 * Prices, windows: platform.claude.com/docs "Pricing", "Models overview" and the pages of the models,
 * in copies of September to November 2026, and @pydantic/genai-prices 0.1.8 (2026-09-23). Ends:
 * "Model deprecations" there. Rates of Haiku 5.5, Sonnet 5.5 (cache reads since 2026-10-07) and Fable
 * 5.2: reports of that page of October and November 2026. Successors of retired models are the
 * current ones of the same class. Cache writes are those of five minutes.
 */
import { tiered, usd, type VendorTable } from './row.ts';

const MILLION = 1_000_000;

/** Exact ids, the current ones first. */
export const ANTHROPIC: VendorTable = {
  vendor: 'anthropic',
  source: 'platform.claude.com/docs (pricing, models, deprecations), @pydantic/genai-prices 0.1.8; read 2026-11-21',
  models: [
    { id: 'claude-fable-5-2', context: MILLION, output: 128_000, prices: usd(8, 40, 0.2, 10), can: '++++', state: 'current' },
    // Its price was not found; access is by invitation.
    { id: 'claude-mythos-5-2', context: MILLION, output: 128_000, prices: [], can: '++++', state: 'current' },
    { id: 'claude-opus-5-5', context: MILLION, output: 128_000, prices: usd(4, 20, 0.2, 5), can: '++++', state: 'current' },
    { id: 'claude-sonnet-5-5', context: MILLION, output: 128_000, prices: [{ rates: [2, 10, 0.2, 2.5] }, { from: '2026-10-07', rates: [2, 10, 0.1, 2.5] }], can: '++++', state: 'current' },
    { id: 'claude-haiku-5-5', context: MILLION, output: 128_000, prices: tiered([0.1, 0.5, 0.01, 0.125], 100_000, [0.5, 2.5, 0.05, 0.625]), can: '++++', state: 'current' },

    { id: 'claude-fable-5-1', context: MILLION, output: 128_000, prices: usd(10, 50, 0.25, 12.5), can: '++++', state: 'older', next: 'claude-fable-5-2' },
    { id: 'claude-mythos-5-1', context: MILLION, output: 128_000, prices: usd(10, 50, 0.25, 12.5), can: '++++', state: 'older', next: 'claude-mythos-5-2' },
    { id: 'claude-fable-5', context: MILLION, output: 128_000, prices: usd(10, 50, 1, 12.5), can: '++++', state: 'older', next: 'claude-fable-5-2' },
    { id: 'claude-mythos-5', context: MILLION, output: 128_000, prices: usd(10, 50, 1, 12.5), can: '++++', state: 'older', next: 'claude-mythos-5-2' },
    { id: 'claude-opus-5', context: MILLION, output: 128_000, prices: usd(5, 25, 0.5, 6.25), can: '++++', state: 'older', next: 'claude-opus-5-5' },
    { id: 'claude-sonnet-5', context: MILLION, output: 128_000, prices: usd(2, 10, 0.2, 2.5), can: '++++', state: 'older', next: 'claude-sonnet-5-5' },
    { id: 'claude-opus-4-8', context: MILLION, output: 128_000, prices: usd(5, 25, 0.5, 6.25), can: '++++', state: 'older', next: 'claude-opus-5-5' },
    { id: 'claude-opus-4-7', context: MILLION, output: null, prices: usd(5, 25, 0.5, 6.25), can: '++++', state: 'older', next: 'claude-opus-5-5' },
    { id: 'claude-opus-4-6', context: MILLION, output: null, prices: usd(5, 25, 0.5, 6.25), can: '++++', state: 'older', next: 'claude-opus-5-5' },
    { id: 'claude-mythos-preview', context: null, output: null, prices: [], can: '++??', state: 'older', next: 'claude-mythos-5-2' },
    { id: 'claude-sonnet-4-6', context: MILLION, output: null, prices: usd(3, 15, 0.3, 3.75), can: '++++', state: 'older', next: 'claude-sonnet-5-5' },
    { id: 'claude-haiku-4-5', also: ['claude-haiku-4-5-20251001'], context: 200_000, output: 64_000, prices: usd(1, 5, 0.1, 1.25), can: '++++', state: 'older', next: 'claude-haiku-5-5' },
    { id: 'claude-opus-4-5', also: ['claude-opus-4-5-20251101'], context: 200_000, output: 64_000, prices: usd(5, 25, 0.5, 6.25), can: '++++', state: 'older', next: 'claude-opus-5-5' },
    {
      id: 'claude-sonnet-4-5',
      also: ['claude-sonnet-4-5-20250929'],
      context: 200_000,
      output: 64_000,
      prices: tiered([3, 15, 0.3, 3.75], 200_000, [6, 22.5, 0.6, 7.5]),
      can: '++++',
      state: 'deprecated',
      retires: '2026-11-30',
      next: 'claude-sonnet-5-5',
    },

    { id: 'claude-opus-4-1', also: ['claude-opus-4-1-20250805'], context: 200_000, output: 32_000, prices: usd(15, 75, 1.5, 18.75), can: '++++', state: 'retired', retires: '2026-08-05', next: 'claude-opus-5-5' },
    { id: 'claude-opus-4-0', also: ['claude-opus-4-20250514'], context: 200_000, output: 32_000, prices: usd(15, 75, 1.5, 18.75), can: '+++-', state: 'retired', retires: '2026-06-15', next: 'claude-opus-5-5' },
    { id: 'claude-sonnet-4-0', also: ['claude-sonnet-4-20250514'], context: 200_000, output: 64_000, prices: usd(3, 15, 0.3, 3.75), can: '+++-', state: 'retired', retires: '2026-06-15', next: 'claude-sonnet-5-5' },
    { id: 'claude-3-7-sonnet-20250219', also: ['claude-3-7-sonnet-latest'], context: 200_000, output: 64_000, prices: usd(3, 15, 0.3, 3.75), can: '+++-', state: 'retired', retires: '2026-02-19', next: 'claude-sonnet-5-5' },
    { id: 'claude-3-5-haiku-20241022', also: ['claude-3-5-haiku-latest'], context: 200_000, output: 8192, prices: usd(0.8, 4, 0.08, 1), can: '+?--', state: 'retired', retires: '2026-02-19', next: 'claude-haiku-5-5' },
    {
      id: 'claude-3-5-sonnet-20241022',
      also: ['claude-3-5-sonnet-latest', 'claude-3-5-sonnet-20240620'],
      context: 200_000,
      output: 8192,
      prices: usd(3, 15, 0.3, 3.75),
      can: '++--',
      state: 'retired',
      retires: '2025-10-28',
      next: 'claude-sonnet-5-5',
    },
    { id: 'claude-3-opus-20240229', also: ['claude-3-opus-latest'], context: 200_000, output: 4096, prices: usd(15, 75, 1.5, 18.75), can: '++--', state: 'retired', retires: '2026-01-05', next: 'claude-opus-5-5' },
    { id: 'claude-3-sonnet-20240229', context: 200_000, output: 4096, prices: usd(3, 15, 0.3, 3.75), can: '++--', state: 'retired', retires: '2025-07-21', next: 'claude-sonnet-5-5' },
    { id: 'claude-3-haiku-20240307', context: 200_000, output: 4096, prices: usd(0.25, 1.25, 0.03, 0.3), can: '++--', state: 'retired', next: 'claude-haiku-5-5' },
  ],
};
