/** @module models/dialects/anthropic-messages/reader: what an answer says, without changing it. */
import type { ModelEvent, ModelStreamReader, ModelUsage } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { countIn, objectIn, parseProviderObject } from '../../wire/json.ts';
import { createLikeness } from '../../wire/likeness.ts';
import { sumOfKnown } from '../usage.ts';
import { createEventOrder } from './event-order.ts';

const NOTHING: ModelEvent = Object.freeze({ hasContent: false });
const CONTENT: ModelEvent = Object.freeze({ hasContent: true });

/** Reads the events of a message, and refuses an order that none can have. Complete = `message_stop` came. */
export function createAnthropicReader(): ModelStreamReader {
  const order = createEventOrder();
  const lastText = createLikeness(/"(?:text|thinking)": ?"/);
  let isComplete = false;
  /** The end of a message repeats or completes what its beginning said. */
  let told: JsonObject = {};

  return {
    get isComplete() {
      return isComplete;
    },
    get isOver() {
      return isComplete;
    },
    get usage() {
      return anthropicUsage(told);
    },
    read(data) {
      if (data === '') return NOTHING;
      if (lastText.matches(data)) return CONTENT;
      lastText.forget();
      const event = parseProviderObject(data);
      order.check(event);
      switch (event['type']) {
        case 'message_start':
          told = objectIn(objectIn(event, 'message'), 'usage');
          return NOTHING;
        case 'content_block_delta':
          lastText.learn(data);
          return CONTENT;
        case 'message_delta':
          told = { ...told, ...known(objectIn(event, 'usage')) };
          // An answer may have no text at all: then its reason to stop is what there is to see.
          return CONTENT;
        case 'message_stop':
          isComplete = true;
          return NOTHING;
        case 'error':
          return { hasContent: false, failure: classifyFailure({ error: objectIn(event, 'error') }) };
        default:
          return NOTHING;
      }
    },
  };
}

/** @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE unless the message has its `stop_reason` */
export function readAnthropicAnswer(bytes: Uint8Array): ModelUsage {
  const answer = parseProviderObject(Buffer.from(bytes).toString('utf8'));
  if (isObject(answer['error'])) throw classifyFailure({ error: answer['error'] });
  if (typeof answer['stop_reason'] !== 'string') throw new AppError('PROVIDER_INCOMPLETE');
  return anthropicUsage(objectIn(answer, 'usage'));
}

/** What the end of a message leaves open was said at its beginning. */
export function known(usage: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
}

/** The vendor counts what it read from and wrote to its cache beside the input. */
export function anthropicUsage(usage: JsonObject): ModelUsage {
  const cacheReadTokens = countIn(usage, 'cache_read_input_tokens');
  const cacheWriteTokens = countIn(usage, 'cache_creation_input_tokens');
  return {
    inputTokens: sumOfKnown(countIn(usage, 'input_tokens'), cacheReadTokens, cacheWriteTokens),
    outputTokens: countIn(usage, 'output_tokens'),
    cacheReadTokens,
    cacheWriteTokens,
  };
}
