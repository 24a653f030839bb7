/** @module contracts/model-client: models as tools and programs call them: typed, on the one road. */
import type { DeploymentStatus } from './models-config.ts';
import type { JsonObject } from '../core/json.ts';

/** One message of a conversation. */
export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What is asked of a model. */
export interface CompletionRequest {
  /** Alias, listed name or `provider/model`; absent = the configured default chain. */
  readonly model?: string | undefined;
  /** At least one; `system` only in front. */
  readonly messages: readonly ModelMessage[];
  readonly system?: string | undefined;
  /** Default 4096. */
  readonly maxTokens?: number | undefined;
  /** 0 to 2. */
  readonly temperature?: number | undefined;
  /** 0 to 1. */
  readonly topP?: number | undefined;
  /** JSON Schema the answer must match; the provider is asked to keep to it. */
  readonly schema?: JsonObject | undefined;
  /** Milliseconds for the call with all its attempts; the configuration's total is the upper bound. */
  readonly timeoutMs?: number | undefined;
}

/** Tokens; null = the provider did not say. */
export interface CompletionUsage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly totalTokens: number | null;
}

/** A whole answer. */
export interface Completion {
  readonly content: string;
  /** As the provider names it: the model that ran. */
  readonly model: string;
  readonly provider: string;
  readonly usage: CompletionUsage;
  /** Null = the price is not known. */
  readonly costMicroUsd: number | null;
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other';
  readonly latencyMs: number;
  /** True when the provider is a simulation. */
  readonly isSimulated: boolean;
}

/** Vectors of texts, in their order. */
export interface Embeddings {
  readonly embeddings: readonly (readonly number[])[];
  readonly model: string;
  readonly provider: string;
  readonly usage: CompletionUsage;
  readonly costMicroUsd: number | null;
}

/** Tokens of an input. */
export interface TokenCount {
  readonly inputTokens: number;
  readonly model: string;
  /** False = counted by the provider. */
  readonly isEstimated: boolean;
}

/** One model a caller may use. */
export interface ListedModel {
  /** What to write as `model`. */
  readonly name: string;
  /** `provider/model` in the order they are tried. */
  readonly targets: readonly string[];
  readonly kind: 'chat' | 'embedding' | null;
  readonly contextTokens: number | null;
  /** Micro-USD per million tokens; null = not known. */
  readonly price: { readonly input: number; readonly output: number; readonly isEstimated: boolean } | null;
}

/** How the models are. */
export interface ModelsHealth {
  /** `no_providers` = none is configured; `degraded` = at least one that is configured does not answer as it should. */
  readonly status: 'healthy' | 'degraded' | 'no_providers';
  readonly providers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly state: 'up' | 'down' | 'not_configured';
    /** What it answered, or what is missing. */
    readonly detail: string;
    readonly latencyMs: number | null;
  }[];
  /** Deployments that were asked since the start, as their own calls showed them; only those the caller may call. */
  readonly deployments: readonly DeploymentStatus[];
}

/**
 * Each method is a call on the road under the caller's own principal, or a child of the call it is
 * made from. All throw AppError: UNKNOWN_TARGET, PROVIDER_*, CONTENT_REFUSED, QUOTA_EXCEEDED,
 * RATE_LIMITED, PERMISSION_DENIED, CANCELLED, DEADLINE_EXCEEDED.
 */
export interface ModelClient {
  complete(request: CompletionRequest): Promise<Completion>;
  /** The configured default chain, or this one: `provider/model` or names, in order. */
  completeWithFallback(request: Omit<CompletionRequest, 'model'>, chain?: readonly string[]): Promise<Completion>;
  /** Pieces of text as they come; the return value is the whole answer. Leaving the loop cancels. */
  stream(request: CompletionRequest): AsyncGenerator<string, Completion, undefined>;
  embed(request: { readonly model?: string | undefined; readonly input: readonly string[] }): Promise<Embeddings>;
  countTokens(request: Pick<CompletionRequest, 'model' | 'messages' | 'system'>): Promise<TokenCount>;
  /** Names the caller may use. @param options `isWhole`: also those that lead to no configured provider; their `targets` are empty */
  list(options?: { readonly isWhole?: boolean | undefined }): Promise<readonly ListedModel[]>;
  /** Asks every configured provider. */
  health(): Promise<ModelsHealth>;
}
