/** @module models/dialects/openai-chat/codec-messages-in: the messages of a client, as turns. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, LossReport, Part, Turn } from '../conversation.ts';
import { mediaFromUrl } from '../media.ts';
import { listAt, malformed, noteRest, objectAt, optionalText, refused, textAt, wordOf } from '../reading.ts';

interface OpenTurn {
  readonly role: Turn['role'];
  readonly parts: Part[];
}

/**
 * What stands before the first message of the conversation is the system prompt; consecutive messages of
 * one side are one turn, results of tools are said by the user.
 *
 * @throws AppError CONVERSION_REFUSED, INVALID_REQUEST
 */
export function readMessages(messages: unknown, loss: LossReport): Pick<ChatRequest, 'system' | 'turns'> {
  const system: string[] = [];
  const turns: OpenTurn[] = [];
  const say = (role: Turn['role'], parts: readonly Part[]): void => {
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts] });
  };
  if (!Array.isArray(messages)) throw malformed('/messages', 'a list');
  for (const [index, value] of messages.entries()) {
    const pointer = `/messages/${index}`;
    const { role, ...message } = objectAt(value, pointer);
    if (role === 'system' || role === 'developer') {
      const parts = readInstruction(message, pointer, loss);
      if (turns.length === 0) system.push(...parts.map(({ text }) => text));
      else say('system', parts);
    } else if (role === 'user') say('user', readUser(message, pointer, loss));
    else if (role === 'assistant') say('assistant', readAssistant(message, pointer, loss));
    else if (role === 'tool') say('user', [readToolResult(message, pointer, loss)]);
    else if (role === 'function') throw refused(`${pointer}/role`, 'functions were replaced by tools.');
    else throw malformed(`${pointer}/role`, 'system, developer, user, assistant or tool');
  }
  return { system, turns };
}

type TextPart = Extract<Part, { readonly type: 'text' }>;

function readInstruction({ content, ...rest }: JsonObject, pointer: string, loss: LossReport): readonly TextPart[] {
  noteRest(rest, loss, 'messages.');
  return readTexts(content, `${pointer}/content`, loss);
}

function readUser({ content, ...rest }: JsonObject, pointer: string, loss: LossReport): readonly Part[] {
  noteRest(rest, loss, 'messages.');
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw malformed(`${pointer}/content`, 'a text or a list of parts');
  return content.map((part, index) => readPart(part, `${pointer}/content/${index}`, loss));
}

function readAssistant(message: JsonObject, pointer: string, loss: LossReport): readonly Part[] {
  const { content, refusal, tool_calls, reasoning_content, reasoning, audio, function_call, annotations, ...rest } = message;
  noteRest(rest, loss, 'messages.');
  // Answers carry an empty list, which clients send back.
  if (listAt(annotations, `${pointer}/annotations`).length > 0) loss.note('messages.annotations');
  if (audio !== undefined && audio !== null) throw refused(`${pointer}/audio`, 'it is speech.');
  if (function_call !== undefined && function_call !== null) throw refused(`${pointer}/function_call`, 'functions were replaced by tools.');
  // Servers of models that think name it one way or the other.
  const thought = optionalText(reasoning_content ?? reasoning, `${pointer}/reasoning_content`);
  const refusalText = optionalText(refusal, `${pointer}/refusal`);
  const calls = listAt(tool_calls, `${pointer}/tool_calls`).map((call, index) => readToolCall(call, `${pointer}/tool_calls/${index}`, loss));
  const said = content === undefined || content === null ? [] : readSaid(content, `${pointer}/content`, loss);
  return [
    ...(thought === null || thought === '' ? [] : [{ type: 'thinking', text: thought, signature: null } satisfies Part]),
    // An empty text beside something else says nothing, and other vendors refuse it.
    ...said.filter((part) => part.type !== 'text' || part.text !== '' || (calls.length === 0 && refusalText === null)),
    ...(refusalText === null ? [] : [{ type: 'refusal', text: refusalText } satisfies Part]),
    ...calls,
  ];
}

function readSaid(content: unknown, pointer: string, loss: LossReport): readonly Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return listAt(content, pointer).map((value, index): Part => {
    const { refusal, ...part } = objectAt(value, `${pointer}/${index}`);
    if (part['type'] !== 'refusal') return readPart(value, `${pointer}/${index}`, loss);
    const { type: _, ...rest } = part;
    noteRest(rest, loss, 'messages.content.');
    return { type: 'refusal', text: textAt(refusal, `${pointer}/${index}/refusal`) };
  });
}

function readToolCall(value: unknown, pointer: string, loss: LossReport): Part {
  const { id, type = 'function', function: called, index: _, ...rest } = objectAt(value, pointer);
  if (type !== 'function') throw refused(`${pointer}/type`, `a tool of type ${wordOf(type)} exists in openai-chat alone.`);
  const { name, arguments: input, ...others } = objectAt(called, `${pointer}/function`);
  noteRest(rest, loss, 'messages.tool_calls.');
  noteRest(others, loss, 'messages.tool_calls.function.');
  return {
    type: 'tool_call',
    id: textAt(id, `${pointer}/id`),
    name: textAt(name, `${pointer}/function/name`),
    input: textAt(input, `${pointer}/function/arguments`),
    signature: null,
  };
}

function readToolResult({ content, tool_call_id: callId, ...rest }: JsonObject, pointer: string, loss: LossReport): Part {
  noteRest(rest, loss, 'messages.');
  const parts = readTexts(content, `${pointer}/content`, loss);
  return { type: 'tool_result', callId: textAt(callId, `${pointer}/tool_call_id`), name: null, parts, isError: false };
}

function readTexts(content: unknown, pointer: string, loss: LossReport): readonly TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return listAt(content, pointer).map((value, index) => {
    const part = readPart(value, `${pointer}/${index}`, loss);
    if (part.type !== 'text') throw malformed(`${pointer}/${index}`, 'a part of type text');
    return part;
  });
}

function readPart(value: unknown, pointer: string, loss: LossReport): Part {
  const { type, text, image_url: image, file, ...rest } = objectAt(value, pointer);
  noteRest(rest, loss, 'messages.content.');
  if (type === 'text') return { type, text: textAt(text, `${pointer}/text`) };
  if (type === 'image_url') return readImage(objectAt(image, `${pointer}/image_url`), `${pointer}/image_url`, loss);
  if (type === 'file') return readFile(objectAt(file, `${pointer}/file`), `${pointer}/file`, loss);
  throw refused(`${pointer}/type`, `a part of type ${wordOf(type)} has no counterpart.`);
}

function readImage({ url, ...rest }: JsonObject, pointer: string, loss: LossReport): Part {
  noteRest(rest, loss, 'messages.content.image_url.');
  const source = mediaFromUrl(textAt(url, `${pointer}/url`));
  if (!source) throw malformed(`${pointer}/url`, 'an address, or a data URL in base64');
  return { type: 'image', source };
}

function readFile({ file_data: data, filename, file_id: id, ...rest }: JsonObject, pointer: string, loss: LossReport): Part {
  noteRest(rest, loss, 'messages.content.file.');
  if (id !== undefined && id !== null) throw refused(`${pointer}/file_id`, 'the file lies at another provider.');
  const text = textAt(data, `${pointer}/file_data`);
  // The vendor's own examples also show the bare base64 of a PDF.
  const source = mediaFromUrl(text.startsWith('data:') ? text : `data:application/pdf;base64,${text}`);
  if (!source) throw malformed(`${pointer}/file_data`, 'a data URL in base64');
  return { type: 'document', source, name: optionalText(filename, `${pointer}/filename`) };
}
