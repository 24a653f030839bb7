/** @module calls/prepare: defaults, validation, freeze: from what was sent to what is authorized and run. */
import { AppError } from '../core/errors.ts';
import { deepFreeze, isObject, type JsonObject } from '../core/json.ts';
import type { Problem, Target } from '../contracts/target.ts';

/**
 * The input a call runs with: the target's defaults under the caller's members, valid, and frozen so
 * that what was authorized is what runs.
 *
 * @throws AppError INPUT_INVALID with data {problems}
 */
export function prepareInput(target: Target, sent: unknown): unknown {
  const input = target.defaults && isObject(sent) ? { ...target.defaults, ...sent } : sent;
  const problems = target.validateInput?.(input);
  if (problems) throw new AppError('INPUT_INVALID', { message: describeProblems(problems), data: { problems } });
  return deepFreeze(input);
}

/** @throws AppError OUTPUT_INVALID when the target's value breaks its own promise */
export function checkOutput(target: Target, value: unknown): void {
  const problems = target.validateOutput?.(value);
  if (problems) throw new AppError('OUTPUT_INVALID', { message: `The output is invalid: ${describeProblems(problems)}` });
}

/** The input without the members the target marks as secret: what audit may see the HMAC of. */
export function redactInput(target: Target, input: unknown): unknown {
  return target.redact?.reduce((value, pointer) => withoutMember(value, pointer.split('/').slice(1).map(unescapePointer)), input) ?? input;
}

function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}

/** @see RFC 6901 section 4 */
function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

function withoutMember(value: unknown, [head, ...rest]: readonly string[]): unknown {
  if (head === undefined || !isObject(value) || !Object.hasOwn(value, head)) return value;
  const copy: Record<string, unknown> = { ...(value satisfies JsonObject) };
  if (rest.length === 0) delete copy[head];
  else copy[head] = withoutMember(copy[head], rest);
  return copy;
}
