/** @module models/dialects/gemini/contents-in: the contents of a request as turns. */
import type { JsonObject } from '../../../core/json.ts';
import type { LossReport, MediaSource, Part, Turn } from '../conversation.ts';
import { REDACTED } from './answer.ts';
import { isSet, listAt, malformed, noteExcept, objectAt, objectOr, optionalText, refused, textAt } from '../reading.ts';

/** A part has one of these; the others say how to read it. */
const KINDS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
] as const;

/** A call that waits for its result. */
interface OpenCall {
  readonly id: string;
  isOpen: boolean;
}

/** Calls that wait for their result, found at once by id and by name: a client may send very many. */
class OpenCalls {
  readonly #byId = new Map<string, Queue>();
  readonly #byName = new Map<string, Queue>();

  add(id: string, name: string): void {
    const call = { id, isOpen: true };
    queueIn(this.#byId, id).calls.push(call);
    queueIn(this.#byName, name).calls.push(call);
  }

  /** The first that is open, by its id or else by its name; it is open no more. */
  take(id: string | null, name: string): string | undefined {
    const queue = id === null ? this.#byName.get(name) : this.#byId.get(id);
    for (let call = next(queue); call; call = next(queue)) {
      if (!call.isOpen) continue;
      call.isOpen = false;
      return call.id;
    }
    return undefined;
  }
}

/** Taking from the front of an array moves all that is behind. */
interface Queue {
  readonly calls: OpenCall[];
  head: number;
}

function next(queue: Queue | undefined): OpenCall | undefined {
  const call = queue?.calls[queue.head];
  if (queue) queue.head += 1;
  return call;
}

function queueIn(queues: Map<string, Queue>, key: string): Queue {
  const queue = queues.get(key) ?? { calls: [], head: 0 };
  queues.set(key, queue);
  return queue;
}

/** Calls without id get one here; results without id belong to the first open call of their name. @throws AppError CONVERSION_REFUSED, INVALID_REQUEST */
export function decodeContents(contents: unknown, loss: LossReport): readonly Turn[] {
  const open = new OpenCalls();
  let calls = 0;
  const idOfCall = (told: string | null, name: string): string => {
    calls += 1;
    const id = told ?? `call_${calls}`;
    open.add(id, name);
    return id;
  };
  const idOfResult = (told: string | null, name: string, pointer: string): string => {
    const id = open.take(told, name);
    if (id === undefined) throw malformed(pointer, 'the result of a call that stands before it');
    return id;
  };
  // A text alone is one message of the user.
  const list = typeof contents === 'string' ? [{ parts: [{ text: contents }] }] : listAt(contents, '/contents');
  return list.map((item, index): Turn => {
    const pointer = `/contents/${index}`;
    const content = objectAt(item, pointer);
    const { role = 'user' } = content;
    if (role !== 'user' && role !== 'model' && role !== 'function') throw malformed(`${pointer}/role`, 'user or model');
    const parts = listAt(content['parts'], `${pointer}/parts`).map((part, at) =>
      decodePart(objectAt(part, `${pointer}/parts/${at}`), `${pointer}/parts/${at}`, { loss, idOfCall, idOfResult }),
    );
    return { role: role === 'model' ? 'assistant' : 'user', parts };
  });
}

interface Context {
  readonly loss: LossReport;
  idOfCall(told: string | null, name: string): string;
  idOfResult(told: string | null, name: string, pointer: string): string;
}

function decodePart(part: JsonObject, pointer: string, context: Context): Part {
  const kind = KINDS.find((name) => isSet(part[name]));
  const signature = optionalText(part['thoughtSignature'], `${pointer}/thoughtSignature`);
  const { loss } = context;
  if (kind === undefined) throw refused(pointer, `the part holds ${Object.keys(part).join(', ').slice(0, 80) || 'nothing'}.`);
  noteExcept(part, new Set([kind, 'thought', 'thoughtSignature']), loss, 'contents.parts.');
  const isSigned = kind === 'functionCall' || part['thought'] === true;
  if (signature !== null && !isSigned) loss.note('contents.parts.thoughtSignature');
  switch (kind) {
    case 'text': {
      const text = textAt(part['text'], `${pointer}/text`);
      if (part['thought'] !== true) return { type: 'text', text };
      return signature?.startsWith(REDACTED) ? { type: 'redacted_thinking', data: signature.slice(REDACTED.length) } : { type: 'thinking', text, signature };
    }
    case 'inlineData':
    case 'fileData':
      return decodeMedia(objectAt(part[kind], `${pointer}/${kind}`), `${pointer}/${kind}`);
    case 'functionCall':
      return decodeCall(objectAt(part['functionCall'], `${pointer}/functionCall`), `${pointer}/functionCall`, signature, context);
    case 'functionResponse':
      return decodeResult(objectAt(part['functionResponse'], `${pointer}/functionResponse`), `${pointer}/functionResponse`, context);
    default:
      throw refused(`${pointer}/${kind}`, 'it comes from a tool that runs at the vendor of this dialect only.');
  }
}

function decodeCall(call: JsonObject, pointer: string, signature: string | null, { loss, idOfCall }: Context): Part {
  noteExcept(call, new Set(['id', 'name', 'args']), loss, 'contents.parts.functionCall.');
  const name = textAt(call['name'], `${pointer}/name`);
  const id = idOfCall(optionalText(call['id'], `${pointer}/id`), name);
  return { type: 'tool_call', id, name, input: JSON.stringify(objectOr(call['args'], `${pointer}/args`)), signature };
}

/** `output`, `result` and `error` are the vendor's words for what a function gave; anything else is the result itself. */
function decodeResult(result: JsonObject, pointer: string, { loss, idOfResult }: Context): Part {
  noteExcept(result, new Set(['id', 'name', 'response', 'parts']), loss, 'contents.parts.functionResponse.');
  const name = textAt(result['name'], `${pointer}/name`);
  const callId = idOfResult(optionalText(result['id'], `${pointer}/id`), name, pointer);
  const response = objectOr(result['response'], `${pointer}/response`);
  const [key, ...others] = Object.keys(response);
  const isWord = others.length === 0 && (key === 'output' || key === 'result' || key === 'error');
  const value = isWord ? response[key] : response;
  const media = listAt(result['parts'], `${pointer}/parts`).map((item, index) => {
    const part = objectAt(item, `${pointer}/parts/${index}`);
    return decodeMedia(objectAt(part['inlineData'] ?? part['fileData'], `${pointer}/parts/${index}`), `${pointer}/parts/${index}`);
  });
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? {});
  return { type: 'tool_result', callId, name, parts: [{ type: 'text', text }, ...media], isError: isWord && key === 'error' };
}

function decodeMedia(media: JsonObject, pointer: string): Part {
  const mediaType = optionalText(media['mimeType'], `${pointer}/mimeType`) ?? '';
  const source: MediaSource = isSet(media['fileUri'])
    ? urlSource(textAt(media['fileUri'], `${pointer}/fileUri`), pointer)
    : { kind: 'base64', mediaType, data: textAt(media['data'], `${pointer}/data`) };
  if (mediaType.startsWith('image/')) return { type: 'image', source };
  if (mediaType === 'application/pdf' || mediaType.startsWith('text/'))
    return { type: 'document', source, name: optionalText(media['displayName'], `${pointer}/displayName`) };
  throw refused(`${pointer}/mimeType`, `${mediaType === '' ? 'data without a type' : mediaType} has no counterpart.`);
}

function urlSource(url: string, pointer: string): MediaSource {
  if (!/^https?:/i.test(url) || /^https:\/\/generativelanguage\.googleapis\.com\//i.test(url))
    throw refused(`${pointer}/fileUri`, 'only the vendor that keeps the file can read it.');
  return { kind: 'url', url };
}
