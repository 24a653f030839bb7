/** @module models/registry/row: how the tables of models are written down, and what they mean. */
import type { ModelFacts, ModelPrice, TokenRates } from '../../contracts/model-registry.ts';

/** USD per million tokens: input, output, cache read, cache write (five minutes or the shortest there is). Null = not published, priced as input. */
export type Rates = readonly [input: number, output: number, cacheRead: number | null, cacheWrite: number | null];

/** A price and since when it holds. */
export interface PriceRow {
  /** ISO date, UTC; absent = always. */
  readonly from?: string;
  readonly rates: Rates;
  /** For the whole of a request with more input than this; rates null = they exist and are not known. */
  readonly long?: readonly [aboveTokens: number, rates: Rates | null];
}

/** One model of a vendor. */
export interface ModelRow {
  readonly id: string;
  /** Other exact ids of the same model: snapshots, and names the vendor keeps for one. */
  readonly also?: readonly string[];
  readonly isEmbedding?: true;
  /** Tokens; null = not known. */
  readonly context: number | null;
  readonly output: number | null;
  /** In the order of their dates; empty = not known. */
  readonly prices: readonly PriceRow[];
  /** Tools, images, thinking, JSON Schema: `+` can, `-` cannot, `?` not known. */
  readonly can: string;
  readonly state: ModelFacts['lifecycle']['state'];
  /** ISO date. */
  readonly retires?: string;
  readonly next?: string;
}

/** All models of a vendor, with where the facts were read. */
export interface VendorTable {
  readonly vendor: string;
  /** Pages, and when they were read. */
  readonly source: string;
  readonly models: readonly ModelRow[];
}

/** One price that has always held. */
export function usd(input: number, output: number, cacheRead: number | null = null, cacheWrite: number | null = null): readonly PriceRow[] {
  return [{ rates: [input, output, cacheRead, cacheWrite] }];
}

/** A price with other rates for long prompts. */
export function tiered(rates: Rates, aboveTokens: number, long: Rates | null): readonly PriceRow[] {
  return [{ rates, long: [aboveTokens, long] }];
}

/** Whole micro-USD of a decimal amount of USD with at most six decimals. */
export function toMicroUsd(amountUsd: number): number {
  return Math.round(amountUsd * 1_000_000);
}

/** The price that holds at a time; null = none is known. */
export function priceAt(prices: readonly PriceRow[], now: number, isEstimated: boolean): ModelPrice | null {
  const row = prices.findLast(({ from }) => from === undefined || Date.parse(from) <= now);
  if (!row) return null;
  const [aboveTokens, rates] = row.long ?? [];
  const long = aboveTokens === undefined ? {} : { longPrompt: { aboveTokens, rates: rates ? toTokenRates(rates) : null } };
  return { ...toTokenRates(row.rates), isEstimated, ...long };
}

/** The facts of a row under one of its ids. */
export function toFacts(vendor: string, row: ModelRow, id: string, now: number): ModelFacts {
  const [tools = '?', images = '?', thinking = '?', jsonSchema = '?'] = row.can;
  return {
    id,
    vendor,
    kind: row.isEmbedding ? 'embedding' : 'chat',
    contextTokens: row.context,
    maxOutputTokens: row.output,
    price: priceAt(row.prices, now, false),
    abilities: { tools: toAnswer(tools), images: toAnswer(images), thinking: toAnswer(thinking), jsonSchema: toAnswer(jsonSchema) },
    lifecycle: { state: row.state, retiresOn: row.retires ?? null, successor: row.next ?? null },
  };
}

function toTokenRates([input, output, cacheRead, cacheWrite]: Rates): TokenRates {
  return {
    input: toMicroUsd(input),
    output: toMicroUsd(output),
    cacheRead: cacheRead === null ? null : toMicroUsd(cacheRead),
    cacheWrite: cacheWrite === null ? null : toMicroUsd(cacheWrite),
  };
}

function toAnswer(flag: string): boolean | null {
  return flag === '?' ? null : flag === '+';
}
