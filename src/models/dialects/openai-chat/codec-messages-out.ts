/** @module models/dialects/openai-chat/codec-messages-out: turns as the messages of a request. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, LossReport, Part, Turn } from '../conversation.ts';
import { urlOfMedia } from '../media.ts';
import { refused } from '../reading.ts';

/** The vendor wants a name beside the bytes of a file. */
const FILE_NAMES: Readonly<Record<string, string>> = { 'application/pdf': 'document.pdf', 'text/plain': 'document.txt' };

/** @throws AppError CONVERSION_REFUSED */
export function writeMessages({ system, turns }: ChatRequest, loss: LossReport): readonly JsonObject[] {
  return [...(system.length === 0 ? [] : [{ role: 'system', content: writeTexts(system) }]), ...turns.flatMap((turn) => writeTurn(turn, loss))];
}

function writeTurn({ role, parts }: Turn, loss: LossReport): readonly JsonObject[] {
  if (role === 'user') return writeUser(parts, loss);
  if (role === 'assistant') return [writeAssistant(parts, loss)];
  return [{ role, content: writeTexts(parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))) }];
}

/** One text as it is: not every server takes a list. */
function writeTexts(texts: readonly string[]): unknown {
  const [first = ''] = texts;
  return texts.length <= 1 ? first : texts.map((text) => ({ type: 'text', text }));
}

/** Results of tools are messages of their own, right behind the calls. */
function writeUser(parts: readonly Part[], loss: LossReport): readonly JsonObject[] {
  const results: JsonObject[] = [];
  const said: JsonObject[] = [];
  for (const part of parts) {
    if (part.type !== 'tool_result') {
      said.push(writePart(part));
      continue;
    }
    if (part.isError) loss.note('turns.tool_result.isError');
    const media = part.parts.filter(({ type }) => type !== 'text');
    results.push({ role: 'tool', tool_call_id: part.callId, content: writeTexts(part.parts.flatMap((inner) => (inner.type === 'text' ? [inner.text] : []))) });
    if (media.length === 0) continue;
    // A result is text alone here: the rest follows as the user's own, with the call it belongs to.
    loss.note('turns.tool_result.media');
    said.push({ type: 'text', text: `Result of tool call ${part.callId}:` }, ...media.map(writePart));
  }
  const [first] = said;
  if (!first) return results;
  return [...results, { role: 'user', content: said.length === 1 && first['type'] === 'text' ? first['text'] : said }];
}

function writePart(part: Part): JsonObject {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'image') return { type: 'image_url', image_url: { url: urlOfMedia(part.source) } };
  if (part.type !== 'document') throw refused(`turns.${part.type}`, `a part of type ${part.type} of the user has no counterpart.`);
  if (part.source.kind === 'url') throw refused('turns.document.source', 'a document must come with its bytes.');
  return { type: 'file', file: { filename: part.name ?? FILE_NAMES[part.source.mediaType] ?? 'document', file_data: urlOfMedia(part.source) } };
}

function writeAssistant(parts: readonly Part[], loss: LossReport): JsonObject {
  const texts: string[] = [];
  const refusals: string[] = [];
  const calls: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.type === 'refusal') refusals.push(part.text);
    else if (part.type === 'tool_call') {
      if (part.signature !== null) loss.note('turns.tool_call.signature');
      calls.push({ id: part.id, type: 'function', function: { name: part.name, arguments: part.input === '' ? '{}' : part.input } });
      // Another vendor's thoughts: its models want them back, these have no place for them.
    } else if (part.type === 'thinking' || part.type === 'redacted_thinking') loss.note(`turns.${part.type}`);
    else throw refused(`turns.${part.type}`, `a part of type ${part.type} of the assistant has no counterpart.`);
  }
  return {
    role: 'assistant',
    content: texts.length === 0 ? (calls.length + refusals.length > 0 ? null : '') : writeTexts(texts),
    ...(refusals.length === 0 ? {} : { refusal: refusals.join('') }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}
