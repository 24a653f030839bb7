/** @module models/cache/question: the one text of a request that may be compared by its meaning. */
import type { ModelDialect } from '../../contracts/model.ts';
import { mapListItems, readMembers } from '../wire/members.ts';

/** The last thing the user said. */
export interface Question {
  readonly text: string;
  /** Where it stands in the body, quotes included. */
  readonly start: number;
  readonly end: number;
}

/** Where a dialect keeps its turns and their texts. */
interface Places {
  readonly turns: string;
  readonly parts: string;
  /** Types of a part that is a text; null = parts have no type. */
  readonly textTypes: readonly string[] | null;
}

const PLACES: Readonly<Partial<Record<ModelDialect, Places>>> = {
  'openai-chat': { turns: 'messages', parts: 'content', textTypes: ['text'] },
  'openai-responses': { turns: 'input', parts: 'content', textTypes: ['input_text'] },
  'anthropic-messages': { turns: 'messages', parts: 'content', textTypes: ['text'] },
  gemini: { turns: 'contents', parts: 'parts', textTypes: null },
  typed: { turns: 'turns', parts: 'parts', textTypes: ['text'] },
};

/** Longer ones are too much for most models of vectors, and too particular to be asked twice. */
const MAX_CHARACTERS = 8_000;
const MAX_BODY_BYTES = 262_144;
const QUOTE = 0x22;
const OPEN_LIST = 0x5b;

/**
 * The text of the last turn, where that is the user's and has exactly one; undefined for everything
 * else, such as the result of a tool.
 *
 * @throws AppError INVALID_REQUEST when a name stands twice on the way to it
 */
export function questionIn(dialect: ModelDialect, body: Uint8Array): Question | undefined {
  const places = PLACES[dialect];
  if (!places || body.byteLength > MAX_BODY_BYTES) return undefined;
  const turns = readMembers(body).get(places.turns);
  const token = turns && textOf(turns, places);
  const text = token && textIn(token)?.trim();
  if (!token || text === undefined || text === '' || text.length > MAX_CHARACTERS) return undefined;
  const start = token.byteOffset - body.byteOffset;
  return { text, start, end: start + token.byteLength };
}

/** Numbers in the order they stand there: two questions with other numbers are never the same. */
export function numbersIn(text: string): readonly string[] {
  return text.match(/\d+(?:[.,:]\d+)*/g) ?? [];
}

function textOf(turns: Uint8Array, places: Places): Uint8Array | undefined {
  if (turns[0] === QUOTE) return turns;
  if (turns[0] !== OPEN_LIST) return undefined;
  const last = itemsIn(turns).at(-1);
  if (last?.[0] !== 0x7b) return undefined;
  const turn = readMembers(last);
  const role = textIn(turn.get('role'));
  const content = turn.get(places.parts);
  if (!content || !(role === 'user' || (role === undefined && places.textTypes === null))) return undefined;
  if (content[0] === QUOTE) return content;
  return content[0] === OPEN_LIST ? onlyText(itemsIn(content), places) : undefined;
}

function onlyText(parts: readonly Uint8Array[], { textTypes }: Places): Uint8Array | undefined {
  const texts = parts.flatMap((part) => {
    const members = part[0] === 0x7b ? readMembers(part) : undefined;
    const isText = textTypes === null || textTypes.includes(textIn(members?.get('type')) ?? '');
    const text = isText ? members?.get('text') : undefined;
    return text?.[0] === QUOTE ? [text] : [];
  });
  return texts.length === 1 ? texts[0] : undefined;
}

function itemsIn(list: Uint8Array): readonly Uint8Array[] {
  const items: Uint8Array[] = [];
  mapListItems(list, (item) => {
    items.push(item);
    return item;
  });
  return items;
}

function textIn(token: Uint8Array | undefined): string | undefined {
  if (token?.[0] !== QUOTE) return undefined;
  const value: unknown = JSON.parse(Buffer.from(token).toString('utf8'));
  return typeof value === 'string' ? value : undefined;
}
