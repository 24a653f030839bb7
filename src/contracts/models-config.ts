/** @module contracts/models-config: providers, names and times of models, as an operator writes them. */

/** Kinds of providers. */
export type ProviderKind =
  | 'openai'
  | 'anthropic'
  | 'azure'
  | 'gemini'
  | 'ollama'
  | 'openai-compatible'
  | 'bedrock'
  | 'vertex'
  | 'gemini-cli';

/** One provider. Keys that its kind does not know are refused. */
export interface ProviderConfig {
  readonly kind: ProviderKind;
  /** Base of its API; null = the vendor's own. Required for `openai-compatible` and `azure`. */
  readonly baseUrl: string | null;
  /** Null = not configured, except for `openai-compatible` and `ollama`, which may need none. */
  readonly apiKey: string | null;
  /** Models that clients may name without the provider in front. */
  readonly models: readonly string[];
  /** azure: version of the API. */
  readonly apiVersion: string | null;
  /** bedrock, vertex: where it runs, such as `eu-central-1`. */
  readonly region: string | null;
  /** bedrock: the pair that signs requests; with `sessionToken` for temporary ones. */
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
  readonly sessionToken: string | null;
  /** vertex: project, and a file with its credentials (absolute). */
  readonly project: string | null;
  readonly credentialsFile: string | null;
  /** gemini-cli: absolute path or name of the program; null = `gemini`. */
  readonly command: string | null;
  /** Keys whose values come from variables that are not set. Not written in a file. */
  readonly missingVariables?: readonly { readonly key: string; readonly variable: string }[] | undefined;
  /** True when it is there by default and nobody gave it anything: its silence is no fault. Not written in a file. */
  readonly isImplied?: boolean | undefined;
}

/** What an operator says of a model; wins over what the gateway knows. Amounts in USD per million tokens, at most six decimals. */
export interface ModelOverride {
  readonly input: number;
  readonly output: number;
  /** Null = as input. */
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  /** Null = what the gateway knows. */
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly kind: 'chat' | 'embedding' | null;
}

/** Models and the way to them. */
export interface ModelsConfig {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** Name → `provider/model`, tried in this order. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  /** `provider/model`, or a model of any provider → what it costs and can hold. */
  readonly prices: Readonly<Record<string, ModelOverride>>;
  /** When streams of OpenAI's chat are made to tell their usage: for callers whose use a budget counts, or always. */
  readonly streamUsage: 'budgeted' | 'always';
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
