/** @module models/dialects/anthropic-messages/codec-answer: whole answers, in and out. */
import type { ModelUsage } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { exactObjectIn } from '../../wire/exact-json.ts';
import { objectIn, objectsIn } from '../../wire/json.ts';
import type { AnswerFacts, ChatAnswer, Part, StopReason } from '../conversation.ts';
import { sealSignature } from '../signatures.ts';
import { wordOf } from '../reading.ts';
import { anthropicUsage } from './reader.ts';

const STOP_OF: Readonly<Record<string, StopReason>> = {
  end_turn: 'end',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  stop_sequence: 'stop_sequence',
  tool_use: 'tool_calls',
  pause_turn: 'pause',
  refusal: 'refusal',
};
const REASON_OF: Readonly<Record<StopReason, string>> = {
  end: 'end_turn',
  length: 'max_tokens',
  stop_sequence: 'stop_sequence',
  tool_calls: 'tool_use',
  pause: 'pause_turn',
  refusal: 'refusal',
  content_filter: 'refusal',
};

/** @throws AppError PROVIDER_FAILED */
export function decodeAnthropicAnswer(body: JsonObject): ChatAnswer {
  return {
    id: typeof body['id'] === 'string' ? body['id'] : '',
    parts: objectsIn(body, 'content').map(readBlock),
    stop: stopOf(body['stop_reason']),
    stopSequence: typeof body['stop_sequence'] === 'string' ? body['stop_sequence'] : null,
    usage: anthropicUsage(objectIn(body, 'usage')),
  };
}

/** @throws AppError PROVIDER_FAILED for a reason nobody knows: it may be no end at all */
export function stopOf(reason: unknown): StopReason {
  const stop = typeof reason === 'string' && Object.hasOwn(STOP_OF, reason) ? STOP_OF[reason] : undefined;
  if (stop === undefined) throw new AppError('PROVIDER_FAILED', { message: `The provider ended its answer for an unknown reason: ${wordOf(reason)}.` });
  return stop;
}

/** The vendor's word for it. */
export function reasonOf(stop: StopReason): string {
  return REASON_OF[stop];
}

/** What nobody asked for is nothing a client of another dialect could understand. */
export function unknownBlock(type: unknown): AppError {
  return new AppError('PROVIDER_FAILED', { message: `The provider answered with a block of type ${wordOf(type)}, which has no counterpart.` });
}

function readBlock(block: JsonObject): Part {
  const { type, text, thinking, signature, data, id, name, input } = block;
  if (type === 'text' && typeof text === 'string') return { type, text };
  if (type === 'thinking' && typeof thinking === 'string') return { type, text: thinking, signature: sealed(signature) };
  if (type === 'redacted_thinking' && typeof data === 'string') return { type, data: sealSignature('anthropic-messages', data) };
  if (type === 'tool_use' && typeof id === 'string' && typeof name === 'string' && isObject(input))
    return { type: 'tool_call', id, name, input: JSON.stringify(input), signature: null };
  throw unknownBlock(type);
}

/** Null for a server that signs nothing. */
function sealed(signature: unknown): string | null {
  return typeof signature === 'string' && signature !== '' ? sealSignature('anthropic-messages', signature) : null;
}

/** @throws AppError PROVIDER_FAILED when a model wrote arguments that are no JSON object */
export function encodeAnthropicAnswer({ id, parts, stop, stopSequence, usage }: ChatAnswer, { model }: AnswerFacts): JsonObject {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: parts.flatMap(writePart),
    stop_reason: reasonOf(stop),
    stop_sequence: stopSequence,
    usage: writeUsage(usage),
  };
}

function writePart(part: Part): readonly JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'thinking':
      return [{ type: 'thinking', thinking: part.text, signature: part.signature ?? '' }];
    case 'redacted_thinking':
      return [{ type: 'redacted_thinking', data: part.data }];
    case 'tool_call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: inputOf(part.input) }];
    default:
      throw new AppError('PROVIDER_FAILED', { message: `The provider answered with a part of type ${part.type}, which has no counterpart.` });
  }
}

function inputOf(text: string): JsonObject {
  const input = text === '' ? {} : exactObjectIn(text);
  if (!input) throw new AppError('PROVIDER_FAILED', { message: 'The model called a tool with arguments that are not a JSON object.' });
  return input;
}

/** The vendor counts its cache beside the input. Null = not known: a 0 would be a claim. */
export function writeUsage({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: ModelUsage): JsonObject {
  return {
    input_tokens: inputTokens === null ? null : inputTokens - (cacheReadTokens ?? 0) - (cacheWriteTokens ?? 0),
    output_tokens: outputTokens,
    cache_read_input_tokens: cacheReadTokens,
    cache_creation_input_tokens: cacheWriteTokens,
  };
}
