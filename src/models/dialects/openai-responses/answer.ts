/** @module models/dialects/openai-responses/answer: whole responses, read and written. */
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { ModelUsage } from '../../../contracts/model.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { objectIn, objectsIn } from '../../wire/json.ts';
import type { AnswerFacts, ChatAnswer, Part, StopReason, ToolSpec } from '../conversation.ts';
import { wordOf } from '../reading.ts';
import { namesOfCall } from './groups.ts';
import { reasoningItem, thinkingOf } from './reasoning.ts';
import { responsesUsage } from './reader.ts';

/** @throws AppError PROVIDER_FAILED */
export function decodeResponse(body: JsonObject): ChatAnswer {
  if (isObject(body['error'])) throw classifyFailure({ error: body['error'] });
  const parts = objectsIn(body, 'output').flatMap(partsOf);
  return { id: String(body['id'] ?? ''), parts, stop: stopOf(body, parts), stopSequence: null, usage: responsesUsage(body) };
}

/** Why a response ended, by its status and what it holds. */
export function stopOf(body: JsonObject, parts: readonly Pick<Part, 'type'>[]): StopReason {
  if (body['status'] === 'incomplete') return objectIn(body, 'incomplete_details')['reason'] === 'content_filter' ? 'content_filter' : 'length';
  if (body['status'] !== 'completed') throw new AppError('PROVIDER_FAILED');
  if (parts.some(({ type }) => type === 'tool_call')) return 'tool_calls';
  return parts.some(({ type }) => type === 'refusal') ? 'refusal' : 'end';
}

/** For items that the request cannot have asked for. */
export function unknownItem(type: unknown): AppError {
  return new AppError('PROVIDER_FAILED', { message: `The answer holds an item of type ${wordOf(type)}, which cannot be converted.` });
}

function partsOf(item: JsonObject): readonly Part[] {
  switch (item['type']) {
    case 'message':
      return objectsIn(item, 'content').map(partOf);
    case 'function_call':
      return [{ type: 'tool_call', id: String(item['call_id']), name: String(item['name']), input: String(item['arguments'] ?? ''), signature: null }];
    case 'reasoning':
      return thinkingOf(item, true);
    default:
      throw unknownItem(item['type']);
  }
}

function partOf(part: JsonObject): Part {
  if (part['type'] === 'output_text') return { type: 'text', text: String(part['text'] ?? '') };
  if (part['type'] === 'refusal') return { type: 'refusal', text: String(part['refusal'] ?? '') };
  throw unknownItem(part['type']);
}

/** One item for each part. */
export function encodeResponse({ id, parts, stop, usage }: ChatAnswer, facts: AnswerFacts): JsonObject {
  const responseId = responseIdOf(id);
  const output = parts.map((part, index) => encodeItem(part, itemIdOf(responseId, part.type, index), facts.tools));
  return responseObject({ id: responseId, facts, output, end: endOf(stop, parts), usage });
}

/** How a response ended, in the words of this dialect. */
export interface ResponseEnd {
  readonly status: 'in_progress' | 'completed' | 'incomplete';
  readonly reason: 'max_output_tokens' | 'content_filter' | null;
}

/** A refusal in words is a whole answer; one without is a filter's. */
export function endOf(stop: StopReason, parts: readonly Pick<Part, 'type'>[]): ResponseEnd {
  if (stop === 'length') return { status: 'incomplete', reason: 'max_output_tokens' };
  const isFiltered = stop === 'content_filter' || (stop === 'refusal' && !parts.some(({ type }) => type === 'refusal'));
  return isFiltered ? { status: 'incomplete', reason: 'content_filter' } : { status: 'completed', reason: null };
}

/** What a response object is made of. */
interface ResponseParts {
  readonly id: string;
  readonly facts: AnswerFacts;
  readonly output: readonly JsonObject[];
  readonly end: ResponseEnd;
  readonly usage: ModelUsage | null;
}

/** Members that only the vendor knows are left out. */
export function responseObject({ id, facts, output, end, usage }: ResponseParts): JsonObject {
  return {
    id,
    object: 'response',
    created_at: facts.createdAt,
    status: end.status,
    error: null,
    incomplete_details: end.reason === null ? null : { reason: end.reason },
    instructions: null,
    metadata: {},
    model: facts.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    store: false,
    tool_choice: 'auto',
    tools: [],
    usage: usage === null ? null : encodeUsage(usage),
  };
}

/** Null unless both counts are known. */
function encodeUsage({ inputTokens, outputTokens, cacheReadTokens }: ModelUsage): JsonObject | null {
  if (inputTokens === null || outputTokens === null) return null;
  return {
    input_tokens: inputTokens,
    ...(cacheReadTokens === null ? {} : { input_tokens_details: { cached_tokens: cacheReadTokens } }),
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

/** The vendor's ids keep their form. */
export function responseIdOf(id: string): string {
  return id.startsWith('resp_') ? id : `resp_${id}`;
}

const PREFIXES = { tool_call: 'fc', thinking: 'rs', redacted_thinking: 'rs' } as const;

/** Id of the item of a part. */
export function itemIdOf(responseId: string, type: Part['type'], index: number): string {
  const prefix = type === 'tool_call' || type === 'thinking' || type === 'redacted_thinking' ? PREFIXES[type] : 'msg';
  return `${prefix}_${responseId.slice('resp_'.length)}_${index}`;
}

/** A whole part as an item. @throws AppError PROVIDER_FAILED for a part that no response has */
export function encodeItem(part: Part, id: string, tools?: readonly ToolSpec[]): JsonObject {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { id, type: 'message', role: 'assistant', status: 'completed', content: [contentPart(part)] };
    case 'tool_call':
      return {
        id,
        type: 'function_call',
        status: 'completed',
        call_id: part.id,
        ...namesOfCall(part.name, tools),
        arguments: part.input === '' ? '{}' : part.input,
      };
    case 'thinking':
    case 'redacted_thinking':
      return reasoningItem(id, part);
    default:
      throw unknownItem(part.type);
  }
}

/** The content of a message. */
export function contentPart({ type, text }: { readonly type: 'text' | 'refusal'; readonly text: string }): JsonObject {
  return type === 'text' ? { type: 'output_text', text, annotations: [], logprobs: [] } : { type: 'refusal', refusal: text };
}
