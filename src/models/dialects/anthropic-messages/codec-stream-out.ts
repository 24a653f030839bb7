/** @module models/dialects/anthropic-messages/codec-stream-out: deltas, as events for a client. */
import type { JsonObject } from '../../../core/json.ts';
import type { AnswerFacts, ChatDelta, StreamEncoder } from '../conversation.ts';
import { reasonOf, writeUsage } from './codec-answer.ts';

type PartStart = Extract<ChatDelta, { readonly type: 'part_start' }>;
type PartDelta = Extract<ChatDelta, { readonly index: number }>;

/**
 * Blocks come one after the other here: while one is open, what belongs to others waits for its end.
 * Their indices are counted anew.
 */
export function createAnthropicEncoder({ model }: AnswerFacts): StreamEncoder {
  const types = new Map<number, PartStart['part']['type']>();
  const waiting = new Map<number, PartDelta[]>();
  let open: number | undefined;
  let block = -1;

  const write = (delta: PartDelta): string => {
    if (delta.type === 'part_start') {
      open = delta.index;
      block += 1;
      types.set(delta.index, delta.part.type);
      return event('content_block_start', { index: block, content_block: blockOf(delta.part) });
    }
    if (delta.type === 'part_end') {
      open = undefined;
      return event('content_block_stop', { index: block });
    }
    if (delta.type === 'signature')
      return types.get(delta.index) === 'thinking'
        ? event('content_block_delta', { index: block, delta: { type: 'signature_delta', signature: delta.signature } })
        : '';
    return event('content_block_delta', { index: block, delta: pieceOf(types.get(delta.index), delta.text) });
  };

  /** Writes what waits, part by part, up to the first that is not at its end. */
  const writeWaiting = (): string => {
    let text = '';
    for (const [index, deltas] of waiting) {
      waiting.delete(index);
      text += deltas.map(write).join('');
      if (open !== undefined) break;
    }
    return text;
  };

  const take = (delta: PartDelta): string => {
    if (open === undefined || open === delta.index) return write(delta) + (open === undefined ? writeWaiting() : '');
    const queue = waiting.get(delta.index);
    if (queue) queue.push(delta);
    else waiting.set(delta.index, [delta]);
    return '';
  };

  return {
    encode(delta) {
      if (delta.type === 'start') return event('message_start', { message: messageOf(delta, model) });
      if (delta.type !== 'end') return take(delta);
      const { stop, stopSequence, usage } = delta;
      // A part without an end, of which the last word came: what waits for it is said all the same.
      let rest = '';
      while (open !== undefined) rest += take({ type: 'part_end', index: open });
      return (
        rest +
        event('message_delta', { delta: { stop_reason: reasonOf(stop), stop_sequence: stopSequence }, usage: writeUsage(usage) }) +
        event('message_stop', {})
      );
    },
  };
}

function event(type: string, rest: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}

/**
 * The counts of the start are those so far, and clients want numbers there: 0 until the end tells them. What
 * is not known at the end stays unknown there.
 */
function messageOf({ id, usage }: Extract<ChatDelta, { readonly type: 'start' }>, model: string): JsonObject {
  const soFar = { ...usage, inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0 };
  return { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage: writeUsage(soFar) };
}

function blockOf(part: PartStart['part']): JsonObject {
  if (part.type === 'tool_call') return { type: 'tool_use', id: part.id, name: part.name, input: {} };
  if (part.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  if (part.type === 'redacted_thinking') return { type: 'redacted_thinking', data: part.data };
  return { type: 'text', text: '' };
}

function pieceOf(type: PartStart['part']['type'] | undefined, text: string): JsonObject {
  if (type === 'tool_call') return { type: 'input_json_delta', partial_json: text };
  return type === 'thinking' ? { type: 'thinking_delta', thinking: text } : { type: 'text_delta', text };
}
