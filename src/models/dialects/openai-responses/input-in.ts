/** @module models/dialects/openai-responses/input-in: the items of an input as turns. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, LossReport, MediaSource, Part, Turn } from '../conversation.ts';
import { mediaFromUrl } from '../media.ts';
import { isSet, listAt, malformed, noteExcept, objectAt, optionalText, refused, textAt, wordOf } from '../reading.ts';
import { joinedName } from './groups.ts';
import { thinkingOf } from './reasoning.ts';

/** Instructions in front, and what was said. */
export type DecodedInput = Pick<ChatRequest, 'system' | 'turns'>;

const LABELS = ['id', 'status'];
const MESSAGE: ReadonlySet<string> = new Set(['type', 'role', 'content', ...LABELS]);
const CALL: ReadonlySet<string> = new Set(['type', 'call_id', 'name', 'namespace', 'arguments', ...LABELS]);
const OUTPUT: ReadonlySet<string> = new Set(['type', 'call_id', 'output', ...LABELS]);

/** A text is one message of the user. @throws AppError CONVERSION_REFUSED, INVALID_REQUEST */
export function decodeInput(input: unknown, loss: LossReport): DecodedInput {
  if (typeof input === 'string') return { system: [], turns: [{ role: 'user', parts: [{ type: 'text', text: input }] }] };
  if (!Array.isArray(input)) throw malformed('/input', 'a text or a list of items');
  const said = listAt(input, '/input').map((item, index) => decodeItem(objectAt(item, `/input/${index}`), `/input/${index}`, loss));
  const first = said.findIndex(({ role }) => role !== 'system');
  const front = first < 0 ? said : said.slice(0, first);
  return {
    system: front.map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('')),
    turns: joinTurns(first < 0 ? [] : said.slice(first)),
  };
}

function decodeItem(item: JsonObject, path: string, loss: LossReport): Turn {
  const type = item['type'] ?? (isSet(item['role']) ? 'message' : undefined);
  switch (type) {
    case 'message':
      return decodeMessage(item, path, loss);
    case 'function_call':
      noteExcept(item, CALL, loss, 'input.');
      return {
        role: 'assistant',
        parts: [
          {
            type: 'tool_call',
            id: textAt(item['call_id'], `${path}/call_id`),
            name: nameOfCall(item, path),
            input: textAt(item['arguments'], `${path}/arguments`),
            signature: null,
          },
        ],
      };
    case 'function_call_output':
      noteExcept(item, OUTPUT, loss, 'input.');
      return {
        role: 'user',
        parts: [
          {
            type: 'tool_result',
            callId: textAt(item['call_id'], `${path}/call_id`),
            name: null,
            parts: decodeContent(item, 'output', path, loss),
            isError: false,
          },
        ],
      };
    case 'reasoning':
      return { role: 'assistant', parts: thinkingOf(item, false) };
    default:
      throw refused(path, `items of type ${wordOf(type)} can only be carried to the vendor of this dialect`);
  }
}

function nameOfCall(item: JsonObject, path: string): string {
  const [name, namespace] = [textAt(item['name'], `${path}/name`), optionalText(item['namespace'], `${path}/namespace`)];
  return namespace === null ? name : joinedName(namespace, name);
}

function decodeMessage(item: JsonObject, path: string, loss: LossReport): Turn {
  noteExcept(item, MESSAGE, loss, 'input.');
  const { role } = item;
  const parts = decodeContent(item, 'content', path, loss);
  if (role === 'user' || role === 'assistant') return { role, parts };
  if (role !== 'system' && role !== 'developer') throw malformed(`${path}/role`, 'user, assistant, system or developer');
  if (parts.some(({ type }) => type !== 'text')) throw refused(path, 'instructions are texts only');
  return { role: 'system', parts };
}

function decodeContent(owner: JsonObject, name: string, path: string, loss: LossReport): readonly Part[] {
  const content = owner[name];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return listAt(content, `${path}/${name}`).map((part, index) => decodePart(objectAt(part, `${path}/${name}/${index}`), `${path}/${name}/${index}`, loss));
}

function decodePart(part: JsonObject, path: string, loss: LossReport): Part {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      // Annotations and probabilities belong to an answer that was given; nobody reads them again.
      noteExcept(part, new Set(['type', 'text', 'annotations', 'logprobs']), loss, 'input.');
      return { type: 'text', text: textAt(part['text'], `${path}/text`) };
    case 'refusal':
      return { type: 'refusal', text: textAt(part['refusal'], `${path}/refusal`) };
    case 'input_image':
      noteExcept(part['detail'] === 'auto' ? { ...part, detail: null } : part, new Set(['type', 'image_url', 'file_id']), loss, 'input.');
      return { type: 'image', source: mediaSource(part, 'image_url', path) };
    case 'input_file':
      noteExcept(part, new Set(['type', 'file_data', 'file_url', 'filename', 'file_id']), loss, 'input.');
      return {
        type: 'document',
        source: mediaSource(part, isSet(part['file_data']) ? 'file_data' : 'file_url', path),
        name: optionalText(part['filename'], `${path}/filename`),
      };
    default:
      throw refused(path, `parts of type ${wordOf(part['type'])} can only be carried to the vendor of this dialect`);
  }
}

function mediaSource(part: JsonObject, member: string, path: string): MediaSource {
  if (isSet(part['file_id'])) throw refused(`${path}/file_id`, 'only the vendor that keeps the file can read it');
  const url = textAt(part[member], `${path}/${member}`);
  const source = /^(?:https?|data):/i.test(url) ? mediaFromUrl(url) : undefined;
  if (!source) throw malformed(`${path}/${member}`, 'a URL, or a data URL in base64');
  return source;
}

/** Consecutive items of one side are one turn. */
function joinTurns(turns: readonly Turn[]): readonly Turn[] {
  const joined: { readonly role: Turn['role']; readonly parts: Turn['parts'][number][] }[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (last?.role === turn.role) for (const part of turn.parts) last.parts.push(part);
    else joined.push({ role: turn.role, parts: [...turn.parts] });
  }
  return joined;
}
