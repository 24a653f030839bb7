/** @module models/dialects/openai-chat/reader: what an answer says, without changing it. */
import type { ModelEvent, ModelStreamReader, ModelUsage } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { countIn, objectIn, objectsIn, parseProviderObject } from '../../wire/json.ts';
import { createLikeness } from '../../wire/likeness.ts';
import { UNKNOWN_USAGE } from '../usage.ts';

const NOTHING: ModelEvent = Object.freeze({ hasContent: false });
const USAGE_ONLY: ModelEvent = Object.freeze({ hasContent: false, isUsageOnly: true });
const CONTENT: ModelEvent = Object.freeze({ hasContent: true });

/**
 * Reads `chat.completion.chunk` events. Complete = every choice that began has its `finish_reason`, or
 * `[DONE]` came. A choice that goes on after its end needs another one: some servers write the reason
 * into every chunk, so that it proves nothing before the last. Chunks are not numbered: repeated or
 * swapped ones cannot be told.
 */
export function createOpenAiReader(): ModelStreamReader {
  const finished = new Map<unknown, boolean>();
  const lastText = createLikeness(/content": ?"/);
  let isDone = false;
  let usage = UNKNOWN_USAGE;

  const readChoice = (choice: JsonObject): boolean => {
    const { index, finish_reason: reason } = choice;
    const isFinished = typeof reason === 'string' && reason !== '';
    const isText = hasText(objectIn(choice, 'delta'));
    finished.set(index, isFinished || (!isText && finished.get(index) === true));
    return isFinished || isText;
  };

  return {
    get isComplete() {
      return isDone || (finished.size > 0 && [...finished.values()].every(Boolean));
    },
    get isOver() {
      return isDone;
    },
    get usage() {
      return usage;
    },
    read(data) {
      if (data === '') return NOTHING;
      if (lastText.matches(data)) return CONTENT;
      lastText.forget();
      if (data.trim() === '[DONE]') {
        isDone = true;
        return NOTHING;
      }
      const event = parseProviderObject(data);
      if (isObject(event['error'])) return { hasContent: false, failure: classifyFailure({ error: event['error'] }) };
      if (isObject(event['usage'])) usage = openAiUsage(event['usage']);
      const choices = objectsIn(event, 'choices');
      if (choices.length === 0 && isObject(event['usage'])) return USAGE_ONLY;
      const contents = choices.map(readChoice);
      if (!contents.includes(true)) return NOTHING;
      lastText.learn(data);
      return CONTENT;
    },
  };
}

/** @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE unless every choice has its `finish_reason` */
export function readOpenAiAnswer(bytes: Uint8Array): ModelUsage {
  const answer = parseProviderObject(Buffer.from(bytes).toString('utf8'));
  if (isObject(answer['error'])) throw classifyFailure({ error: answer['error'] });
  const choices = objectsIn(answer, 'choices');
  if (choices.length === 0 || choices.some(({ finish_reason: reason }) => typeof reason !== 'string')) throw new AppError('PROVIDER_INCOMPLETE');
  return isObject(answer['usage']) ? openAiUsage(answer['usage']) : UNKNOWN_USAGE;
}

/** The role alone, empty texts and nulls show nothing. */
function hasText({ role: _, ...delta }: JsonObject): boolean {
  return Object.values(delta).some((value) => value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0));
}

/** What a usage object of the dialect says. */
export function openAiUsage(usage: JsonObject): ModelUsage {
  return {
    inputTokens: countIn(usage, 'prompt_tokens'),
    outputTokens: countIn(usage, 'completion_tokens'),
    cacheReadTokens: countIn(objectIn(usage, 'prompt_tokens_details'), 'cached_tokens'),
    cacheWriteTokens: countIn(objectIn(usage, 'prompt_tokens_details'), 'cache_write_tokens'),
  };
}
