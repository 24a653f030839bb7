/** @module models/dialects/gemini/answer: whole answers, read and written. */
import { randomHex } from '../../../core/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { ModelUsage } from '../../../contracts/model.ts';
import { exactObjectIn } from '../../wire/exact-json.ts';
import { objectIn, objectsIn } from '../../wire/json.ts';
import type { AnswerFacts, ChatAnswer, Part, StopReason } from '../conversation.ts';
import { sealSignature } from '../signatures.ts';
import { UNKNOWN_USAGE } from '../usage.ts';
import { wordOf } from '../reading.ts';
import { failureIn, geminiUsage, REFUSING_REASONS } from './reader.ts';

/** @throws AppError PROVIDER_FAILED, CONTENT_REFUSED */
export function decodeGeminiAnswer(body: JsonObject): ChatAnswer {
  const failure = failureIn(body);
  if (failure) throw failure;
  const [candidate = {}] = objectsIn(body, 'candidates');
  const parts = partsIn(candidate);
  return { id: idOf(body), parts, stop: stopOf(candidate['finishReason'], parts), stopSequence: null, usage: usageIn(body) ?? UNKNOWN_USAGE };
}

/** In front of thinking that another vendor hid from everybody, where a signature stands. */
export const REDACTED = 'redacted:';

/** The vendor does not always give one. */
export function idOf({ responseId }: JsonObject): string {
  return typeof responseId === 'string' && responseId !== '' ? responseId : randomHex(12);
}

/** Undefined where the piece does not tell it. */
export function usageIn({ usageMetadata }: JsonObject): ModelUsage | undefined {
  return isObject(usageMetadata) ? geminiUsage(usageMetadata) : undefined;
}

/** @throws AppError PROVIDER_FAILED for reasons that are no end of an answer */
export function stopOf(reason: unknown, parts: readonly Pick<Part, 'type'>[]): StopReason {
  if (reason === 'STOP') return parts.some(({ type }) => type === 'tool_call') ? 'tool_calls' : 'end';
  if (reason === 'MAX_TOKENS') return 'length';
  if (REFUSING_REASONS.has(reason)) return 'content_filter';
  throw new AppError('PROVIDER_FAILED', { message: `The model ended its answer with ${wordOf(reason)}.` });
}

/** What a candidate says; empty texts say nothing. @throws AppError PROVIDER_FAILED for a part that no text or call is */
export function partsIn(candidate: JsonObject): readonly Part[] {
  return objectsIn(objectIn(candidate, 'content'), 'parts').flatMap((part): readonly Part[] => {
    const { text, functionCall, thought, thoughtSignature } = part;
    const signature = typeof thoughtSignature === 'string' ? sealSignature('gemini', thoughtSignature) : null;
    if (isObject(functionCall)) return [callOf(functionCall, signature)];
    if (typeof text === 'string') {
      if (thought === true) return text === '' && signature === null ? [] : [{ type: 'thinking', text, signature }];
      return text === '' ? [] : [{ type: 'text', text }];
    }
    if (thoughtSignature !== undefined && Object.keys(part).length === 1) return [];
    throw new AppError('PROVIDER_FAILED', { message: `The answer holds ${Object.keys(part).join(', ').slice(0, 80)}, which cannot be converted.` });
  });
}

function callOf({ id, name, args }: JsonObject, signature: string | null): Part {
  const callId = typeof id === 'string' && id !== '' ? id : `call_${randomHex(12)}`;
  return { type: 'tool_call', id: callId, name: String(name), input: JSON.stringify(isObject(args) ? args : {}), signature };
}

/** In the words of this dialect. */
export function encodeGeminiAnswer({ id, parts, stop, usage }: ChatAnswer, facts: AnswerFacts): JsonObject {
  return pieceOf({ id, facts, parts: parts.map(encodeAnswerPart), stop, usage });
}

/** What a piece of an answer is made of. */
interface Piece {
  readonly id: string;
  readonly facts: AnswerFacts;
  readonly parts: readonly JsonObject[];
  readonly stop: StopReason | null;
  readonly usage: ModelUsage | null;
}

const REASONS: Readonly<Record<StopReason, string>> = {
  end: 'STOP',
  tool_calls: 'STOP',
  stop_sequence: 'STOP',
  pause: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
  refusal: 'SAFETY',
};

/** A stream is a row of these; the last one has the reason and the usage. */
export function pieceOf({ id, facts, parts, stop, usage }: Piece): JsonObject {
  const usageMetadata = usage === null ? undefined : encodeUsage(usage);
  return {
    candidates: [{ content: { role: 'model', parts }, ...(stop === null ? {} : { finishReason: REASONS[stop] }), index: 0 }],
    ...(usageMetadata === undefined ? {} : { usageMetadata }),
    modelVersion: facts.model,
    responseId: id,
  };
}

/** Undefined unless both counts are known. Thoughts cannot be told from the rest of the output. */
function encodeUsage({ inputTokens, outputTokens, cacheReadTokens }: ModelUsage): JsonObject | undefined {
  if (inputTokens === null || outputTokens === null) return undefined;
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens,
    totalTokenCount: inputTokens + outputTokens,
    ...(cacheReadTokens === null ? {} : { cachedContentTokenCount: cacheReadTokens }),
  };
}

/** @throws AppError PROVIDER_FAILED for a part that no answer has */
export function encodeAnswerPart(part: Part): JsonObject {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { text: part.text };
    case 'thinking':
      return { text: part.text, thought: true, ...(part.signature === null ? {} : { thoughtSignature: part.signature }) };
    case 'redacted_thinking':
      // There is no other place for it.
      return { text: '', thought: true, thoughtSignature: REDACTED + part.data };
    case 'tool_call': {
      const args = exactObjectIn(part.input === '' ? '{}' : part.input);
      if (!args) throw new AppError('PROVIDER_FAILED', { message: 'The model called a tool with what is not a JSON object.' });
      return { functionCall: { id: part.id, name: part.name, args }, ...(part.signature === null ? {} : { thoughtSignature: part.signature }) };
    }
    default:
      throw new AppError('PROVIDER_FAILED', { message: `The answer holds a part of type ${part.type}, which cannot be converted.` });
  }
}
