/** @module contracts/model-registry: what is known of models: prices, windows, abilities, ends. */
import type { ModelUsage } from './model.ts';

/** Micro-USD per million tokens, so whole micro-USD come of whole tokens. 1 USD per million = 1_000_000. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Null = as input. */
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
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
  readonly abilities: { readonly tools: boolean | null; readonly images: boolean | null; readonly thinking: boolean | null; readonly jsonSchema: boolean | null };
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
 * Whole micro-USD of a usage, rounded up; null when the price or a count it needs is not known.
 * Cached tokens are priced as such and taken out of the input.
 */
export function costOf(price: ModelPrice | null, { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: ModelUsage): number | null {
  if (!price || inputTokens === null || outputTokens === null) return null;
  const read = cacheReadTokens ?? 0;
  const written = cacheWriteTokens ?? 0;
  const fresh = Math.max(0, inputTokens - read - written);
  const micro = fresh * price.input + read * (price.cacheRead ?? price.input) + written * (price.cacheWrite ?? price.input) + outputTokens * price.output;
  return Math.ceil(micro / 1_000_000);
}
