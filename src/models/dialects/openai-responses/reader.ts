/**
 * @module models/dialects/openai-responses/reader: what an answer says, without changing it.
 *
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
import type { ModelEvent, ModelStreamReader, ModelUsage } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { countIn, objectIn, parseProviderObject } from '../../wire/json.ts';
import { UNKNOWN_USAGE } from '../usage.ts';

const NOTHING: ModelEvent = Object.freeze({ hasContent: false });
const CONTENT: ModelEvent = Object.freeze({ hasContent: true });

/**
 * Reads the events of a response. Complete = `response.completed`, or `response.incomplete`, which is an
 * end with a reason. `response.failed` and `error` are failures, whatever came before them.
 */
export function createResponsesReader(): ModelStreamReader {
  let isComplete = false;
  let usage = UNKNOWN_USAGE;

  return {
    get isComplete() {
      return isComplete;
    },
    get isOver() {
      return isComplete;
    },
    get usage() {
      return usage;
    },
    read(data) {
      // Compatible servers close with the sentinel of chat completions; it proves nothing here.
      if (data === '' || data.trim() === '[DONE]') return NOTHING;
      const event = parseProviderObject(data);
      const { type, response } = event;
      switch (type) {
        case 'response.completed':
        case 'response.incomplete':
          isComplete = true;
          if (isObject(response)) usage = responsesUsage(response);
          // An answer may have no text at all: then its end is what there is to see.
          return CONTENT;
        case 'response.failed':
        case 'response.cancelled':
          return { hasContent: false, failure: classifyFailure({ error: objectIn(objectIn(event, 'response'), 'error') }) };
        case 'error':
          return { hasContent: false, failure: classifyFailure({ error: streamError(event) }) };
        default:
          return isObject(event['error']) ? { hasContent: false, failure: classifyFailure({ error: event['error'] }) } : contentOf(event);
      }
    },
  };
}

/** @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE unless the response is completed, or incomplete with a reason */
export function readResponsesAnswer(bytes: Uint8Array): ModelUsage {
  const answer = parseProviderObject(Buffer.from(bytes).toString('utf8'));
  if (isObject(answer['error'])) throw classifyFailure({ error: answer['error'] });
  if (answer['status'] === 'failed') throw new AppError('PROVIDER_FAILED');
  if (answer['status'] !== 'completed' && answer['status'] !== 'incomplete') throw new AppError('PROVIDER_INCOMPLETE');
  return responsesUsage(answer);
}

/** What a whole response says it used. */
export function responsesUsage(response: JsonObject): ModelUsage {
  const usage = objectIn(response, 'usage');
  return {
    inputTokens: countIn(usage, 'input_tokens'),
    outputTokens: countIn(usage, 'output_tokens'),
    cacheReadTokens: countIn(objectIn(usage, 'input_tokens_details'), 'cached_tokens'),
    cacheWriteTokens: countIn(objectIn(usage, 'input_tokens_details'), 'cache_write_tokens'),
  };
}

/** The vendor puts code and message beside the type; some servers put them into an object. */
function streamError(event: JsonObject): JsonObject {
  if (isObject(event['error'])) return event['error'];
  const { type: _, ...error } = event;
  return error;
}

/** Items and parts that only begin show nothing; a tool call that begins is something to act on. */
function contentOf(event: JsonObject): ModelEvent {
  const type = typeof event['type'] === 'string' ? event['type'] : '';
  if (type.endsWith('.delta')) return event['delta'] === '' ? NOTHING : CONTENT;
  if (type === 'response.output_item.added') return /^(?:message|reasoning)$/.test(String(objectIn(event, 'item')['type'])) ? NOTHING : CONTENT;
  return type === 'response.output_item.done' ? CONTENT : NOTHING;
}
