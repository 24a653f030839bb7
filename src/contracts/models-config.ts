/** @module contracts/models-config: providers, names and times of models, as an operator writes them. */

/** Wire formats of providers. */
export type ProviderKind = 'openai' | 'anthropic' | 'openai-compatible';

/** One provider. */
export interface ProviderConfig {
  readonly kind: ProviderKind;
  /** Base of its API; null = the vendor's own. Required for `openai-compatible`. */
  readonly baseUrl: string | null;
  /** Null = not configured, except for `openai-compatible`, which may need none. */
  readonly apiKey: string | null;
  /** Models that clients may name without the provider in front. */
  readonly models: readonly string[];
}

/** Models and the way to them. Without providers there is no model API. */
export interface ModelsConfig {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** Name → `provider/model`, tried in this order. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  /** Further tries at the same target before the next one. */
  readonly retries: number;
  /** Milliseconds before the first retry; doubled for each further one. */
  readonly retryDelayMs: number;
  /** The longest Retry-After that is waited for; a longer one means the next target. */
  readonly maxRetryAfterMs: number;
  /** Milliseconds to the first content of a stream. */
  readonly firstTokenMs: number;
  /** Milliseconds between two pieces of an answer. */
  readonly idleMs: number;
  /** Milliseconds until a plain answer begins. */
  readonly answerMs: number;
  /** Milliseconds for a call with all its attempts. */
  readonly totalMs: number;
}
