/** @module models/dialects/typed/codec: the typed form itself on the wire, between the gateway's own tools and programs and the conversion. */
import { isObject, type JsonObject } from '../../../core/json.ts';
import { AppError } from '../../../core/errors.ts';
import type { ChatAnswer, ChatDelta, ChatRequest, DialectCodec } from '../conversation.ts';

/** Bytes of a request in the typed form. */
export function typedBody(request: ChatRequest): Uint8Array {
  return Buffer.from(JSON.stringify(request));
}

/** @throws AppError INTERNAL for anything but what the codec wrote */
export function readTypedAnswer(bytes: Uint8Array): ChatAnswer {
  const answer: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (!isChatAnswer(answer)) throw new AppError('INTERNAL');
  return answer;
}

/** Deltas in whole events of a stream. */
export function readTypedEvents(bytes: Uint8Array): readonly ChatDelta[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice('data: '.length)) as ChatDelta);
}

/** Door side alone: no provider speaks it. Written by this process, so nothing is checked. */
export const typedCodec: Pick<DialectCodec, 'decodeRequest' | 'encodeAnswer' | 'createEncoder'> = {
  decodeRequest: (body) => body as unknown as ChatRequest,
  encodeAnswer: (answer) => answer as unknown as JsonObject,
  createEncoder: () => ({ encode: (delta) => `data: ${JSON.stringify(delta)}\n\n` }),
};

function isChatAnswer(value: unknown): value is ChatAnswer {
  return isObject(value) && Array.isArray(value['parts']) && typeof value['stop'] === 'string';
}
