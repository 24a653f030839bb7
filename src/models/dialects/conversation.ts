/**
 * @module models/dialects/conversation: the one typed form between two dialects. Only used where the
 * client's dialect is not the provider's; what it has no member for is refused or reported by the
 * codec that meets it, never dropped in silence.
 */
import type { JsonObject } from '../../core/json.ts';
import type { ModelUsage } from '../../contracts/model.ts';

/** Bytes, or where to find them. */
export type MediaSource = { readonly kind: 'base64'; readonly mediaType: string; readonly data: string } | { readonly kind: 'url'; readonly url: string };

/** A part of what is said to the model, or by it. */
export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly source: MediaSource }
  | { readonly type: 'document'; readonly source: MediaSource; readonly name: string | null }
  /** `input` is JSON text as the model wrote it: parsing it could change its numbers. */
  | { readonly type: 'tool_call'; readonly id: string; readonly name: string; readonly input: string; readonly signature: string | null }
  | { readonly type: 'tool_result'; readonly callId: string; readonly name: string | null; readonly parts: readonly Part[]; readonly isError: boolean }
  /** `signature` proves it to the vendor that made it, and is worth nothing elsewhere: see signatures.ts. */
  | { readonly type: 'thinking'; readonly text: string; readonly signature: string | null }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | { readonly type: 'refusal'; readonly text: string };

/**
 * Consecutive parts of one side. `system` is an instruction in the middle of the conversation, texts
 * alone: what stands before the first turn is `ChatRequest.system`.
 */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly parts: readonly Part[];
}

/** A tool the model may call. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string | null;
  readonly inputSchema: JsonObject;
  readonly isStrict: boolean | null;
  /** The names by which the client calls it, where its dialect has tools in groups. */
  readonly group?: { readonly namespace: string; readonly name: string } | undefined;
}

/** How much a model shall think, in the words that vendors share. */
export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** What is asked for. Null = the request does not say. */
export interface ChatRequest {
  readonly system: readonly string[];
  readonly turns: readonly Turn[];
  readonly tools: readonly ToolSpec[];
  readonly toolChoice: { readonly mode: 'auto' | 'none' | 'required' } | { readonly mode: 'tool'; readonly name: string } | null;
  readonly isParallelToolUse: boolean | null;
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly seed: number | null;
  readonly stop: readonly string[];
  readonly output:
    | { readonly kind: 'text' | 'json' }
    | { readonly kind: 'schema'; readonly name: string; readonly schema: JsonObject; readonly isStrict: boolean };
  /** Null = the model's own default. `effort: 'none'` = no thinking at all. Both null = thinking as the model sees fit. */
  readonly thinking: { readonly budgetTokens: number | null; readonly effort: Effort | null } | null;
  /** Label of the client's own user, for the provider's abuse detection. */
  readonly endUser?: string | null | undefined;
  readonly isStream: boolean;
}

/** Why an answer ended. */
export type StopReason = 'end' | 'length' | 'tool_calls' | 'stop_sequence' | 'content_filter' | 'refusal' | 'pause';

/** A whole answer. */
export interface ChatAnswer {
  readonly id: string;
  readonly parts: readonly Part[];
  readonly stop: StopReason;
  readonly stopSequence: string | null;
  readonly usage: ModelUsage;
}

/** What a stream says, in order: start, (part_start, delta*, part_end)*, end. `index` counts parts from 0; parts may interleave. */
export type ChatDelta =
  | { readonly type: 'start'; readonly id: string; readonly usage: ModelUsage }
  | {
      readonly type: 'part_start';
      readonly index: number;
      readonly part:
        | { readonly type: 'text' | 'thinking' | 'refusal' }
        | { readonly type: 'tool_call'; readonly id: string; readonly name: string }
        | { readonly type: 'redacted_thinking'; readonly data: string };
    }
  /** Text of the part, or a piece of a tool call's JSON. */
  | { readonly type: 'delta'; readonly index: number; readonly text: string }
  | { readonly type: 'signature'; readonly index: number; readonly signature: string }
  | { readonly type: 'part_end'; readonly index: number }
  | { readonly type: 'end'; readonly stop: StopReason; readonly stopSequence: string | null; readonly usage: ModelUsage };

/**
 * Collects what a conversion could not carry. A decoder names the member as the client wrote it, without
 * indices (`messages.content.cache_control`); an encoder names the member of the typed form (`topK`).
 */
export interface LossReport {
  /** Something that only tunes or labels: the call goes on, and the answer names it. */
  note(member: string): void;
}

/** Facts an answer is written with. */
export interface AnswerFacts {
  /** Name that the client asked for. */
  readonly model: string;
  /** Epoch seconds. */
  readonly createdAt: number;
  /** Those that were offered, for dialects in which a call does not name its tool as the provider does. */
  readonly tools?: readonly ToolSpec[] | undefined;
}

/** Turns the provider's events into deltas; state of one stream. */
export interface StreamDecoder {
  /** @param data the `data` of one server-sent event @throws AppError PROVIDER_FAILED */
  decode(data: string): readonly ChatDelta[];
  /** Called once, when the reader of the dialect has seen the whole stream: what is still owed. */
  finish(): readonly ChatDelta[];
}

/** Turns deltas into the client's events; state of one stream. */
export interface StreamEncoder {
  /** Whole server-sent events as text; may be empty. */
  encode(delta: ChatDelta): string;
}

/** One dialect's way in and out of the typed form. */
export interface DialectCodec {
  /** @throws AppError CONVERSION_REFUSED naming a member that changes the meaning and has no counterpart in the typed form; INVALID_REQUEST */
  decodeRequest(body: JsonObject, loss: LossReport): ChatRequest;
  /** The body for the provider. @throws AppError CONVERSION_REFUSED naming what this dialect cannot say */
  encodeRequest(request: ChatRequest, model: string, loss: LossReport): JsonObject;
  /** @throws AppError PROVIDER_FAILED */
  decodeAnswer(body: JsonObject): ChatAnswer;
  encodeAnswer(answer: ChatAnswer, facts: AnswerFacts): JsonObject;
  createDecoder(): StreamDecoder;
  createEncoder(facts: AnswerFacts & { readonly request: ChatRequest; readonly wantsUsage: boolean }): StreamEncoder;
  /**
   * What this dialect calls the members of the typed form, such as `topK: 'top_k'` or `turns: 'messages'`:
   * an encoder of another dialect notes and refuses in the words of the typed form, the client reads its own.
   * Of several names, those that stand in the body are meant.
   */
  readonly memberNames?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** Texts that become vectors. */
export interface EmbedRequest {
  readonly texts: readonly string[];
  /** Length of a vector; null = the model's own. */
  readonly dimensions: number | null;
  /** How the client wants its vectors: little-endian 32-bit floats in base64, or numbers. */
  readonly encoding: 'float' | 'base64';
  /** Whether the client sent a list, where the dialect answers one text in another shape than many. */
  readonly isMany?: boolean | undefined;
}

/** The vectors, in the order of the texts. */
export interface EmbedAnswer {
  readonly vectors: readonly (readonly number[])[];
  readonly usage: ModelUsage;
}

/** One dialect's way in and out of an `embed`. */
export interface EmbedCodec {
  /** @throws AppError CONVERSION_REFUSED, INVALID_REQUEST */
  decodeRequest(body: JsonObject, loss: LossReport): EmbedRequest;
  /** @throws AppError CONVERSION_REFUSED */
  encodeRequest(request: EmbedRequest, model: string, loss: LossReport): JsonObject;
  /** @throws AppError PROVIDER_FAILED */
  decodeAnswer(body: JsonObject): EmbedAnswer;
  encodeAnswer(answer: EmbedAnswer, facts: AnswerFacts & { readonly request: EmbedRequest }): JsonObject;
}

/** One dialect's way in and out of a `count`. The request is decoded as one of `generate`. */
export interface CountCodec {
  /** The body of a count. @throws AppError CONVERSION_REFUSED */
  encodeRequest(request: ChatRequest, model: string, loss: LossReport): JsonObject;
  /** @throws AppError PROVIDER_FAILED */
  decodeAnswer(body: JsonObject): number;
  encodeAnswer(inputTokens: number): JsonObject;
}
