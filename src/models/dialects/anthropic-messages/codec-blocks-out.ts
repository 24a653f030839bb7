/** @module models/dialects/anthropic-messages/codec-blocks-out: turns as the messages of a request. */
import type { JsonObject } from '../../../core/json.ts';
import { exactObjectIn } from '../../wire/exact-json.ts';
import type { ChatRequest, LossReport, MediaSource, Part, Turn } from '../conversation.ts';
import { refused } from '../reading.ts';
import { plainCallId } from '../call-ids.ts';
import { unsealSignature } from '../signatures.ts';
import { rulesOf } from './model-rules.ts';

/** @throws AppError CONVERSION_REFUSED */
export function writeTurns({ turns }: ChatRequest, model: string, loss: LossReport): readonly JsonObject[] {
  checkSystemTurns(turns, model);
  return turns.flatMap(({ role, parts }) => {
    const content = parts.flatMap((part) => writePart(part, loss));
    const [only] = content;
    if (only === undefined) return [];
    return [{ role, content: content.length === 1 && only['type'] === 'text' ? only['text'] : content }];
  });
}

/** @see https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages */
function checkSystemTurns(turns: readonly Turn[], model: string): void {
  for (const [index, { role }] of turns.entries()) {
    if (role !== 'system') continue;
    if (!rulesOf(model).takesSystemTurns) throw refused('turns.role', `${model} takes no system message in the middle of a conversation; put it in front.`);
    const next = turns[index + 1]?.role;
    if (turns[index - 1]?.role !== 'user' || (next !== undefined && next !== 'assistant'))
      throw refused('turns.role', 'a system message may stand behind one of the user only, and before one of the assistant; put it in front.');
  }
}

function writePart(part: Part, loss: LossReport): readonly JsonObject[] {
  switch (part.type) {
    case 'text':
      // The vendor refuses texts that say nothing.
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'image':
      return [{ type: 'image', source: writeSource(part.source) }];
    case 'document':
      return [{ type: 'document', source: writeDocument(part.source), ...(part.name === null ? {} : { title: part.name }) }];
    case 'tool_call':
      if (part.signature !== null) loss.note('turns.tool_call.signature');
      return [{ type: 'tool_use', id: plainCallId(part.id), name: part.name, input: writeInput(part.input) }];
    case 'tool_result':
      return [
        { type: 'tool_result', tool_use_id: plainCallId(part.callId), content: writeResult(part.parts, loss), ...(part.isError ? { is_error: true } : {}) },
      ];
    case 'thinking':
      return writeThought(part, loss);
    case 'redacted_thinking':
      return writeRedacted(part, loss);
    case 'refusal':
      // The same words: the dialect tells refusals by the reason of the end alone.
      return [{ type: 'text', text: part.text }];
  }
}

/** A signature is sent to the vendor that made it, and none is made up: unsigned thoughts stay behind. */
function writeThought({ text, signature }: Extract<Part, { readonly type: 'thinking' }>, loss: LossReport): readonly JsonObject[] {
  const own = unsealSignature('anthropic-messages', signature);
  if (own !== undefined) return [{ type: 'thinking', thinking: text, signature: own }];
  loss.note('turns.thinking');
  return [];
}

function writeRedacted({ data }: Extract<Part, { readonly type: 'redacted_thinking' }>, loss: LossReport): readonly JsonObject[] {
  const own = unsealSignature('anthropic-messages', data);
  if (own !== undefined) return [{ type: 'redacted_thinking', data: own }];
  loss.note('turns.redacted_thinking');
  return [];
}

function writeInput(input: string): JsonObject {
  const value = input === '' ? {} : exactObjectIn(input);
  if (!value) throw refused('turns.tool_call', 'the arguments of a call are not one JSON object, which the dialect wants.');
  return value;
}

function writeResult(parts: readonly Part[], loss: LossReport): unknown {
  const [only] = parts;
  return parts.length === 1 && only?.type === 'text' ? only.text : parts.flatMap((part) => writePart(part, loss));
}

function writeSource(source: MediaSource): JsonObject {
  return source.kind === 'url' ? { type: 'url', url: source.url } : { type: 'base64', media_type: source.mediaType, data: source.data };
}

function writeDocument(source: MediaSource): JsonObject {
  if (source.kind === 'url' || source.mediaType === 'application/pdf') return writeSource(source);
  if (!source.mediaType.startsWith('text/')) throw refused('turns.document', `a document of type ${source.mediaType} is neither PDF nor text.`);
  return { type: 'text', media_type: 'text/plain', data: Buffer.from(source.data, 'base64').toString('utf8') };
}
