/** @module models/dialects/gemini/contents-out: turns as the contents of a request. */
import type { JsonObject } from '../../../core/json.ts';
import { exactObjectIn } from '../../wire/exact-json.ts';
import type { LossReport, MediaSource, Part, Turn } from '../conversation.ts';
import { asWordsOfUser } from '../instructions.ts';
import { refused } from '../reading.ts';
import { unsealSignature } from '../signatures.ts';

type Call = Extract<Part, { type: 'tool_call' }>;
type Result = Extract<Part, { type: 'tool_result' }>;
/** Calls so far by their id, with their place among all calls; of several with one id, the last: some servers number them anew in every answer. */
type Calls = Map<string, { readonly name: string; readonly place: number }>;

/**
 * What the vendor wants in the place of the proof of a call that its model did not make: newer models
 * refuse a call without any.
 *
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const FOREIGN_CALL = 'skip_thought_signature_validator';

/**
 * Ids of calls are left out: one of the vendor's services does not know them. Results stand in the order of
 * their calls instead, which is how the vendor tells two calls of one name apart.
 *
 * @param wantsProof whether the model refuses calls without a signature
 * @throws AppError CONVERSION_REFUSED
 */
export function encodeContents(turns: readonly Turn[], wantsProof: boolean, loss: LossReport): readonly JsonObject[] {
  const calls: Calls = new Map();
  let place = 0;
  return turns.flatMap((turn) => {
    const { role, parts } = turn.role === 'system' ? asWordsOfUser(turn, loss) : turn;
    for (const part of parts) if (part.type === 'tool_call') calls.set(part.id, { name: part.name, place: (place += 1) });
    // Of several calls at once, the first has the proof.
    const firstCall = parts.findIndex(({ type }) => type === 'tool_call');
    const encoded = sortResults(parts, calls).flatMap((part, index) => encodePart(part, calls, wantsProof && index === firstCall, loss));
    return encoded.length > 0 ? [{ role: role === 'assistant' ? 'model' : 'user', parts: encoded }] : [];
  });
}

/** The results of a turn change places among themselves; everything else stays where it is. */
function sortResults(parts: readonly Part[], calls: Calls): readonly Part[] {
  const placeOf = (result: Result): number => calls.get(result.callId)?.place ?? -1;
  const sorted = parts.filter((part) => part.type === 'tool_result').toSorted((one, other) => placeOf(one) - placeOf(other));
  let next = 0;
  return parts.map((part) => (part.type === 'tool_result' ? (sorted[(next += 1) - 1] ?? part) : part));
}

function encodePart(part: Part, calls: Calls, wantsProof: boolean, loss: LossReport): readonly JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'image':
    case 'document':
      return [encodeMedia(part)];
    case 'tool_call': {
      const proof = unsealSignature('gemini', part.signature) ?? (wantsProof ? FOREIGN_CALL : undefined);
      return [{ functionCall: { name: part.name, args: argsOf(part) }, ...(proof === undefined ? {} : { thoughtSignature: proof }) }];
    }
    case 'tool_result':
      return [encodeResult(part, calls)];
    case 'thinking': {
      const proof = unsealSignature('gemini', part.signature);
      if (proof !== undefined) return [{ thought: true, text: part.text, thoughtSignature: proof }];
      loss.note('turns.thinking');
      return [];
    }
    case 'redacted_thinking':
      loss.note('turns.redacted_thinking');
      return [];
  }
}

/** The input of a call, numbers kept. @throws AppError CONVERSION_REFUSED for what is no object */
export function argsOf({ input }: Pick<Call, 'input'>): JsonObject {
  const args = exactObjectIn(input === '' ? '{}' : input);
  if (!args) throw refused('turns.tool_call.input', 'the input of a call is not a JSON object.');
  return args;
}

function encodeResult({ callId, name, parts, isError }: Result, calls: Calls): JsonObject {
  const told = name ?? calls.get(callId)?.name;
  if (told === undefined) throw refused('turns.tool_result', 'no call that stands before it has its id.');
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  const media = parts.flatMap((part) => (part.type === 'image' || part.type === 'document' ? [encodeMedia(part)] : []));
  return { functionResponse: { name: told, response: { [isError ? 'error' : 'output']: text }, ...(media.length > 0 ? { parts: media } : {}) } };
}

function encodeMedia(part: Extract<Part, { type: 'image' | 'document' }>): JsonObject {
  return mediaOf(part.source, part.type === 'image' ? undefined : 'application/pdf');
}

function mediaOf(source: MediaSource, fallback: string | undefined): JsonObject {
  if (source.kind === 'base64') return { inlineData: { mimeType: source.mediaType, data: source.data } };
  const mimeType = typeOfUrl(source.url) ?? fallback;
  if (mimeType === undefined) throw refused('turns.image', 'the URL does not tell the type of the image; send its bytes.');
  return { fileData: { fileUri: source.url, mimeType } };
}

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  pdf: 'application/pdf',
  txt: 'text/plain',
};

/** By the ending of its path: the vendor wants to be told. */
function typeOfUrl(url: string): string | undefined {
  const ending = URL.canParse(url) ? /\.(\w+)$/.exec(new URL(url).pathname)?.[1]?.toLowerCase() : undefined;
  return ending !== undefined && Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}
