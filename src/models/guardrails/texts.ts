/** @module models/guardrails/texts: which texts of a body a model reads, or has written. */
import type { ModelDialect } from '../../contracts/model.ts';
import { decodeText, walkTexts, type TokenKind } from '../wire/json-strings.ts';

/** A text with its place in the bytes. */
export interface BodyText {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Whether it is itself JSON, such as the arguments of a tool. */
  readonly isJson: boolean;
  /** Names and indices on the way to it. */
  readonly path: readonly (string | number)[];
}

type Path = readonly (string | number)[];

/** Members that name, link or prove something: no model reads them as text, and a changed one breaks the request. */
const NOT_TEXT: ReadonlySet<string | number> = new Set([
  'model',
  'id',
  'type',
  'role',
  'object',
  'status',
  'stop_reason',
  'finish_reason',
  'finishReason',
  'signature',
  'encrypted_content',
  'thoughtSignature',
  'thought_signature',
  'tool_call_id',
  'tool_use_id',
  'toolUseId',
  'call_id',
  'callId',
  'item_id',
  'previous_response_id',
  'response_id',
  'media_type',
  'mime_type',
  'mimeType',
  'encoding_format',
  'service_tier',
  'cachedContent',
  'responseId',
  'modelVersion',
  'system_fingerprint',
  'obfuscation',
]);
/** Members whose objects are the caller's own: every name in them may be anything. */
const FREE: ReadonlySet<string | number> = new Set(['input', 'args', 'arguments', 'response']);
/** Members that may hold media in base64. */
const MEDIA: ReadonlySet<string | number> = new Set(['data', 'file_data', 'url', 'image_url', 'b64_json', 'result']);
const MEDIA_MIN = 128;
const MEDIA_HEAD = /^data:[^,]{0,100};base64,/;
/** In a line of base64. The other alphabet, with `-` and `_`, is that of keys: no medium needs it. */
const NOT_BASE64 = /[^A-Za-z0-9+/=\\]|\\(?!\/)|=(?!=?$)/;
/** Shorter lines are those of a list: of numbers or keys, one a line, which are made of the same signs. */
const MIN_LINE = 60;

/** Where an answer has what the model wrote; everything else in it is the provider's, or an echo of the request. */
const ANSWER: Readonly<Partial<Record<ModelDialect, string>>> = {
  'openai-chat': 'choices',
  'openai-responses': 'output',
  'anthropic-messages': 'content',
  gemini: 'candidates',
  typed: 'parts',
};

/** Texts of a request, the user's label and metadata too: they leave the house as well. */
export function requestTexts(bytes: Uint8Array): readonly BodyText[] {
  return textsIn(bytes, () => true);
}

/** Texts of a whole answer. */
export function answerTexts(dialect: ModelDialect, bytes: Uint8Array): readonly BodyText[] {
  const root = ANSWER[dialect];
  return textsIn(bytes, (path) => path[0] === root);
}

/** Every text of an event. */
export function eventTexts(bytes: Uint8Array): readonly BodyText[] {
  // What a response begins with is an echo of the request.
  return textsIn(bytes, (path) => path[0] !== 'response' || path[1] === 'output');
}

function textsIn(bytes: Uint8Array, isMeant: (path: Path) => boolean): readonly BodyText[] {
  const texts: BodyText[] = [];
  walkTexts(bytes, ({ kind, path, start, end }) => {
    if (start === end || !isMeant(path) || !isText(kind, path)) return;
    if (isMedia(bytes, path, start, end)) return;
    texts.push({ kind, start, end, text: decodeText(bytes, start, end), isJson: isJsonText(path), path: [...path] });
  });
  return texts;
}

function isText(kind: TokenKind, path: Path): boolean {
  const isFree = path.some((step, index) => index > 0 && index < path.length - 1 && FREE.has(step) && typeof path[index + 1] === 'string');
  if (isFree) return true;
  return kind === 'text' && !NOT_TEXT.has(nameOf(path));
}

/** The last name on the way: items of a list are what the list is. */
function nameOf(path: Path): string | number {
  return path.findLast((step) => typeof step === 'string') ?? '';
}

function isMedia(bytes: Uint8Array, path: Path, start: number, end: number): boolean {
  if (end - start < MEDIA_MIN || !MEDIA.has(nameOf(path))) return false;
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);
  return isBase64(raw.slice(MEDIA_HEAD.exec(raw)?.[0].length ?? 0));
}

/** All of it is looked at: what only begins as base64 may hide a text behind its beginning, or in escapes. @param raw with the escapes of JSON */
function isBase64(raw: string): boolean {
  const lines = raw.split(/(?:\\r)?\\n/);
  return lines.every((line, index) => (index >= lines.length - 2 || line.length >= MIN_LINE) && !NOT_BASE64.test(line)) && (lines[0]?.length ?? 0) >= MIN_LINE;
}

function isJsonText(path: Path): boolean {
  const last = path.at(-1);
  return last === 'arguments' || last === 'partial_json' || (last === 'input' && (path[0] === 'turns' || path[0] === 'parts'));
}
