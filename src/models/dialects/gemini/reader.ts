/**
 * @module models/dialects/gemini/reader: what an answer says, without changing it.
 *
 * @see https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse
 */
import type { ModelEvent, ModelStreamReader, ModelUsage } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { countIn, objectIn, objectsIn, parseProviderObject } from '../../wire/json.ts';
import { sumOfKnown, UNKNOWN_USAGE } from '../usage.ts';

const NOTHING: ModelEvent = Object.freeze({ hasContent: false });
const CONTENT: ModelEvent = Object.freeze({ hasContent: true });

/** Reasons of a filter to end an answer. */
export const REFUSING_REASONS: ReadonlySet<unknown> = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
]);
/** The model's own slip, which another try may not repeat. */
const SLIPS: ReadonlySet<unknown> = new Set(['MALFORMED_FUNCTION_CALL', 'MALFORMED_RESPONSE', 'UNEXPECTED_TOOL_CALL', 'NO_IMAGE']);

/**
 * Reads the pieces of an answer. Complete = every candidate that began has its `finishReason`. A filter
 * that let nothing be said is CONTENT_REFUSED; one that cut an answer short is the answer's own end.
 */
export function createGeminiReader(): ModelStreamReader {
  const reasons = new Map<unknown, string | undefined>();
  let hasSpoken = false;
  let usage = UNKNOWN_USAGE;

  const isComplete = (): boolean => reasons.size > 0 && [...reasons.values()].every((reason) => reason !== undefined);

  return {
    get isComplete() {
      return isComplete();
    },
    get usage() {
      return usage;
    },
    read(data) {
      if (data === '') return NOTHING;
      const piece = parseProviderObject(data);
      const failure = failureIn(piece);
      if (failure) return { hasContent: false, failure };
      if (isObject(piece['usageMetadata'])) usage = geminiUsage(piece['usageMetadata']);
      for (const candidate of objectsIn(piece, 'candidates')) {
        hasSpoken ||= saysSomething(candidate);
        const index = candidate['index'] ?? 0;
        reasons.set(index, reasonOf(candidate) ?? reasons.get(index));
      }
      const silence = isComplete() && !hasSpoken ? silenceFailure([...reasons.values()]) : undefined;
      if (silence) return { hasContent: false, failure: silence };
      return hasSpoken || isComplete() ? CONTENT : NOTHING;
    },
  };
}

/** @throws AppError PROVIDER_FAILED, CONTENT_REFUSED, PROVIDER_INCOMPLETE unless every candidate has its `finishReason` */
export function readGeminiAnswer(bytes: Uint8Array): ModelUsage {
  const reader = createGeminiReader();
  const { failure } = reader.read(Buffer.from(bytes).toString('utf8'));
  if (failure) throw failure;
  if (!reader.isComplete) throw new AppError('PROVIDER_INCOMPLETE');
  return reader.usage;
}

/** A failure that stands in the place of an answer. */
export function failureIn(piece: JsonObject): AppError | undefined {
  const { error } = piece;
  if (isObject(error)) return geminiFailure(error);
  const { blockReason } = objectIn(piece, 'promptFeedback');
  const isBlocked = typeof blockReason === 'string' && blockReason !== 'BLOCK_REASON_UNSPECIFIED' && objectsIn(piece, 'candidates').length === 0;
  return isBlocked ? new AppError('CONTENT_REFUSED', { data: { providerCode: blockReason } }) : undefined;
}

/** Google's error object has the HTTP status as number and a word for it. */
export function geminiFailure({ code, status, message }: JsonObject): AppError {
  return classifyFailure({ ...(typeof code === 'number' ? { status: code } : {}), error: { code: status, message } });
}

/** The vendor leaves out what is 0 and counts thoughts beside the answer. */
export function geminiUsage(told: JsonObject): ModelUsage {
  const [prompt, total] = [countIn(told, 'promptTokenCount'), countIn(told, 'totalTokenCount')];
  const tools = countIn(told, 'toolUsePromptTokenCount');
  const thoughts = countIn(told, 'thoughtsTokenCount');
  const said = countIn(told, 'candidatesTokenCount');
  const inputTokens = sumOfKnown(prompt, tools);
  const rest = total === null || inputTokens === null ? thoughts : Math.max(0, total - inputTokens);
  return {
    inputTokens,
    outputTokens: said === null ? rest : said + (thoughts ?? 0),
    cacheReadTokens: countIn(told, 'cachedContentTokenCount'),
    cacheWriteTokens: null,
  };
}

function silenceFailure(reasons: readonly (string | undefined)[]): AppError | undefined {
  const refusal = reasons.find((reason) => REFUSING_REASONS.has(reason));
  if (refusal !== undefined) return new AppError('CONTENT_REFUSED', { data: { providerCode: refusal } });
  const slip = reasons.find((reason) => SLIPS.has(reason));
  return slip === undefined ? undefined : new AppError('PROVIDER_FAILED', { message: `The model ended without an answer: ${slip}.` });
}

function reasonOf({ finishReason }: JsonObject): string | undefined {
  return typeof finishReason === 'string' && finishReason !== 'FINISH_REASON_UNSPECIFIED' ? finishReason : undefined;
}

function saysSomething(candidate: JsonObject): boolean {
  return objectsIn(objectIn(candidate, 'content'), 'parts').some(({ thoughtSignature: _, thought: __, ...part }) =>
    Object.values(part).some((value) => value !== '' && value !== null && value !== undefined),
  );
}
