/** @module models/dialects/openai-responses/encoder: deltas as the events of a response. */
import type { JsonObject } from '../../../core/json.ts';
import type { AnswerFacts, ChatDelta, Part, StreamEncoder } from '../conversation.ts';
import { namesOfCall } from './groups.ts';
import { contentPart, encodeItem, endOf, itemIdOf, responseIdOf, responseObject, type ResponseEnd } from './answer.ts';

type StartOf = Extract<ChatDelta, { type: 'part_start' }>['part'];

/** One item under way. */
interface Item {
  readonly id: string;
  readonly outputIndex: number;
  readonly part: StartOf;
  text: string;
  signature: string | null;
}

type Event = readonly [type: string, members: JsonObject];

const IN_PROGRESS: ResponseEnd = { status: 'in_progress', reason: null };

/** State of one stream. Every event has its number; the last one holds the whole response. */
export function createResponsesEncoder(facts: AnswerFacts): StreamEncoder {
  const items = new Map<number, Item>();
  const done: JsonObject[] = [];
  const types: Pick<Part, 'type'>[] = [];
  let sequence = 0;
  let id = '';

  const write = (events: readonly Event[]): string =>
    events.map(([type, members]) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...members })}\n\n`).join('');
  const whole = (end: ResponseEnd, usage: Parameters<typeof responseObject>[0]['usage']): JsonObject =>
    responseObject({ id, facts, output: done.filter(Boolean), end, usage });

  const begin = (index: number, part: StartOf): readonly Event[] => {
    const item: Item = { id: itemIdOf(id, part.type, types.length), outputIndex: types.length, part, text: '', signature: null };
    items.set(index, item);
    types.push({ type: part.type });
    return beginItem(item, facts.tools);
  };
  const finish = (index: number): readonly Event[] => {
    const item = items.get(index);
    if (!item) return [];
    items.delete(index);
    const whole = encodeItem(partOf(item), item.id, facts.tools);
    done[item.outputIndex] = whole;
    return [...endContent(item, facts.tools), ['response.output_item.done', { output_index: item.outputIndex, item: whole }]];
  };

  return {
    encode(delta) {
      switch (delta.type) {
        case 'start':
          id = responseIdOf(delta.id);
          return write([
            ['response.created', { response: whole(IN_PROGRESS, null) }],
            ['response.in_progress', { response: whole(IN_PROGRESS, null) }],
          ]);
        case 'part_start':
          return write(begin(delta.index, delta.part));
        case 'delta':
          return write(say(items.get(delta.index), delta.text));
        case 'signature': {
          const item = items.get(delta.index);
          if (item) item.signature = delta.signature;
          return '';
        }
        case 'part_end':
          return write(finish(delta.index));
        case 'end': {
          const rest = [...items.keys()].flatMap(finish);
          const end = endOf(delta.stop, types);
          return write([...rest, [`response.${end.status}`, { response: whole(end, delta.usage) }]]);
        }
      }
    },
  };
}

/** Where the text of an item goes. */
const placeOf = ({ id, outputIndex }: Item): JsonObject => ({ item_id: id, output_index: outputIndex, content_index: 0 });
const thoughtPlaceOf = ({ id, outputIndex }: Item): JsonObject => ({ item_id: id, output_index: outputIndex, summary_index: 0 });

function beginItem(item: Item, tools: AnswerFacts['tools']): readonly Event[] {
  const { id, outputIndex, part } = item;
  const added = (members: JsonObject): Event => ['response.output_item.added', { output_index: outputIndex, item: { id, ...members } }];
  switch (part.type) {
    case 'tool_call':
      return [added({ type: 'function_call', status: 'in_progress', call_id: part.id, ...namesOfCall(part.name, tools), arguments: '' })];
    case 'thinking':
    case 'redacted_thinking':
      return [added({ type: 'reasoning', summary: [] })];
    default:
      return [
        added({ type: 'message', role: 'assistant', status: 'in_progress', content: [] }),
        ['response.content_part.added', { ...placeOf(item), part: contentPart({ type: part.type, text: '' }) }],
      ];
  }
}

function say(item: Item | undefined, text: string): readonly Event[] {
  if (!item || text === '') return [];
  const isFirst = item.text === '';
  item.text += text;
  const { id: item_id, outputIndex: output_index, part } = item;
  switch (part.type) {
    case 'text':
      return [['response.output_text.delta', { ...placeOf(item), delta: text, logprobs: [] }]];
    case 'refusal':
      return [['response.refusal.delta', { ...placeOf(item), delta: text }]];
    case 'tool_call':
      return [['response.function_call_arguments.delta', { item_id, output_index, delta: text }]];
    case 'thinking': {
      const delta: Event = ['response.reasoning_summary_text.delta', { ...thoughtPlaceOf(item), delta: text }];
      return isFirst ? [['response.reasoning_summary_part.added', { ...thoughtPlaceOf(item), part: { type: 'summary_text', text: '' } }], delta] : [delta];
    }
    case 'redacted_thinking':
      return [];
  }
}

function endContent(item: Item, tools: AnswerFacts['tools']): readonly Event[] {
  const { id: item_id, outputIndex: output_index, part, text } = item;
  const ended: Event = ['response.content_part.done', { ...placeOf(item), part: contentPart({ type: part.type === 'refusal' ? 'refusal' : 'text', text }) }];
  switch (part.type) {
    case 'text':
      return [['response.output_text.done', { ...placeOf(item), text, logprobs: [] }], ended];
    case 'refusal':
      return [['response.refusal.done', { ...placeOf(item), refusal: text }], ended];
    case 'tool_call':
      return [['response.function_call_arguments.done', { item_id, output_index, ...namesOfCall(part.name, tools), arguments: text === '' ? '{}' : text }]];
    default:
      return text === ''
        ? []
        : [
            ['response.reasoning_summary_text.done', { ...thoughtPlaceOf(item), text }],
            ['response.reasoning_summary_part.done', { ...thoughtPlaceOf(item), part: { type: 'summary_text', text } }],
          ];
  }
}

function partOf({ part, text, signature }: Item): Part {
  switch (part.type) {
    case 'tool_call':
      return { ...part, input: text, signature };
    case 'thinking':
      return { type: 'thinking', text, signature };
    case 'redacted_thinking':
      return part;
    default:
      return { type: part.type === 'refusal' ? 'refusal' : 'text', text };
  }
}
