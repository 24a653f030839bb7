/** @module models/count-estimate: tokens of an input where no provider of the chain counts them. Loaded at the first such call. */
import { WireBody, type ModelCallInput, type ModelResult } from '../contracts/model.ts';
import { isObject } from '../core/json.ts';
import { countCodec, doorCodec } from './dialects/codecs.ts';
import type { ChatRequest, Part } from './dialects/conversation.ts';
import { UNKNOWN_USAGE } from './dialects/usage.ts';
import { estimateConversation, estimateTokens, estimateTokensOfBytes } from './tokens.ts';
import { parseExact } from './wire/exact-json.ts';

/** What vendors count for a picture or a page, roughly. */
const TOKENS_PER_MEDIUM = 1000;

/**
 * An answer in the client's dialect, marked as estimated.
 *
 * @param target `provider/model` that would be asked
 * @throws AppError CONVERSION_REFUSED for a dialect that has no counts
 */
export async function estimateCount(target: string, { dialect, body }: ModelCallInput): Promise<ModelResult> {
  const [door, count] = await Promise.all([doorCodec(dialect), countCodec(dialect)]);
  const answer = count.encodeAnswer(estimateOf(body.bytes, door.decodeRequest));
  return {
    servedBy: target,
    usage: UNKNOWN_USAGE,
    costMicroUsd: null,
    notCarried: [],
    isEstimated: true,
    body: new WireBody(Buffer.from(JSON.stringify(answer))),
  };
}

/** A body that cannot be read in the typed form is estimated by its bytes. */
function estimateOf(bytes: Uint8Array, decode: (body: Readonly<Record<string, unknown>>, loss: { note(): void }) => ChatRequest): number {
  const value = parseExact(Buffer.from(bytes).toString('utf8'));
  if (!isObject(value)) return estimateTokensOfBytes(bytes);
  try {
    return estimateRequest(decode(value, { note: () => undefined }));
  } catch {
    return estimateTokensOfBytes(bytes);
  }
}

function estimateRequest({ system, turns, tools }: ChatRequest): number {
  const parts = turns.flatMap((turn) => turn.parts.flatMap(flatten));
  const media = parts.filter(({ type }) => type === 'image' || type === 'document').length;
  const spoken = estimateConversation([...system, ...turns.map((turn) => turn.parts.flatMap(flatten).map(textOf).join('\n'))]);
  return spoken + media * TOKENS_PER_MEDIUM + (tools.length > 0 ? estimateTokens(JSON.stringify(tools)) : 0);
}

function flatten(part: Part): readonly Part[] {
  return part.type === 'tool_result' ? part.parts : [part];
}

function textOf(part: Part): string {
  switch (part.type) {
    case 'text':
    case 'thinking':
    case 'refusal':
      return part.text;
    case 'tool_call':
      return `${part.name} ${part.input}`;
    default:
      return '';
  }
}
