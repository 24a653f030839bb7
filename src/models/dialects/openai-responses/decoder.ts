/** @module models/dialects/openai-responses/decoder: the events of a response as deltas. */
import type { JsonObject } from '../../../core/json.ts';
import { parseExactObject } from '../../wire/exact-json.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { objectIn } from '../../wire/json.ts';
import type { ChatDelta, Part, StreamDecoder } from '../conversation.ts';
import { UNKNOWN_USAGE } from '../usage.ts';
import { stopOf, unknownItem } from './answer.ts';
import { responsesUsage } from './reader.ts';
import { thinkingOf } from './reasoning.ts';

type Kind = 'text' | 'refusal' | 'thinking' | 'tool_call';

interface OpenPart {
  readonly index: number;
  readonly kind: Kind;
  hasText: boolean;
}

/** State of one stream. */
export function createResponsesDecoder(): StreamDecoder {
  const stream = createParts();
  let isStarted = false;
  let isEnded = false;

  const start = (event: JsonObject): readonly ChatDelta[] => {
    if (isStarted) return [];
    isStarted = true;
    return [{ type: 'start', id: String(objectIn(event, 'response')['id'] ?? ''), usage: UNKNOWN_USAGE }];
  };
  const end = (response: JsonObject): readonly ChatDelta[] => {
    isEnded = true;
    const stop = stopOf(response, stream.seen);
    return [...stream.closeAll(), { type: 'end', stop, stopSequence: null, usage: responsesUsage(response) }];
  };

  return {
    decode(data) {
      if (data === '' || data.trim() === '[DONE]' || isEnded) return [];
      const event = parseExactObject(data);
      switch (event['type']) {
        case 'response.failed':
        case 'error':
          throw classifyFailure({ error: objectIn(objectIn(event, 'response'), 'error') });
        case 'response.completed':
        case 'response.incomplete':
          return [...start(event), ...end(objectIn(event, 'response'))];
        default:
          return [...start(event), ...decodeEvent(event, stream)];
      }
    },
    finish: () => [],
  };
}

type Parts = ReturnType<typeof createParts>;

function decodeEvent(event: JsonObject, parts: Parts): readonly ChatDelta[] {
  const item = `${String(event['output_index'])}`;
  const content = `${item}/${String(event['content_index'])}`;
  switch (event['type']) {
    case 'response.output_item.added':
      return beginItem(objectIn(event, 'item'), item, parts);
    case 'response.output_item.done':
      return endItem(objectIn(event, 'item'), item, parts);
    case 'response.output_text.delta':
      return parts.say(content, 'text', event['delta']);
    case 'response.refusal.delta':
      return parts.say(content, 'refusal', event['delta']);
    case 'response.output_text.done':
      return parts.sayOnce(content, 'text', event['text']);
    case 'response.refusal.done':
      return parts.sayOnce(content, 'refusal', event['refusal']);
    case 'response.content_part.done':
      return parts.close(content);
    case 'response.function_call_arguments.delta':
      return parts.say(item, 'tool_call', event['delta']);
    case 'response.reasoning_summary_part.added':
      return event['summary_index'] === 0 ? [] : parts.say(item, 'thinking', '\n\n');
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      return parts.say(item, 'thinking', event['delta']);
    default:
      return [];
  }
}

function beginItem(item: JsonObject, key: string, parts: Parts): readonly ChatDelta[] {
  if (item['type'] === 'function_call') return parts.open(key, 'tool_call', { id: String(item['call_id']), name: String(item['name']) });
  // Texts and thoughts begin with their first word.
  if (item['type'] === 'message' || item['type'] === 'reasoning') return [];
  throw unknownItem(item['type']);
}

/** What did not come in pieces comes now. */
function endItem(item: JsonObject, key: string, parts: Parts): readonly ChatDelta[] {
  if (item['type'] === 'function_call') return [...beginLate(item, key, parts), ...parts.sayOnce(key, 'tool_call', item['arguments']), ...parts.close(key)];
  if (item['type'] !== 'reasoning') return [];
  const [thought] = thinkingOf(item, true);
  if (thought?.type !== 'thinking') return parts.close(key);
  const said = parts.sayOnce(key, 'thinking', thought.text);
  return [...said, ...(thought.signature === null ? [] : parts.sign(key, thought.signature)), ...parts.close(key)];
}

function beginLate(item: JsonObject, key: string, parts: Parts): readonly ChatDelta[] {
  return parts.isOpen(key) ? [] : beginItem(item, key, parts);
}

/** The parts of one stream by their place in the response. */
function createParts() {
  const opened = new Map<string, OpenPart>();
  const seen: Pick<Part, 'type'>[] = [];
  const open = (key: string, kind: Kind, call = { id: '', name: '' }): readonly ChatDelta[] => {
    const index = seen.length;
    opened.set(key, { index, kind, hasText: false });
    seen.push({ type: kind });
    return [{ type: 'part_start', index, part: kind === 'tool_call' ? { type: kind, ...call } : { type: kind } }];
  };
  const say = (key: string, kind: Kind, text: unknown): readonly ChatDelta[] => {
    if (typeof text !== 'string' || text === '') return [];
    const begun = opened.has(key) ? [] : open(key, kind);
    const part = opened.get(key);
    if (!part) return begun;
    part.hasText = true;
    return [...begun, { type: 'delta', index: part.index, text }];
  };
  const close = (key: string): readonly ChatDelta[] => {
    const part = opened.get(key);
    opened.delete(key);
    return part ? [{ type: 'part_end', index: part.index }] : [];
  };
  return {
    seen,
    open,
    say,
    close,
    isOpen: (key: string): boolean => opened.has(key),
    /** The whole text, unless its pieces have come. */
    sayOnce: (key: string, kind: Kind, text: unknown): readonly ChatDelta[] => (opened.get(key)?.hasText === true ? [] : say(key, kind, text)),
    sign(key: string, signature: string): readonly ChatDelta[] {
      const begun = opened.has(key) ? [] : open(key, 'thinking');
      const part = opened.get(key);
      return part ? [...begun, { type: 'signature', index: part.index, signature }] : begun;
    },
    closeAll: (): readonly ChatDelta[] => [...opened.keys()].flatMap(close),
  };
}
