/** @module models/dialects/bedrock-converse/answer: answers and events of Converse in the typed form. */
import { randomHex } from '../../../core/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { ModelUsage } from '../../../contracts/model.ts';
import { parseExactObject } from '../../wire/exact-json.ts';
import { objectIn, objectsIn } from '../../wire/json.ts';
import type { ChatAnswer, ChatDelta, Part, StopReason, StreamDecoder } from '../conversation.ts';
import { sealSignature } from '../signatures.ts';
import { UNKNOWN_USAGE } from '../usage.ts';
import { wordOf } from '../reading.ts';
import { converseUsage } from './reader.ts';

const STOPS: Readonly<Record<string, StopReason>> = {
  end_turn: 'end',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  stop_sequence: 'stop_sequence',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

/** @throws AppError PROVIDER_FAILED */
export function decodeConverseAnswer(body: JsonObject): ChatAnswer {
  const message = objectIn(objectIn(body, 'output'), 'message');
  return {
    id: randomHex(12),
    parts: objectsIn(message, 'content').map(partOf),
    stop: stopOf(body['stopReason']),
    stopSequence: null,
    usage: converseUsage(objectIn(body, 'usage')),
  };
}

function stopOf(reason: unknown): StopReason {
  const stop = typeof reason === 'string' && Object.hasOwn(STOPS, reason) ? STOPS[reason] : undefined;
  if (stop === undefined) throw new AppError('PROVIDER_FAILED', { message: `The model ended its answer with ${wordOf(reason)}.` });
  return stop;
}

function partOf(block: JsonObject): Part {
  const { text, toolUse, reasoningContent } = block;
  if (typeof text === 'string') return { type: 'text', text };
  if (isObject(toolUse))
    return {
      type: 'tool_call',
      id: String(toolUse['toolUseId']),
      name: String(toolUse['name']),
      input: JSON.stringify(toolUse['input'] ?? {}),
      signature: null,
    };
  if (isObject(reasoningContent)) {
    const told = objectIn(reasoningContent, 'reasoningText');
    if (typeof reasoningContent['redactedContent'] === 'string') return { type: 'redacted_thinking', data: reasoningContent['redactedContent'] };
    return { type: 'thinking', text: String(told['text'] ?? ''), signature: sealed(told['signature']) };
  }
  throw unknownBlock(block);
}

function sealed(signature: unknown): string | null {
  return typeof signature === 'string' && signature !== '' ? sealSignature('bedrock-converse', signature) : null;
}

function unknownBlock(block: JsonObject): AppError {
  return new AppError('PROVIDER_FAILED', { message: `The answer holds ${Object.keys(block).join(', ').slice(0, 80)}, which cannot be converted.` });
}

/** State of one stream. The end is told when the stream is over: usage comes after the reason. */
export function createConverseDecoder(): StreamDecoder {
  /** Index of the part by index of the block. */
  const open = new Map<unknown, number>();
  let count = 0;
  let isStarted = false;
  let hasEnded = false;
  let reason: unknown;
  let usage: ModelUsage = UNKNOWN_USAGE;

  const begin = (block: unknown, part: Extract<ChatDelta, { type: 'part_start' }>['part']): ChatDelta => {
    const index = count++;
    open.set(block, index);
    return { type: 'part_start', index, part };
  };
  const close = (block: unknown): readonly ChatDelta[] => {
    const index = open.get(block);
    open.delete(block);
    return index === undefined ? [] : [{ type: 'part_end', index }];
  };

  const say = (block: unknown, delta: JsonObject): readonly ChatDelta[] => {
    const { text, toolUse, reasoningContent } = delta;
    const started = (type: 'text' | 'thinking'): readonly ChatDelta[] => (open.has(block) ? [] : [begin(block, { type })]);
    if (typeof text === 'string') return [...started('text'), { type: 'delta', index: open.get(block) ?? 0, text }];
    if (isObject(toolUse)) return typeof toolUse['input'] === 'string' ? [{ type: 'delta', index: open.get(block) ?? 0, text: toolUse['input'] }] : [];
    if (!isObject(reasoningContent)) throw unknownBlock(delta);
    const { text: thought, signature, redactedContent } = reasoningContent;
    if (typeof redactedContent === 'string') return [...close(block), begin(block, { type: 'redacted_thinking', data: redactedContent })];
    const begun = started('thinking');
    const index = open.get(block) ?? 0;
    const proof = sealed(signature);
    return [
      ...begun,
      ...(typeof thought === 'string' ? [{ type: 'delta', index, text: thought } as const] : []),
      ...(proof === null ? [] : [{ type: 'signature', index, signature: proof } as const]),
    ];
  };
  return {
    decode(data) {
      if (data === '') return [];
      const event = parseExactObject(data);
      const started: readonly ChatDelta[] = isStarted ? [] : [{ type: 'start', id: randomHex(12), usage }];
      isStarted = true;
      const { contentBlockStart, contentBlockDelta, contentBlockStop, messageStop, metadata } = event;
      if (isObject(metadata)) usage = converseUsage(objectIn(metadata, 'usage'));
      if (isObject(messageStop)) reason = messageStop['stopReason'];
      if (isObject(contentBlockStop)) return [...started, ...close(contentBlockStop['contentBlockIndex'])];
      if (isObject(contentBlockDelta)) return [...started, ...say(contentBlockDelta['contentBlockIndex'], objectIn(contentBlockDelta, 'delta'))];
      const toolUse = isObject(contentBlockStart) ? objectIn(contentBlockStart, 'start')['toolUse'] : undefined;
      if (!isObject(contentBlockStart) || !isObject(toolUse)) return started;
      return [
        ...started,
        begin(contentBlockStart['contentBlockIndex'], { type: 'tool_call', id: String(toolUse['toolUseId']), name: String(toolUse['name']) }),
      ];
    },
    finish() {
      if (hasEnded) return [];
      hasEnded = true;
      const stop = stopOf(reason);
      return [...[...open.keys()].flatMap(close), { type: 'end', stop, stopSequence: null, usage }];
    },
  };
}
