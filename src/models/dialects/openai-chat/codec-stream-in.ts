/** @module models/dialects/openai-chat/codec-stream-in: a provider's chunks, as deltas. */
import { isObject, type JsonObject } from '../../../core/json.ts';
import { AppError } from '../../../core/errors.ts';
import { parseExactObject } from '../../wire/exact-json.ts';
import { objectIn, objectsIn } from '../../wire/json.ts';
import type { ChatDelta, StreamDecoder } from '../conversation.ts';
import { UNKNOWN_USAGE } from '../usage.ts';
import { callId, stopOf, textIn, thoughtIn } from './codec-answer.ts';
import { openAiUsage } from './reader.ts';

type SaidType = 'text' | 'thinking' | 'refusal';

/**
 * Texts, thoughts and refusals end where something else begins; calls of tools, whose pieces may
 * interleave, end with the answer. The end waits for the usage, which comes behind it.
 */
export function createOpenAiDecoder(): StreamDecoder {
  let out: ChatDelta[] = [];
  let parts = 0;
  let said: { readonly type: SaidType; readonly index: number } | undefined;
  /** Part by the provider's index of the call. */
  const calls = new Map<number, number>();
  let lastCall = -1;
  let hasStarted = false;
  let hasRefusal = false;
  /** Some servers write an empty one into every chunk. */
  let reason = '';
  let usage = UNKNOWN_USAGE;

  const endSaid = (): void => {
    if (said) out.push({ type: 'part_end', index: said.index });
    said = undefined;
  };
  const say = (type: SaidType, text: string): void => {
    if (text === '') return;
    if (said?.type !== type) {
      endSaid();
      said = { type, index: parts++ };
      out.push({ type: 'part_start', index: said.index, part: { type } });
    }
    hasRefusal ||= type === 'refusal';
    out.push({ type: 'delta', index: said.index, text });
  };
  const call = (piece: JsonObject): void => {
    const called = objectIn(piece, 'function');
    lastCall = indexOfCall(piece, lastCall, calls);
    let index = calls.get(lastCall);
    if (index === undefined) {
      const { name } = called;
      if (typeof name !== 'string') throw new AppError('PROVIDER_FAILED', { message: 'The provider calls a tool without a name.' });
      endSaid();
      index = parts++;
      calls.set(lastCall, index);
      out.push({ type: 'part_start', index, part: { type: 'tool_call', id: callId(piece['id']), name } });
    }
    const text = textIn(called, 'arguments');
    if (text !== '') out.push({ type: 'delta', index, text });
  };

  return {
    decode(data) {
      if (data === '' || data.trim() === '[DONE]') return [];
      out = [];
      const chunk = parseExactObject(data);
      if (!hasStarted) {
        hasStarted = true;
        out.push({ type: 'start', id: textIn(chunk, 'id'), usage: UNKNOWN_USAGE });
      }
      if (isObject(chunk['usage'])) usage = openAiUsage(chunk['usage']);
      const [choice] = objectsIn(chunk, 'choices');
      if (choice) {
        const delta = objectIn(choice, 'delta');
        say('thinking', thoughtIn(delta));
        say('text', textIn(delta, 'content'));
        say('refusal', textIn(delta, 'refusal'));
        for (const piece of objectsIn(delta, 'tool_calls')) call(piece);
        reason = textIn(choice, 'finish_reason') || reason;
      }
      return out;
    },
    finish() {
      out = [];
      endSaid();
      for (const index of calls.values()) out.push({ type: 'part_end', index });
      // `[DONE]` alone is an end, too, of servers that give no reason.
      out.push({ type: 'end', stop: stopOf(reason || 'stop', { hasCalls: calls.size > 0, hasRefusal }), stopSequence: null, usage });
      return out;
    },
  };
}

/** Some servers leave the index out and send each call in one piece. */
function indexOfCall({ index, id }: JsonObject, last: number, calls: ReadonlyMap<number, number>): number {
  if (typeof index === 'number') return index;
  return typeof id === 'string' && id !== '' ? calls.size : Math.max(0, last);
}
