/** @module models/dialects/openai-responses/reasoning: items of reasoning and the typed form of thinking. */
import type { JsonObject } from '../../../core/json.ts';
import { objectsIn } from '../../wire/json.ts';
import type { Part } from '../conversation.ts';
import { sealSignature, unsealSignature } from '../signatures.ts';

/** Thinking that another vendor hid from everybody, as an item of reasoning that only it can open. */
const REDACTED = 'redacted:';

/**
 * The item as parts; none when it says nothing.
 *
 * @param isOurs whether the vendor itself sent it: then the proof gets its seal
 */
export function thinkingOf(item: JsonObject, isOurs: boolean): readonly Part[] {
  const { encrypted_content: encrypted } = item;
  const shown = textsOf(item, 'summary');
  const text = (shown.length > 0 ? shown : textsOf(item, 'content')).join('\n\n');
  if (typeof encrypted !== 'string' || encrypted === '') return text === '' ? [] : [{ type: 'thinking', text, signature: null }];
  if (encrypted.startsWith(REDACTED)) return [{ type: 'redacted_thinking', data: encrypted.slice(REDACTED.length) }];
  return [{ type: 'thinking', text, signature: isOurs ? sealSignature('openai-responses', encrypted) : encrypted }];
}

/** For a client. */
export function reasoningItem(id: string, part: Extract<Part, { type: 'thinking' | 'redacted_thinking' }>): JsonObject {
  if (part.type === 'redacted_thinking') return { id, type: 'reasoning', summary: [], encrypted_content: REDACTED + part.data };
  const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
  return { id, type: 'reasoning', summary, ...(part.signature === null ? {} : { encrypted_content: part.signature }) };
}

/** For the vendor; undefined when another one's model thought it. */
export function ownReasoning(part: Extract<Part, { type: 'thinking' }>): JsonObject | undefined {
  const encrypted = unsealSignature('openai-responses', part.signature);
  return encrypted === undefined
    ? undefined
    : { type: 'reasoning', summary: part.text === '' ? [] : [{ type: 'summary_text', text: part.text }], encrypted_content: encrypted };
}

function textsOf(item: JsonObject, name: string): readonly string[] {
  return objectsIn(item, name).flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
}
