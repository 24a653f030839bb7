/**
 * @module models/registry/openai: what OpenAI publishes of its models.
 *
 * Prices, windows: developers.openai.com/api/docs/pricing and the pages of the models, by
 * @pydantic/genai-prices 0.1.8 (2026-09-23) and, for GPT-6.1 and 6.2, reports of these pages of
 * October and November 2026. Ends and successors: developers.openai.com/api/docs/deprecations in
 * copies of October 2026. GPT-5.4 and later bill a request of more than 272 000 input tokens as a
 * whole at other rates.
 */
import { tiered, usd, type PriceRow, type Rates, type VendorTable } from './row.ts';

const LONG_PROMPT = 272_000;
const WINDOW = 1_050_000;

/** Twice the rates of input and cache, one and a half of output, as published for these models. */
function doubled([input, output, cacheRead, cacheWrite]: Rates): readonly PriceRow[] {
  const twice = (rate: number | null): number | null => (rate === null ? null : rate * 2);
  return tiered([input, output, cacheRead, cacheWrite], LONG_PROMPT, [input * 2, output * 1.5, twice(cacheRead), twice(cacheWrite)]);
}

/** Exact ids, the current ones first. */
export const OPENAI: VendorTable = {
  vendor: 'openai',
  source: 'developers.openai.com/api/docs (pricing, models, deprecations), @pydantic/genai-prices 0.1.8; read 2026-11-21',
  models: [
    // The rates of their long prompts were not found.
    { id: 'gpt-6.2-astra', context: WINDOW, output: 128_000, prices: tiered([8, 40, 0.4, null], LONG_PROMPT, null), can: '++++', state: 'current' },
    { id: 'gpt-6.2-sol', context: WINDOW, output: 128_000, prices: tiered([2, 10, null, null], LONG_PROMPT, null), can: '++++', state: 'current' },
    { id: 'gpt-6.1-terra', context: WINDOW, output: 128_000, prices: doubled([1, 5, 0.05, 1.25]), can: '++++', state: 'current' },
    { id: 'gpt-6-luna', context: WINDOW, output: 128_000, prices: doubled([0.1, 0.5, 0.01, 0.125]), can: '++++', state: 'current' },

    { id: 'gpt-6.1-sol', context: WINDOW, output: 128_000, prices: doubled([2, 10, 0.1, 2.5]), can: '++++', state: 'older', next: 'gpt-6.2-sol' },
    { id: 'gpt-6-astra', context: WINDOW, output: 128_000, prices: doubled([10, 50, 1, 12.5]), can: '++++', state: 'older', next: 'gpt-6.2-astra' },
    { id: 'gpt-6-sol', context: WINDOW, output: 128_000, prices: doubled([2, 10, 0.2, 2.5]), can: '++++', state: 'older', next: 'gpt-6.2-sol' },
    { id: 'gpt-5.6-sol', also: ['gpt-5.6'], context: WINDOW, output: 128_000, prices: doubled([4, 20, 0.4, 5]), can: '++++', state: 'older', next: 'gpt-6.2-sol' },
    { id: 'gpt-5.6-terra', context: WINDOW, output: 128_000, prices: doubled([2, 12, 0.2, 2.5]), can: '++++', state: 'older', next: 'gpt-6.1-terra' },
    { id: 'gpt-5.6-luna', context: WINDOW, output: 128_000, prices: doubled([0.2, 1.2, 0.02, 0.25]), can: '++++', state: 'older', next: 'gpt-6-luna' },
    { id: 'gpt-5.5', context: 1_000_000, output: 128_000, prices: doubled([5, 30, 0.5, null]), can: '++++', state: 'older', next: 'gpt-6.2-sol' },
    { id: 'gpt-5.5-pro', context: 1_000_000, output: 128_000, prices: doubled([30, 180, null, null]), can: '+++?', state: 'older', next: 'gpt-6.2-astra' },
    { id: 'gpt-5.4', also: ['gpt-5.4-2026-03-05'], context: WINDOW, output: 128_000, prices: doubled([2.5, 15, 0.25, null]), can: '++++', state: 'older', next: 'gpt-6.2-sol' },
    { id: 'gpt-5.4-pro', also: ['gpt-5.4-pro-2026-03-05'], context: WINDOW, output: 128_000, prices: doubled([30, 180, null, null]), can: '+++?', state: 'older', next: 'gpt-6.2-astra' },
    { id: 'gpt-5.4-mini', also: ['gpt-5.4-mini-2026-03-17'], context: 400_000, output: 128_000, prices: usd(0.75, 4.5, 0.075), can: '++++', state: 'older', next: 'gpt-6.1-terra' },
    { id: 'gpt-5.2', also: ['gpt-5.2-2025-12-11'], context: 400_000, output: 128_000, prices: usd(1.75, 14, 0.175), can: '++++', state: 'older', next: 'gpt-6.2-sol' },
    { id: 'gpt-5.3-chat-latest', context: 128_000, output: 16_384, prices: usd(1.75, 14, 0.175), can: '++?+', state: 'older', next: 'gpt-6.2-sol' },

    { id: 'gpt-5.4-nano', also: ['gpt-5.4-nano-2026-03-17'], context: 400_000, output: 128_000, prices: usd(0.2, 1.25, 0.02), can: '++++', state: 'deprecated', retires: '2027-04-01', next: 'gpt-6-luna' },
    { id: 'gpt-5.3-codex', context: 400_000, output: 128_000, prices: usd(1.75, 14, 0.175), can: '++++', state: 'deprecated', retires: '2027-04-01', next: 'gpt-6.2-sol' },
    { id: 'gpt-5.1', also: ['gpt-5.1-2025-11-13'], context: 400_000, output: 128_000, prices: usd(1.25, 10, 0.125), can: '++++', state: 'deprecated', retires: '2027-04-01', next: 'gpt-6.2-sol' },
    { id: 'gpt-4o', also: ['gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'], context: 128_000, output: 16_384, prices: usd(2.5, 10, 1.25), can: '++-+', state: 'deprecated', retires: '2027-01-14', next: 'gpt-6-luna' },
    { id: 'gpt-4o-mini', also: ['gpt-4o-mini-2024-07-18'], context: 128_000, output: 16_384, prices: usd(0.15, 0.6, 0.075), can: '++-+', state: 'deprecated', retires: '2027-01-14', next: 'gpt-6-luna' },
    { id: 'gpt-4.1', also: ['gpt-4.1-2025-04-14'], context: 1_047_576, output: 32_768, prices: usd(2, 8, 0.5), can: '++-+', state: 'deprecated', retires: '2027-01-14', next: 'gpt-6-luna' },
    { id: 'gpt-4.1-mini', also: ['gpt-4.1-mini-2025-04-14'], context: 1_047_576, output: 32_768, prices: usd(0.4, 1.6, 0.1), can: '++-+', state: 'deprecated', retires: '2027-01-14', next: 'gpt-6-luna' },
    { id: 'gpt-5', also: ['gpt-5-2025-08-07'], context: 400_000, output: 128_000, prices: usd(1.25, 10, 0.125), can: '++++', state: 'deprecated', retires: '2026-12-11', next: 'gpt-5.6-sol' },
    { id: 'gpt-5-mini', also: ['gpt-5-mini-2025-08-07'], context: 400_000, output: 128_000, prices: usd(0.25, 2, 0.025), can: '++++', state: 'deprecated', retires: '2026-12-11', next: 'gpt-5.6-terra' },
    { id: 'gpt-5-nano', also: ['gpt-5-nano-2025-08-07'], context: 400_000, output: 128_000, prices: usd(0.05, 0.4, 0.005), can: '++++', state: 'deprecated', retires: '2026-12-11', next: 'gpt-5.6-luna' },
    { id: 'gpt-5-pro', also: ['gpt-5-pro-2025-10-06'], context: 400_000, output: 272_000, prices: usd(15, 120), can: '++++', state: 'deprecated', retires: '2026-12-11', next: 'gpt-5.6-sol' },
    { id: 'o3', also: ['o3-2025-04-16'], context: 200_000, output: 100_000, prices: usd(2, 8, 0.5), can: '++++', state: 'deprecated', retires: '2026-12-11', next: 'gpt-5.6-sol' },
    { id: 'o3-pro', also: ['o3-pro-2025-06-10'], context: 200_000, output: 100_000, prices: usd(20, 80), can: '++++', state: 'deprecated', retires: '2026-12-11', next: 'gpt-5.6-sol' },

    { id: 'o4-mini', also: ['o4-mini-2025-04-16'], context: 200_000, output: 100_000, prices: usd(1.1, 4.4, 0.275), can: '++++', state: 'retired', retires: '2026-10-23', next: 'gpt-5.6-terra' },
    { id: 'o3-mini', also: ['o3-mini-2025-01-31'], context: 200_000, output: 100_000, prices: usd(1.1, 4.4, 0.55), can: '+-++', state: 'retired', retires: '2026-10-23', next: 'gpt-5.6-sol' },
    { id: 'o1', also: ['o1-2024-12-17'], context: 200_000, output: 100_000, prices: usd(15, 60, 7.5), can: '++++', state: 'retired', retires: '2026-10-23', next: 'gpt-5.6-sol' },
    { id: 'o1-pro', also: ['o1-pro-2025-03-19'], context: 200_000, output: 100_000, prices: usd(150, 600), can: '++++', state: 'retired', retires: '2026-10-23', next: 'gpt-5.6-sol' },
    // When it ended was not found; it is no longer among the names of the vendor's client.
    { id: 'o1-mini', also: ['o1-mini-2024-09-12'], context: 128_000, output: 65_536, prices: usd(1.1, 4.4, 0.55), can: '--+-', state: 'retired', next: 'gpt-5.6-terra' },
    { id: 'gpt-4.1-nano', also: ['gpt-4.1-nano-2025-04-14'], context: 1_047_576, output: 32_768, prices: usd(0.1, 0.4, 0.025), can: '++-+', state: 'retired', retires: '2026-10-23', next: 'gpt-6-luna' },
    { id: 'gpt-4o-2024-05-13', context: 128_000, output: 4096, prices: usd(5, 15), can: '++--', state: 'retired', retires: '2026-10-23', next: 'gpt-5.6-sol' },
    { id: 'gpt-4-turbo', also: ['gpt-4-turbo-2024-04-09'], context: 128_000, output: 4096, prices: usd(10, 30), can: '++--', state: 'retired', retires: '2026-10-23', next: 'gpt-5.6-sol' },
    { id: 'gpt-4', also: ['gpt-4-0613'], context: 8192, output: 8192, prices: usd(30, 60), can: '+---', state: 'retired', retires: '2026-10-23', next: 'gpt-5.6-sol' },
    { id: 'gpt-3.5-turbo', also: ['gpt-3.5-turbo-0125'], context: 16_385, output: 4096, prices: usd(0.5, 1.5), can: '+---', state: 'retired', retires: '2026-10-23', next: 'gpt-5.6-terra' },

    // An embedding has no output tokens.
    { id: 'text-embedding-3-small', isEmbedding: true, context: 8192, output: null, prices: usd(0.02, 0), can: '----', state: 'current' },
    { id: 'text-embedding-3-large', isEmbedding: true, context: 8192, output: null, prices: usd(0.13, 0), can: '----', state: 'current' },
    { id: 'text-embedding-ada-002', isEmbedding: true, context: 8192, output: null, prices: usd(0.1, 0), can: '----', state: 'older', next: 'text-embedding-3-small' },
  ],
};
