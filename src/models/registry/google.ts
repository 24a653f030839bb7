/**
 * @module models/registry/google: what Google publishes of its models for the Gemini API.
 *
 * Prices: ai.google.dev/gemini-api/docs/pricing by @pydantic/genai-prices 0.1.8 (2026-09-23) and, for
 * Gemini 4, reports of that page of October and November 2026. Ends: "Gemini deprecations" and the
 * release notes there. Prices of text, images and video; audio input costs more with some of them.
 */
import { tiered, usd, type PriceRow, type VendorTable } from './row.ts';

const WINDOW = 1_048_576;
const OUTPUT = 65_536;

/** The launch price and the one after it, as announced. */
function until(date: string, before: PriceRow['rates'], after: PriceRow['rates']): readonly PriceRow[] {
  return [{ rates: before }, { from: date, rates: after }];
}

const GEMINI_4 = until('2026-12-01', [2, 10, 0.1, null], [4, 20, 0.2, null]);
const FLASH_3 = until('2027-01-01', [0.75, 3.75, 0.075, null], [1.5, 7.5, 0.15, null]);

/** Exact ids, the current ones first. */
export const GOOGLE: VendorTable = {
  vendor: 'google',
  source: 'ai.google.dev/gemini-api/docs (pricing, deprecations, changelog), @pydantic/genai-prices 0.1.8; read 2026-11-21',
  models: [
    { id: 'gemini-4-argon', context: WINDOW, output: OUTPUT, prices: GEMINI_4, can: '++++', state: 'current' },
    { id: 'gemini-4-carbon', context: WINDOW, output: null, prices: GEMINI_4, can: '++++', state: 'current' },
    { id: 'gemini-4-hydrogen', context: WINDOW, output: null, prices: usd(1.5, 7.5), can: '++++', state: 'current' },
    { id: 'gemini-3.8-flash', context: WINDOW, output: OUTPUT, prices: FLASH_3, can: '++++', state: 'current' },
    { id: 'gemini-3.5-flash-lite', context: WINDOW, output: OUTPUT, prices: usd(0.3, 2.5, 0.03), can: '++++', state: 'current' },

    { id: 'gemini-3.6-flash', context: WINDOW, output: OUTPUT, prices: FLASH_3, can: '++++', state: 'older', next: 'gemini-3.8-flash' },
    { id: 'gemini-3.1-flash-lite', context: WINDOW, output: OUTPUT, prices: usd(0.25, 1.5, 0.025), can: '++++', state: 'older', next: 'gemini-3.5-flash-lite' },
    { id: 'gemini-3.1-pro-preview', context: WINDOW, output: OUTPUT, prices: tiered([2, 12, 0.2, null], 200_000, [4, 18, 0.4, null]), can: '++++', state: 'older', next: 'gemini-4-argon' },
    { id: 'gemini-3-flash-preview', context: WINDOW, output: OUTPUT, prices: usd(0.5, 3, 0.05), can: '++++', state: 'older', next: 'gemini-3.8-flash' },
    { id: 'gemini-2.5-flash-lite', context: WINDOW, output: OUTPUT, prices: usd(0.1, 0.4, 0.01), can: '++++', state: 'older', next: 'gemini-3.5-flash-lite' },
    // What these two mean moves, so their price is that of no model.
    { id: 'gemini-flash-latest', context: null, output: null, prices: [], can: '++++', state: 'current' },
    { id: 'gemini-pro-latest', context: null, output: null, prices: [], can: '++++', state: 'current' },

    { id: 'gemini-3.7-flash', context: WINDOW, output: OUTPUT, prices: FLASH_3, can: '++++', state: 'deprecated', next: 'gemini-3.8-flash' },
    { id: 'gemini-3.5-flash', context: WINDOW, output: OUTPUT, prices: usd(1.5, 9, 0.15), can: '++++', state: 'deprecated', next: 'gemini-3.6-flash' },
    { id: 'gemini-2.5-pro', context: WINDOW, output: OUTPUT, prices: tiered([1.25, 10, 0.125, null], 200_000, [2.5, 15, 0.25, null]), can: '++++', state: 'deprecated', retires: '2026-12-01', next: 'gemini-3.8-flash' },
    { id: 'gemini-2.5-flash', context: WINDOW, output: OUTPUT, prices: usd(0.3, 2.5, 0.03), can: '++++', state: 'deprecated', retires: '2026-12-01', next: 'gemini-3.5-flash-lite' },

    { id: 'gemini-3-pro-preview', context: WINDOW, output: OUTPUT, prices: tiered([2, 12, 0.2, null], 200_000, [4, 18, 0.4, null]), can: '++++', state: 'retired', retires: '2026-03-09', next: 'gemini-3.1-pro-preview' },
    { id: 'gemini-2.0-flash', also: ['gemini-2.0-flash-001'], context: WINDOW, output: 8192, prices: usd(0.1, 0.4, 0.025), can: '++-+', state: 'retired', retires: '2026-06-01', next: 'gemini-2.5-flash-lite' },
    { id: 'gemini-1.5-pro', context: 2_097_152, output: 8192, prices: tiered([1.25, 5, null, null], 128_000, [2.5, 10, null, null]), can: '++-+', state: 'retired', next: 'gemini-3.8-flash' },
    { id: 'gemini-1.5-flash', context: WINDOW, output: 8192, prices: tiered([0.075, 0.3, 0.01875, null], 128_000, [0.15, 0.6, 0.0375, null]), can: '++-+', state: 'retired', next: 'gemini-3.5-flash-lite' },

    { id: 'gemini-embedding-2', isEmbedding: true, context: 8192, output: null, prices: usd(0.2, 0), can: '----', state: 'current' },
    { id: 'gemini-embedding-001', isEmbedding: true, context: 2048, output: null, prices: usd(0.15, 0), can: '----', state: 'older', next: 'gemini-embedding-2' },
  ],
};
