/** @module models/client/typed-request: from what a program asks to the typed form, and from the typed answer back. */
import type { ModelResult, ModelUsage } from '../../contracts/model.ts';
import type { Completion, CompletionRequest, CompletionUsage } from '../../contracts/model-client.ts';
import { AppError } from '../../core/errors.ts';
import type { ChatAnswer, ChatRequest, StopReason, Turn } from '../dialects/conversation.ts';

/** The alias that is meant where no model is named. */
export const DEFAULT_MODEL = 'default';
/** Most tokens of an answer where nobody says. */
export const DEFAULT_MAX_TOKENS = 4096;

const FINISH: Readonly<Record<StopReason, Completion['finishReason']>> = {
  end: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  refusal: 'content_filter',
  pause: 'other',
};

/** @throws AppError INVALID_PARAMS naming the member */
export function toChatRequest(request: CompletionRequest, isStream: boolean): ChatRequest {
  const { messages, system, maxTokens = DEFAULT_MAX_TOKENS, temperature, topP, schema } = request;
  checkRange('temperature', temperature, 0, 2);
  checkRange('topP', topP, 0, 1);
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) throw new AppError('INVALID_PARAMS', { message: 'maxTokens is a whole number from 1.' });
  return {
    system: [...(system === undefined ? [] : [system]), ...messages.filter(({ role }) => role === 'system').map(({ content }) => content)],
    turns: turnsOf(messages),
    tools: [],
    toolChoice: null,
    isParallelToolUse: null,
    maxTokens,
    temperature: temperature ?? null,
    topP: topP ?? null,
    topK: null,
    seed: null,
    stop: [],
    output: schema === undefined ? { kind: 'text' } : { kind: 'schema', name: 'answer', schema, isStrict: true },
    thinking: null,
    isStream,
  };
}

/** The answer with the facts of the call. */
export function completionOf(answer: ChatAnswer, { servedBy, usage, costMicroUsd, isSimulated = false }: ModelResult, latencyMs: number): Completion {
  const cut = servedBy.indexOf('/');
  return {
    content: answer.parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : '')).join(''),
    model: servedBy.slice(cut + 1),
    provider: servedBy.slice(0, cut),
    usage: completionUsage(usage),
    costMicroUsd,
    finishReason: FINISH[answer.stop],
    latencyMs: Math.round(latencyMs),
    isSimulated,
  };
}

/** In the words of this port. */
export function completionUsage({ inputTokens, outputTokens }: ModelUsage): CompletionUsage {
  return {
    promptTokens: inputTokens,
    completionTokens: outputTokens,
    totalTokens: inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens,
  };
}

/** Consecutive messages of one side are one turn. @throws AppError INVALID_PARAMS */
function turnsOf(messages: CompletionRequest['messages']): readonly Turn[] {
  const turns: { role: Turn['role']; parts: { type: 'text'; text: string }[] }[] = [];
  let hasSpoken = false;
  for (const { role, content } of messages) {
    if (role === 'system') {
      if (hasSpoken) throw new AppError('INVALID_PARAMS', { message: 'A system message stands behind others.', fix: 'Put it in front, or use system.' });
      continue;
    }
    hasSpoken = true;
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push({ type: 'text', text: content });
    else turns.push({ role, parts: [{ type: 'text', text: content }] });
  }
  if (!hasSpoken)
    throw new AppError('INVALID_PARAMS', { message: 'There is no message of the user.', fix: 'Send a prompt, or at least one message with role user.' });
  return turns;
}

function checkRange(name: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && !(value >= min && value <= max)) throw new AppError('INVALID_PARAMS', { message: `${name} is a number from ${min} to ${max}.` });
}
