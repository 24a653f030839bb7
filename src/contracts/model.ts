/** @module contracts/model: calls of models: what doors hand in, what providers do. */
import type { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';

/** Wire formats that doors and providers speak. */
export type ModelDialect = 'openai-chat' | 'anthropic-messages';

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
  readonly dialect: ModelDialect;
  readonly isStream: boolean;
  /** How much of a stream is kept back until it is passed on: a failure before that can fail over. */
  readonly holdBack: 'first-content' | 'complete';
  /** Size of the body. */
  readonly bytes: number;
  /** The client's headers that belong to the dialect, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** 0 = what a client asked for; from 1 on one attempt at one provider. */
  readonly attempt: number;
  readonly body: WireBody;
}

/** What a model used, as its provider says; null = it did not say. */
export interface ModelUsage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** Value of a `chunk` part of a model call: whole events of the stream, byte for byte. */
export interface ModelChunk {
  readonly bytes: Uint8Array;
  /** `provider/model` that answers. */
  readonly servedBy: string;
}

/** Value of the result of a model call. */
export interface ModelResult {
  readonly servedBy: string;
  readonly usage: ModelUsage;
  /** The answer; null when it was streamed. */
  readonly body: WireBody | null;
}

/** One event of a stream, by its meaning. */
export interface ModelEvent {
  /** Whether the client would see something of the answer in it. */
  readonly hasContent: boolean;
  /** A failure that the provider reports inside the stream. */
  readonly failure?: AppError | undefined;
}

/** Reads one stream, event by event. */
export interface ModelStreamReader {
  /** @throws AppError PROVIDER_FAILED for an event that cannot be understood */
  read(data: string): ModelEvent;
  /** Whether the end that the dialect prescribes has come. */
  readonly isComplete: boolean;
  readonly usage: ModelUsage;
}

/** One configured provider. */
export interface ModelProvider {
  readonly name: string;
  readonly dialect: ModelDialect;
  /** What is missing, for a person; undefined = configured. */
  readonly missing: string | undefined;
  readonly url: string;
  /** Headers of a request, the credential included. Never logged. */
  headers(sent: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  createReader(): ModelStreamReader;
  /** @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE unless it is a whole answer */
  readAnswer(bytes: Uint8Array): ModelUsage;
  /** The class of an answer whose status is not 200. */
  classify(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array): AppError;
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
