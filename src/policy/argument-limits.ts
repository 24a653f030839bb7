/** @module policy/argument-limits: what a rule says about the arguments of a call. */
import { checkPattern, isBounded } from '../core/bounded-pattern.ts';
import { AppError } from '../core/errors.ts';
import { holdsAt, isPointer, stepsOf } from '../core/json-pointer.ts';
import type { ArgumentLimit, ArgumentLimits } from '../contracts/policy-config.ts';

/** Says what is beyond the limits, as the end of a sentence; undefined = everything is within. */
export type ArgumentCheck = (input: unknown) => string | undefined;

type ValueCheck = (value: unknown) => boolean;

interface CompiledLimit {
  readonly pointer: string;
  readonly steps: readonly string[];
  readonly isOptional: boolean;
  readonly words: string;
  readonly isWithin: ValueCheck;
}

/**
 * Compiles limits by JSON Pointer. Only members of the arguments' own are found, types are never
 * converted, and whatever cannot be found or judged is beyond the limits.
 *
 * @throws AppError CONFIG_INVALID
 */
export function compileArgumentLimits(limits: ArgumentLimits, where: string): ArgumentCheck {
  const entries = Object.entries(limits);
  if (entries.length === 0) throw new AppError('CONFIG_INVALID', { message: `${where}: is empty; leave it out or name an argument.` });
  const compiled = entries.map(([pointer, limit]) => compileLimit(pointer, limit, `${where}.${pointer}`));
  return (input) => {
    const broken = compiled.find(({ steps, isWithin, isOptional }) => !holdsAt(input, steps, isWithin, isOptional));
    return broken && `${broken.pointer} must be ${broken.words}`;
  };
}

function compileLimit(pointer: string, { enum: options, pattern, min, max, maxLength, isOptional = false }: ArgumentLimit, where: string): CompiledLimit {
  const refuse = (problem: string): never => {
    throw new AppError('CONFIG_INVALID', { message: `${where}: ${problem}.` });
  };
  if (!isPointer(pointer)) refuse('the name must be a JSON Pointer such as /path or /files/*/name');
  const checks: ValueCheck[] = [];
  const words: string[] = [];
  const add = (check: ValueCheck, word: string): void => {
    checks.push(check);
    words.push(word);
  };
  if (options) {
    if (options.length === 0) refuse('enum is empty');
    add((value) => options.some((option) => option === value), `one of ${options.map((option) => JSON.stringify(option)).join(', ')}`);
  }
  if (pattern !== undefined) add(compilePattern(pattern, refuse), `a text that matches ${pattern}`);
  const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  if (min !== undefined) add((value) => isNumber(value) && value >= min, `at least ${min}`);
  if (max !== undefined) add((value) => isNumber(value) && value <= max, `at most ${max}`);
  if (maxLength !== undefined)
    add((value) => (typeof value === 'string' || Array.isArray(value)) && value.length <= maxLength, `of at most length ${maxLength}`);
  if (checks.length === 0) refuse('says nothing; give enum, pattern, min, max or maxLength');
  return { pointer, steps: stepsOf(pointer), isOptional, words: words.join(' and '), isWithin: (value) => checks.every((check) => check(value)) };
}

/** The whole text; one that is longer than any match is not even tried. */
function compilePattern(source: string, refuse: (problem: string) => never): ValueCheck {
  const checked = checkPattern(source);
  if (!isBounded(checked)) return refuse(`the pattern ${checked.fault}`);
  const expression = new RegExp(`^(?:${source})$`, 'v');
  return (value) => typeof value === 'string' && value.length <= checked.maxLength && expression.test(value);
}
