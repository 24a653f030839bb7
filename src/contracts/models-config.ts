/** @module contracts/models-config: providers, names and times of models, as an operator writes them. */
import type { CacheConfig } from './model-cache.ts';
import type { GuardrailsConfig } from './guardrails-config.ts';

/** Kinds of providers. */
export type ProviderKind = 'openai' | 'anthropic' | 'azure' | 'gemini' | 'ollama' | 'openai-compatible' | 'bedrock' | 'vertex' | 'gemini-cli';

/** One provider. Keys that its kind does not know are refused. */
export interface ProviderConfig {
  readonly kind: ProviderKind;
  /** Base of its API; null = the vendor's own. Required for `openai-compatible` and `azure`. */
  readonly baseUrl: string | null;
  /** Null = not configured, except for `openai-compatible` and `ollama`, which may need none, and `bedrock` with a key pair. */
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
  /** gemini-cli: absolute path, or a name looked up in PATH; null = `gemini`. */
  readonly command: string | null;
  /** Keys whose values come from variables that are not set. Not written in a file. */
  readonly missingVariables?: readonly { readonly field: string; readonly variable: string }[] | undefined;
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

/** A target of a chain with its share of the calls. */
export interface WeightedTarget {
  /** `provider/model`. */
  readonly target: string;
  /** Whole, from 1: 3 is asked first three times as often as 1. */
  readonly weight: number;
}

/** One place in a chain. Weighted ones that follow each other are one group, whose order is drawn by weight for each call. */
export type ChainEntry = string | WeightedTarget;

/** When a deployment (`provider/model`) is passed over, and for how long. */
export interface BreakerConfig {
  /** Failures within the window, less the successes among them, that open it; 0 = failures never open it. */
  readonly failures: number;
  readonly windowMs: number;
  /** Milliseconds until one call may try it again. */
  readonly openMs: number;
  /** The longest that a Retry-After keeps it closed to calls. */
  readonly maxCooldownMs: number;
}

/** Open = passed over; half-open = one call at a time may try it. */
export type DeploymentState = 'closed' | 'open' | 'half-open';

/** How a deployment is, as its own calls showed it. */
export interface DeploymentStatus {
  /** `provider/model`. */
  readonly target: string;
  readonly state: DeploymentState;
  /** Epoch milliseconds; null unless open. */
  readonly openUntil: number | null;
  /** Why it is not closed: its failures, or its provider's Retry-After. */
  readonly reason: 'failures' | 'retry-after' | null;
  /** `ok`, or the code of its last failure; null = no answer yet. */
  readonly lastOutcome: string | null;
  /** Epoch milliseconds. */
  readonly lastAt: number | null;
}

/** `provider/model` of each place, in the order written. */
export function targetsIn(chain: readonly ChainEntry[]): readonly string[] {
  return chain.map((entry) => (typeof entry === 'string' ? entry : entry.target));
}

/** Models and the way to them. */
export interface ModelsConfig {
  /** Whether anthropic, openai, gemini and ollama, and names for their models, are there without being configured. */
  readonly wellKnownProviders: boolean;
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** Name → its chain, tried in this order. */
  readonly aliases: Readonly<Record<string, readonly ChainEntry[]>>;
  /** `provider/model`, or a model of any provider → what it costs and can hold. */
  readonly prices: Readonly<Record<string, ModelOverride>>;
  /** What is done about the text of calls. */
  readonly guardrails: GuardrailsConfig;
  /** When streams of OpenAI's chat are made to tell their usage: for callers whose use a budget counts, or always. */
  readonly streamUsage: 'budgeted' | 'always';
  /** Further tries at the same target before the next one. */
  readonly retries: number;
  /** Milliseconds before the first retry; doubled for each further one. */
  readonly retryDelayMs: number;
  /** The longest Retry-After that is waited for; a longer one means the next target. */
  readonly maxRetryAfterMs: number;
  readonly breaker: BreakerConfig;
  readonly cache: CacheConfig;
  /** Milliseconds to the first content of a stream. */
  readonly firstTokenMs: number;
  /** Milliseconds between two pieces of an answer. */
  readonly idleMs: number;
  /** Milliseconds until a plain answer begins. */
  readonly answerMs: number;
  /** Milliseconds for a call with all its attempts. */
  readonly totalMs: number;
}
