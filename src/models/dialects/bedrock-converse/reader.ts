/**
 * @module models/dialects/bedrock-converse/reader: what an answer says, without changing it. An event of
 * the stream is one object whose only member is the name of the event: `{"contentBlockDelta":{…}}`.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
import type { ModelEvent, ModelStreamReader, ModelUsage } from '../../../contracts/model.ts';
import { AppError, type ErrorCode } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { countIn, objectIn, objectsIn, parseProviderObject } from '../../wire/json.ts';
import { sumOfKnown, UNKNOWN_USAGE } from '../usage.ts';

const NOTHING: ModelEvent = Object.freeze({ hasContent: false });
const CONTENT: ModelEvent = Object.freeze({ hasContent: true });

/** Exceptions that the service sends inside the stream. */
const CODE_OF_EXCEPTION: Readonly<Record<string, ErrorCode>> = {
  internalServerException: 'PROVIDER_FAILED',
  modelStreamErrorException: 'PROVIDER_FAILED',
  serviceUnavailableException: 'PROVIDER_BUSY',
  throttlingException: 'PROVIDER_BUSY',
  validationException: 'PROVIDER_REJECTED',
};
const REFUSING_REASONS: ReadonlySet<unknown> = new Set(['guardrail_intervened', 'content_filtered']);
const SLIPS: ReadonlySet<unknown> = new Set(['malformed_model_output', 'malformed_tool_use']);

/** Reads the events of an answer. Complete = `messageStop` came; `metadata`, which follows it, tells the usage. */
export function createConverseReader(): ModelStreamReader {
  let isComplete = false;
  let hasSpoken = false;
  let usage = UNKNOWN_USAGE;

  return {
    get isComplete() {
      return isComplete;
    },
    get usage() {
      return usage;
    },
    read(data) {
      if (data === '') return NOTHING;
      const event = parseProviderObject(data);
      const failure = exceptionIn(event);
      if (failure) return { hasContent: false, failure };
      if (isObject(event['metadata'])) usage = converseUsage(objectIn(event['metadata'], 'usage'));
      if (event['contentBlockDelta'] !== undefined || isToolStart(event)) {
        hasSpoken = true;
        return CONTENT;
      }
      if (!isObject(event['messageStop'])) return NOTHING;
      isComplete = true;
      const silence = hasSpoken ? undefined : silenceFailure(event['messageStop']['stopReason']);
      return silence ? { hasContent: false, failure: silence } : CONTENT;
    },
  };
}

/** @throws AppError PROVIDER_FAILED, CONTENT_REFUSED, PROVIDER_INCOMPLETE unless the answer has its `stopReason` */
export function readConverseAnswer(bytes: Uint8Array): ModelUsage {
  const answer = parseProviderObject(Buffer.from(bytes).toString('utf8'));
  if (typeof answer['stopReason'] !== 'string') throw new AppError('PROVIDER_INCOMPLETE');
  const hasSpoken = objectsIn(objectIn(objectIn(answer, 'output'), 'message'), 'content').length > 0;
  const silence = hasSpoken ? undefined : silenceFailure(answer['stopReason']);
  if (silence) throw silence;
  return converseUsage(objectIn(answer, 'usage'));
}

/** The service counts what it read from and wrote to its cache beside the input. */
export function converseUsage(told: JsonObject): ModelUsage {
  const cacheReadTokens = countIn(told, 'cacheReadInputTokens');
  const cacheWriteTokens = countIn(told, 'cacheWriteInputTokens');
  return {
    inputTokens: sumOfKnown(countIn(told, 'inputTokens'), cacheReadTokens, cacheWriteTokens),
    outputTokens: countIn(told, 'outputTokens'),
    cacheReadTokens,
    cacheWriteTokens,
  };
}

function exceptionIn(event: JsonObject): AppError | undefined {
  const name = Object.keys(event).find((key) => key.endsWith('Exception'));
  if (name === undefined) return undefined;
  const code = (Object.hasOwn(CODE_OF_EXCEPTION, name) ? CODE_OF_EXCEPTION[name] : undefined) ?? 'PROVIDER_FAILED';
  return classifyFailure({ error: objectIn(event, name), code });
}

function isToolStart(event: JsonObject): boolean {
  return isObject(objectIn(objectIn(event, 'contentBlockStart'), 'start')['toolUse']);
}

function silenceFailure(reason: unknown): AppError | undefined {
  if (REFUSING_REASONS.has(reason)) return new AppError('CONTENT_REFUSED', { data: { providerCode: reason } });
  return SLIPS.has(reason) ? new AppError('PROVIDER_FAILED', { message: `The model ended without an answer: ${String(reason)}.` }) : undefined;
}
