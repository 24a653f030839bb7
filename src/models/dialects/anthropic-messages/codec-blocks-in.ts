/** @module models/dialects/anthropic-messages/codec-blocks-in: system and messages of a client, as turns. */
import type { JsonObject } from '../../../core/json.ts';
import type { LossReport, MediaSource, Part, Turn } from '../conversation.ts';
import { listAt, malformed, noteRest, objectAt, optionalFlag, optionalText, refused, textAt, wordOf } from '../reading.ts';

/** One text per block. @throws AppError INVALID_REQUEST */
export function readSystem(system: unknown, loss: LossReport): readonly string[] {
  return readTexts(system, '/system', 'system.', loss).map(({ text }) => text);
}

/** Consecutive messages of one side are one turn, as the vendor does it. @throws AppError CONVERSION_REFUSED, INVALID_REQUEST */
export function readTurns(messages: unknown, loss: LossReport): readonly Turn[] {
  const turns: { readonly role: Turn['role']; readonly parts: Part[] }[] = [];
  if (!Array.isArray(messages)) throw malformed('/messages', 'a list');
  for (const [index, value] of messages.entries()) {
    const pointer = `/messages/${index}`;
    const { role, content, ...rest } = objectAt(value, pointer);
    noteRest(rest, loss, 'messages.');
    if (role !== 'user' && role !== 'assistant' && role !== 'system') throw malformed(`${pointer}/role`, 'user, assistant or system');
    const parts = role === 'system' ? readTexts(content, `${pointer}/content`, 'messages.content.', loss) : readContent(content, `${pointer}/content`, loss);
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts] });
  }
  return turns;
}

type TextPart = Extract<Part, { readonly type: 'text' }>;

function readTexts(value: unknown, pointer: string, prefix: string, loss: LossReport): readonly TextPart[] {
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  return listAt(value, pointer).map((block, index) => {
    const { type, text, ...rest } = objectAt(block, `${pointer}/${index}`);
    if (type !== 'text') throw refused(`${pointer}/${index}/type`, 'it is not text.');
    noteRest(rest, loss, prefix);
    return { type, text: textAt(text, `${pointer}/${index}/text`) };
  });
}

function readContent(content: unknown, pointer: string, loss: LossReport): readonly Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw malformed(pointer, 'a text or a list of blocks');
  return content.map((block, index) => readBlock(objectAt(block, `${pointer}/${index}`), `${pointer}/${index}`, loss));
}

const BLOCKS: Readonly<Record<string, (block: JsonObject, pointer: string, loss: LossReport) => Part>> = {
  text({ text, ...rest }, pointer, loss) {
    noteRest(rest, loss, 'messages.content.');
    return { type: 'text', text: textAt(text, `${pointer}/text`) };
  },
  image({ source, ...rest }, pointer, loss) {
    noteRest(rest, loss, 'messages.content.');
    return { type: 'image', source: readSource(source, `${pointer}/source`) };
  },
  document({ source, title, context, citations, ...rest }, pointer, loss) {
    noteRest(rest, loss, 'messages.content.');
    if (context !== undefined && context !== null) throw refused(`${pointer}/context`, 'the model is told it beside the document.');
    const { enabled } = objectAt(citations ?? {}, `${pointer}/citations`);
    if (enabled === true) throw refused(`${pointer}/citations`, 'it asks for citations in the answer.');
    return { type: 'document', source: readSource(source, `${pointer}/source`), name: optionalText(title, `${pointer}/title`) };
  },
  thinking({ thinking, signature, ...rest }, pointer, loss) {
    noteRest(rest, loss, 'messages.content.');
    const sign = optionalText(signature, `${pointer}/signature`);
    return { type: 'thinking', text: textAt(thinking, `${pointer}/thinking`), signature: sign === '' ? null : sign };
  },
  redacted_thinking({ data, ...rest }, pointer, loss) {
    noteRest(rest, loss, 'messages.content.');
    return { type: 'redacted_thinking', data: textAt(data, `${pointer}/data`) };
  },
  tool_use({ id, name, input, toolset_name: toolset, caller, ...rest }, pointer, loss) {
    if (toolset !== undefined && toolset !== null) throw refused(`${pointer}/toolset_name`, "the tool is one of the provider's own.");
    if (objectAt(caller ?? { type: 'direct' }, `${pointer}/caller`)['type'] !== 'direct')
      throw refused(`${pointer}/caller`, 'the call was made by code that ran at the provider.');
    noteRest(rest, loss, 'messages.content.');
    return {
      type: 'tool_call',
      id: textAt(id, `${pointer}/id`),
      name: textAt(name, `${pointer}/name`),
      input: JSON.stringify(objectAt(input, `${pointer}/input`)),
      signature: null,
    };
  },
  tool_result({ tool_use_id: callId, content, is_error: isError, toolset_name: toolset, ...rest }, pointer, loss) {
    if (toolset !== undefined && toolset !== null) throw refused(`${pointer}/toolset_name`, "the tool is one of the provider's own.");
    noteRest(rest, loss, 'messages.content.');
    const parts = content === undefined || content === null ? [] : readContent(content, `${pointer}/content`, loss);
    if (parts.some(({ type }) => type !== 'text' && type !== 'image' && type !== 'document'))
      throw malformed(`${pointer}/content`, 'text, images and documents');
    return {
      type: 'tool_result',
      callId: textAt(callId, `${pointer}/tool_use_id`),
      name: null,
      parts,
      isError: optionalFlag(isError, `${pointer}/is_error`) ?? false,
    };
  },
};

function readBlock({ type, ...block }: JsonObject, pointer: string, loss: LossReport): Part {
  const read = typeof type === 'string' && Object.hasOwn(BLOCKS, type) ? BLOCKS[type] : undefined;
  if (!read) throw refused(`${pointer}/type`, `a block of type ${wordOf(type)} has no counterpart.`);
  return read(block, pointer, loss);
}

function readSource(value: unknown, pointer: string): MediaSource {
  const { type, media_type: mediaType, data, url } = objectAt(value, pointer);
  if (type === 'base64') return { kind: 'base64', mediaType: textAt(mediaType, `${pointer}/media_type`), data: textAt(data, `${pointer}/data`) };
  if (type === 'url') return { kind: 'url', url: textAt(url, `${pointer}/url`) };
  if (type === 'text') return { kind: 'base64', mediaType: 'text/plain', data: Buffer.from(textAt(data, `${pointer}/data`)).toString('base64') };
  throw refused(`${pointer}/type`, `a source of type ${wordOf(type)} has no counterpart.`);
}
