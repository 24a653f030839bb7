/** @module models/dialects/openai-chat/codec-answer: whole answers, in and out. */
import type { ModelUsage } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { randomHex } from '../../../core/ids.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { objectIn, objectsIn } from '../../wire/json.ts';
import type { AnswerFacts, ChatAnswer, Part, StopReason } from '../conversation.ts';
import { UNKNOWN_USAGE } from '../usage.ts';
import { wordOf } from '../reading.ts';
import { openAiUsage } from './reader.ts';

const STOP_OF: Readonly<Record<string, StopReason>> = {
  stop: 'end',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  // Compatible servers.
  eos: 'end',
  eos_token: 'end',
  end_turn: 'end',
  stop_sequence: 'stop_sequence',
  max_tokens: 'length',
  model_length: 'length',
};
const FINISH_OF: Readonly<Record<Exclude<StopReason, 'pause'>, string>> = {
  end: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  refusal: 'content_filter',
};

/** @throws AppError PROVIDER_FAILED */
export function decodeOpenAiAnswer(body: JsonObject): ChatAnswer {
  const [choice] = objectsIn(body, 'choices');
  if (!choice) throw new AppError('PROVIDER_FAILED', { message: 'The answer of the provider has no choice.' });
  const message = objectIn(choice, 'message');
  const parts: Part[] = [];
  for (const thought of [thoughtIn(message)]) if (thought !== '') parts.push({ type: 'thinking', text: thought, signature: null });
  for (const text of [textIn(message, 'content')]) if (text !== '') parts.push({ type: 'text', text });
  for (const text of [textIn(message, 'refusal')]) if (text !== '') parts.push({ type: 'refusal', text });
  const calls = objectsIn(message, 'tool_calls').map((call) => readCall(call));
  return {
    id: typeof body['id'] === 'string' ? body['id'] : '',
    parts: [...parts, ...calls],
    stop: stopOf(choice['finish_reason'], { hasCalls: calls.length > 0, hasRefusal: parts.some(({ type }) => type === 'refusal') }),
    stopSequence: null,
    usage: isObject(body['usage']) ? openAiUsage(body['usage']) : UNKNOWN_USAGE,
  };
}

/** Some servers say `stop` although tools are called. @throws AppError PROVIDER_FAILED for a reason nobody knows: it may be no end at all */
export function stopOf(reason: unknown, { hasCalls, hasRefusal }: { readonly hasCalls: boolean; readonly hasRefusal: boolean }): StopReason {
  const stop = typeof reason === 'string' && Object.hasOwn(STOP_OF, reason) ? STOP_OF[reason] : undefined;
  if (stop === undefined) throw new AppError('PROVIDER_FAILED', { message: `The provider ended its answer for an unknown reason: ${wordOf(reason)}.` });
  if (stop !== 'end') return stop;
  return hasRefusal ? 'refusal' : hasCalls ? 'tool_calls' : 'end';
}

/** The thoughts that compatible servers show, under whichever name. */
export function thoughtIn(message: JsonObject): string {
  return textIn(message, 'reasoning_content') || textIn(message, 'reasoning');
}

/** The text of the member; an empty one without it. */
export function textIn(owner: JsonObject, name: string): string {
  const value = owner[name];
  return typeof value === 'string' ? value : '';
}

function readCall(call: JsonObject): Extract<Part, { readonly type: 'tool_call' }> {
  const { name, arguments: input } = objectIn(call, 'function');
  if (typeof name !== 'string') throw new AppError('PROVIDER_FAILED', { message: 'The provider calls a tool without a name.' });
  return { type: 'tool_call', id: callId(call['id']), name, input: argumentsOf(input), signature: null };
}

/** Some servers send an object where the dialect has a text. */
function argumentsOf(input: unknown): string {
  if (typeof input === 'string') return input;
  return isObject(input) ? JSON.stringify(input) : '';
}

/** Servers that call a tool without an id still need its result. A number would be the same in every answer of a conversation. */
export function callId(id: unknown): string {
  return typeof id === 'string' && id !== '' ? id : `call_${randomHex(12)}`;
}

/** @throws AppError PROVIDER_INCOMPLETE for an answer that waits to be continued, which the dialect cannot say */
export function encodeOpenAiAnswer({ id, parts, stop, usage }: ChatAnswer, { model, createdAt }: AnswerFacts): JsonObject {
  const join = (type: 'text' | 'thinking' | 'refusal'): string => parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('');
  const [text, thought, refusal] = [join('text'), join('thinking'), join('refusal')];
  const calls = parts.filter((part) => part.type === 'tool_call');
  const message = {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
    refusal: refusal === '' ? null : refusal,
    ...(thought === '' ? {} : { reasoning_content: thought }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(writeCall) }),
  };
  const choice = { index: 0, message, logprobs: null, finish_reason: finishOf(stop, refusal !== '') };
  return { id, object: 'chat.completion', created: createdAt, model, choices: [choice], ...usageMember(usage) };
}

function writeCall({ id, name, input }: Extract<Part, { readonly type: 'tool_call' }>): JsonObject {
  return { id, type: 'function', function: { name, arguments: input === '' ? '{}' : input } };
}

/** A refusal in words ends like any message; one without words is the filter's. @throws AppError PROVIDER_INCOMPLETE */
export function finishOf(stop: StopReason, hasRefusalText: boolean): string {
  if (stop === 'pause') throw new AppError('PROVIDER_INCOMPLETE', { message: 'The provider paused its answer, which the dialect of the client cannot say.' });
  return stop === 'refusal' && hasRefusalText ? 'stop' : FINISH_OF[stop];
}

/** Left out while it is not known: the dialect has no other way to say so. */
export function usageMember({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: ModelUsage): JsonObject {
  if (inputTokens === null || outputTokens === null) return {};
  const details = {
    ...(cacheReadTokens === null ? {} : { cached_tokens: cacheReadTokens }),
    ...(cacheWriteTokens === null ? {} : { cache_write_tokens: cacheWriteTokens }),
  };
  return {
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      ...(Object.keys(details).length === 0 ? {} : { prompt_tokens_details: details }),
    },
  };
}
