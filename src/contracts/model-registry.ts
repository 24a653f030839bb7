/** @module contracts/model-registry: what is known of models: prices, windows, abilities, ends. */
import type { ModelUsage } from './model.ts';

const MILLION = 1_000_000;

/** Micro-USD per million tokens, whole. 1 USD per million = 1_000_000. */
export interface TokenRates {
  readonly input: number;
  readonly output: number;
  /** Null = as input. */
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
}

/** What a model costs. */
export interface ModelPrice extends TokenRates {
  /** Other rates for the whole of a request whose input has more than so many tokens; rates null = there are, but they are not known. */
  readonly longPrompt?: { readonly aboveTokens: number; readonly rates: TokenRates | null } | undefined;
  /** True when it comes from the fallback lookup instead of the registry or the operator. */
  readonly isEstimated: boolean;
}

/** One model. Unknown facts are null, never 0. */
export interface ModelFacts {
  /** As its vendor names it, exactly. */
  readonly id: string;
  /** Vendor, such as `anthropic`. */
  readonly vendor: string;
  readonly kind: 'chat' | 'embedding';
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly price: ModelPrice | null;
  readonly abilities: {
    readonly tools: boolean | null;
    readonly images: boolean | null;
    readonly thinking: boolean | null;
    readonly jsonSchema: boolean | null;
  };
  readonly lifecycle: {
    readonly state: 'current' | 'older' | 'deprecated' | 'retired';
    /** ISO date; null = not known. */
    readonly retiresOn: string | null;
    /** Id of the model to use instead. */
    readonly successor: string | null;
  };
}

/** Facts by exact name. */
export interface ModelRegistry {
  /**
   * The operator's override, else the registry, else the fallback lookup (its price is marked as estimated), else undefined.
   *
   * @param provider name of the configured provider, for overrides such as `azure/my-deployment`
   * @param model as the provider names it
   */
  find(provider: string, model: string): ModelFacts | undefined;
  /** Everything the registry itself knows. */
  list(): readonly ModelFacts[];
}

/**
 * Whole micro-USD of a usage, exact and rounded up; null when the price or a count it needs is not
 * known. Cached tokens are priced as such and taken out of the input. What costs nothing needs no count.
 */
export function costOf(price: ModelPrice | null, { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: ModelUsage): number | null {
  if (!price || inputTokens === null) return null;
  const isLong = price.longPrompt !== undefined && inputTokens > price.longPrompt.aboveTokens;
  const rates = isLong ? price.longPrompt.rates : price;
  if (!rates || (outputTokens === null && rates.output !== 0)) return null;
  const read = cacheReadTokens ?? 0;
  const written = cacheWriteTokens ?? 0;
  const fresh = Math.max(0, inputTokens - read - written);
  return sumUp([
    [fresh, rates.input],
    [read, rates.cacheRead ?? rates.input],
    [written, rates.cacheWrite ?? rates.input],
    [outputTokens ?? 0, rates.output],
  ]);
}

/** Tokens times micro-USD per million, in micro-USD. Numbers hold 2^53; what might be more is counted as bigint. */
function sumUp(products: readonly (readonly [tokens: number, rate: number])[]): number {
  const sum = products.reduce((total, [tokens, rate]) => total + tokens * rate, 0);
  if (sum < Number.MAX_SAFE_INTEGER) return Math.floor(sum / MILLION) + (sum % MILLION === 0 ? 0 : 1);
  const exact = products.reduce((total, [tokens, rate]) => total + BigInt(tokens) * BigInt(rate), 0n);
  return Number((exact + BigInt(MILLION - 1)) / BigInt(MILLION));
}
