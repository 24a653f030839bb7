/** One request through a codec, in either direction, with the members that it reported as not carried. */
import type { JsonObject } from '../../../../src/core/json.ts';
import { AppError } from '../../../../src/core/errors.ts';
import type { ChatRequest, DialectCodec } from '../../../../src/models/dialects/conversation.ts';

/** Someone says hi, and asks for nothing else. */
export const PLAIN: ChatRequest = {
  system: [],
  turns: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  tools: [],
  toolChoice: null,
  isParallelToolUse: null,
  maxTokens: null,
  temperature: null,
  topP: null,
  topK: null,
  seed: null,
  stop: [],
  output: { kind: 'text' },
  thinking: null,
  endUser: null,
  isStream: false,
};

/** The usage of an answer that tells none. */
export const UNKNOWN = { inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null } as const;

/** What the codec reads in a client's body. */
export function decodeWith(codec: Pick<DialectCodec, 'decodeRequest'>, body: object): { readonly request: ChatRequest; readonly noted: string[] } {
  const noted: string[] = [];
  return { request: codec.decodeRequest(body as JsonObject, { note: (name) => noted.push(name) }), noted };
}

/** The body that the codec writes for the model. */
export function encodeWith(
  codec: Pick<DialectCodec, 'encodeRequest'>,
  request: ChatRequest,
  model: string,
): { readonly body: JsonObject; readonly noted: string[] } {
  const noted: string[] = [];
  return { body: codec.encodeRequest(request, model, { note: (name) => noted.push(name) }), noted };
}

/** The code that the work fails with and the member that it names, `no refusal`, or what else was thrown. */
export function pointerOf(work: () => unknown): unknown {
  try {
    work();
  } catch (thrown) {
    return AppError.is(thrown) ? `${thrown.code} ${String(thrown.data?.['pointer'])}` : thrown;
  }
  return 'no refusal';
}
