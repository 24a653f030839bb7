/** @module contracts/model: calls of models: what doors hand in, what providers do. */
import type { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';
import type { CacheFacts, CacheWish } from './model-cache.ts';
import type { ProviderKind } from './models-config.ts';

/**
 * Wire formats that doors and providers speak. `openai-embeddings` and `gemini-embeddings` carry
 * operation `embed` alone; `bedrock-converse` is spoken by providers, by no door; `typed` is what the
 * gateway's own tools and programs speak, and no provider.
 */
export type ModelDialect =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'anthropic-messages'
  | 'gemini'
  | 'gemini-embeddings'
  | 'bedrock-converse'
  | 'typed';

/** What a model is asked for. `count` = how many tokens the body of a `generate` would have as input. */
export type ModelOperation = 'generate' | 'embed' | 'count';

/**
 * Bytes on their way through a call. They are no property: freezing the call's input leaves them
 * alone, and no log or record that prints the input can hold them.
 */
export class WireBody {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }
}

/** Input of a call of kind `model`. */
export interface ModelCallInput {
  readonly operation: ModelOperation;
  readonly dialect: ModelDialect;
  readonly isStream: boolean;
  /** How much of a stream is kept back until it is passed on: a failure before that can fail over. */
  readonly holdBack: 'first-content' | 'complete';
  /** Size of the body. */
  readonly bytes: number;
  /** Most tokens an answer may have, as the body says; null = it does not say. */
  readonly maxOutputTokens: number | null;
  /** How many answers are asked for at once, each with that many tokens; absent = 1. */
  readonly answers?: number | undefined;
  /** The client's headers that belong to the dialect, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the request says about the cache; absent = nothing. */
  readonly cache?: CacheWish | undefined;
  /** 0 = what a client asked for; from 1 on one attempt at one provider. */
  readonly attempt: number;
  /** One JSON object in the dialect. The model in it (or in the URL, for gemini) is the one asked for. */
  readonly body: WireBody;
}

/** What a model used, as its provider says; null = it did not say. Same meaning for every vendor. */
export interface ModelUsage {
  /** All of the input, what was read from and written to the provider's cache included. */
  readonly inputTokens: number | null;
  /** All of the output, reasoning included. */
  readonly outputTokens: number | null;
  /** Part of inputTokens. */
  readonly cacheReadTokens: number | null;
  /** Part of inputTokens. */
  readonly cacheWriteTokens: number | null;
}

/** Value of a `chunk` part of a model call: whole events of the stream, byte for byte. */
export interface ModelChunk {
  readonly bytes: Uint8Array;
  /** `provider/model` that answers. */
  readonly servedBy: string;
  /** Members of the request that the provider's dialect cannot carry; empty without conversion. */
  readonly notCarried: readonly string[];
  /** True when the provider makes its answers up. */
  readonly isSimulated?: boolean | undefined;
  /** Guardrails that acted so far. */
  readonly guardrails?: readonly string[] | undefined;
  /** What the cache did; absent = it was not asked. */
  readonly cache?: CacheFacts | undefined;
}

/** Value of the result of a model call. */
export interface ModelResult {
  readonly servedBy: string;
  readonly usage: ModelUsage;
  /** What the answer cost; null = the price is not known. */
  readonly costMicroUsd: number | null;
  /** Members of the request that the provider's dialect cannot carry; empty without conversion. */
  readonly notCarried: readonly string[];
  /** The answer; null when it was streamed. */
  readonly body: WireBody | null;
  /** What the cache did; absent = it was not asked. With a hit, no provider was called and nothing was spent. */
  readonly cache?: CacheFacts | undefined;
  /** True when the provider makes its answers up. */
  readonly isSimulated?: boolean | undefined;
  /** Guardrails that acted. */
  readonly guardrails?: readonly string[] | undefined;
  /** Operation `count`: true when the gateway estimated because no provider of the chain can count. */
  readonly isEstimated?: boolean | undefined;
}

/** One event of a stream, by its meaning. */
export interface ModelEvent {
  /** Whether the client would see something of the answer in it. */
  readonly hasContent: boolean;
  /** Tells the usage and nothing else: sent only to who asked for it. */
  readonly isUsageOnly?: boolean | undefined;
  /** A failure that the provider reports inside the stream. */
  readonly failure?: AppError | undefined;
}

/** Reads one stream, event by event. */
export interface ModelStreamReader {
  /** @throws AppError PROVIDER_FAILED for an event that cannot be understood */
  read(data: string): ModelEvent;
  /** Whether the end that the dialect prescribes has come. */
  readonly isComplete: boolean;
  /** Whether nothing may follow any more. Absent = the dialect has no last event. */
  readonly isOver?: boolean;
  readonly usage: ModelUsage;
}

/** A request to a provider, in one of its own dialects. */
export interface ProviderRequest {
  readonly operation: ModelOperation;
  readonly dialect: ModelDialect;
  /** As the provider names it; the provider puts it where its wire wants it. */
  readonly model: string;
  readonly isStream: boolean;
  /** Whether a stream shall tell its usage, where the dialect leaves that to the request. */
  readonly wantsUsage: boolean;
  /** The client's headers that belong to the dialect. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body with the model that the client named. */
  readonly body: Uint8Array;
  readonly scope: Scope;
  /** Milliseconds until the head of the answer. */
  readonly firstByteMs: number;
  /** Milliseconds between two pieces of the answer. */
  readonly idleMs: number;
  readonly maxBytes: number;
}

/** What a provider answers: in the dialect of the request; a stream as server-sent events, whatever its own framing is. */
export interface ProviderResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Read it to its end or leave the loop: both release what it holds. @throws AppError as Egress */
  readonly body: AsyncIterable<Uint8Array>;
  /** Members of the request that the provider's own wire cannot carry, safe for a header; absent = none. */
  readonly notCarried?: readonly string[] | undefined;
}

/** One configured provider. */
export interface ModelProvider {
  readonly name: string;
  /** `simulated` is no kind that can be configured. */
  readonly kind: ProviderKind | 'simulated';
  /** What is missing, for a person; undefined = configured. */
  readonly missing: string | undefined;
  /** Whether its answers are made up; then everything that shows them says so. */
  readonly isSimulated: boolean;
  /** Dialects in which it takes this operation for this model as it is, the best first; empty = it cannot do it. */
  dialects(operation: ModelOperation, model: string): readonly ModelDialect[];
  /** All names that the vendor takes for the model of this name, the one to call it by first. Absent = the name alone. */
  readonly spellings?: ((model: string) => readonly string[]) | undefined;
  /**
   * Sends the request; the credential is added here and never logged.
   *
   * @throws AppError PROVIDER_*, EGRESS_REFUSED, INVALID_REQUEST, or the scope's reason
   */
  send(request: ProviderRequest): Promise<ProviderResponse>;
  /** The class of an answer whose status is not 200. */
  classify(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array): AppError;
  /** Names of its models as it tells them now: also the proof that address and credential are right. @throws AppError PROVIDER_* */
  listModels(scope: Scope): Promise<readonly string[]>;
}

/** Models that a program brings, beside those of the configuration. */
export interface OwnModels {
  /** One with the name of a configured one replaces it. */
  readonly providers: readonly ModelProvider[];
  /** Name → `provider/model`, tried in this order. */
  readonly aliases?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Whether a value is the input of a model call. */
export function isModelCallInput(value: unknown): value is ModelCallInput {
  return isObject(value) && value['body'] instanceof WireBody && typeof value['attempt'] === 'number';
}

/** Whether a value is the result of a model call. */
export function isModelResult(value: unknown): value is ModelResult {
  return isObject(value) && typeof value['servedBy'] === 'string' && (value['body'] === null || value['body'] instanceof WireBody);
}

/** Whether a value is a piece of a streamed answer. */
export function isModelChunk(value: unknown): value is ModelChunk {
  return isObject(value) && value['bytes'] instanceof Uint8Array && typeof value['servedBy'] === 'string';
}
