/** @module tools/rules: strict checks of what authors hand in, member by member. */
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';

/** Says what a value must be, or undefined when it is. */
export type Rule = (value: unknown) => string | undefined;

/** A table with one rule per member. Members without a rule are unknown. */
export type Rules<T> = Readonly<Record<keyof T, Rule>>;

/** Names of tools and prompts. */
export const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** A text of at most so many UTF-16 units; may be empty. */
export const isText =
  (max: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length <= max ? undefined : `must be a string of at most ${max} characters`;

/** A text that is not blank. */
export const isFilledText =
  (max: number): Rule =>
  (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= max ? undefined : `must be a string of 1 to ${max} characters`;

/** A text of a form; `words` say which. */
export const isMatching =
  (pattern: RegExp, words: string): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `must be ${words}`;

/** True or false. */
export const isBoolean: Rule = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');

/** A function. */
export const isFunction: Rule = (value) => (typeof value === 'function' ? undefined : 'must be a function');

/** Any object that is no array. */
export const isRecord: Rule = (value) => (isObject(value) ? undefined : 'must be an object');

/** One of these texts. */
export const isOneOf =
  (...choices: readonly string[]): Rule =>
  (value) =>
    choices.includes(value as string) ? undefined : `must be one of ${choices.join(', ')}`;

/** A number within these bounds, both included. */
export const isNumber =
  (min: number, max: number): Rule =>
  (value) =>
    typeof value === 'number' && value >= min && value <= max ? undefined : `must be a number from ${min} to ${max}`;

/** A whole number within these bounds, both included. */
export const isInteger =
  (min: number, max: number): Rule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? undefined : `must be a whole number from ${min} to ${max}`;

/** A list whose entries all follow the rule. */
export const isListOf =
  (rule: Rule, max: number): Rule =>
  (value) => {
    if (!Array.isArray(value) || value.length > max) return `must be a list of at most ${max} entries`;
    for (const [index, item] of value.entries()) {
      const complaint = rule(item);
      if (complaint !== undefined) return `[${index}]${spaced(complaint)}`;
    }
    return undefined;
  };

/** An object whose members follow a table of their own. */
export const isShape =
  <T>(rules: Rules<T>, required: readonly (keyof T & string)[] = []): Rule =>
  (value) => {
    if (!isObject(value)) return 'must be an object';
    const found = firstComplaint(rules, required, value);
    return found && `.${found}`;
  };

/** `member must be …` for the first member that is wrong, missing or unknown. Undefined members are absent. */
function firstComplaint<T>(rules: Rules<T>, required: readonly string[], value: object): string | undefined {
  const table: Readonly<Record<string, Rule>> = rules;
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(table, key)) return `${key.slice(0, 60)} is unknown; known are ${Object.keys(table).join(', ')}`;
  }
  // Through the prototype too: the author may hand in an instance of a class.
  for (const [key, rule] of Object.entries(table)) {
    const member = members[key];
    if (member === undefined && !required.includes(key)) continue;
    const complaint = member === undefined ? 'is required' : rule(member);
    if (complaint !== undefined) return `${key}${spaced(complaint)}`;
  }
  return undefined;
}

/** A complaint about a part begins with the way there, which needs no space before it. */
function spaced(complaint: string): string {
  return /^[.[]/.test(complaint) ? complaint : ` ${complaint}`;
}

/**
 * @param label how messages call it, such as `Tool "echo"`
 * @throws AppError DEFINITION_INVALID naming the member
 */
export function checkShape<T>(label: string, rules: Rules<T>, required: readonly (keyof T & string)[], value: unknown): void {
  let complaint: string | undefined = 'must be an object';
  try {
    if (typeof value === 'object' && value !== null) complaint = firstComplaint(rules, required, value);
  } catch (error) {
    throw new AppError('DEFINITION_INVALID', { message: `${label} cannot be read.`, cause: error });
  }
  if (complaint !== undefined) throw new AppError('DEFINITION_INVALID', { message: `${label}: ${complaint}.` });
}
