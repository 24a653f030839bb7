/** @module doors/mcp/tasks/task-outcome: how the request behind a task ended. */
import { toolFailure } from '../../../contracts/tool-failure.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/** What the request would have answered. */
export type TaskOutcome = { readonly result: JsonObject } | { readonly error: JsonObject };

/** Characters of a result that are kept. */
const MAX_RESULT_CHARS = 4 * 1_048_576;

/** The members of a whole JSON-RPC answer as the outcome of its request. */
export function outcomeOf(text: string): TaskOutcome {
  const { result, error } = JSON.parse(text) as JsonObject;
  return isObject(result) ? { result } : { error: isObject(error) ? error : {} };
}

/** The stable code of an outcome that is an error of this gateway. */
export function codeOf(outcome: TaskOutcome): unknown {
  const data = 'error' in outcome ? outcome.error['data'] : undefined;
  return isObject(data) ? data['code'] : undefined;
}

/** The outcome, unless its result is too large to be kept: then a result says that. */
export function boundedOutcome(outcome: TaskOutcome): TaskOutcome {
  if (!('result' in outcome) || JSON.stringify(outcome.result).length <= MAX_RESULT_CHARS) return outcome;
  const error = new AppError('RESPONSE_TOO_LARGE', {
    message: `The result has more than ${MAX_RESULT_CHARS} characters, the most that a task keeps.`,
    fix: 'Ask for less, or call without the tasks extension.',
  });
  const { content, isError } = toolFailure(error, { correlationId: '', timestamp: '', isEnveloped: false });
  return { result: { resultType: 'complete', content, isError } };
}
