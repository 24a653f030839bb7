/**
 * @module models/wire/exact-json: JSON whose numbers survive a conversion. `JSON.parse` rounds
 * 12345678901234567890; here such a number keeps its text, and `JSON.stringify` writes it back.
 */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

declare global {
  interface JSON {
    rawJSON(text: string): unknown;
    isRawJSON(value: unknown): boolean;
    isRawJSON(value: unknown): boolean;
    parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  }
}

const SAFE_DIGITS = 15;
/** Most texts have no such number; then nothing is looked at twice. */
const SUSPECT = /\d[\d.]{15}|\d[eE]/;

/**
 * The value of the text. A number that a double cannot hold is an object that `JSON.stringify` writes
 * as the same digits.
 *
 * @throws SyntaxError
 * @see https://github.com/tc39/proposal-json-parse-with-source
 */
export function parseExact(text: string): unknown {
  if (!SUSPECT.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isExact(value, source) ? JSON.rawJSON(source) : value,
  );
}

/** @throws AppError PROVIDER_FAILED unless the text is one JSON object */
export function parseExactObject(text: string): JsonObject {
  const value = exactOrNothing(text);
  if (!isObject(value)) throw new AppError('PROVIDER_FAILED', { message: 'The provider sent what is not a JSON object.' });
  return value;
}

/** The object that a text holds, such as the arguments of a tool call; undefined when it holds none. */
export function exactObjectIn(text: string): JsonObject | undefined {
  const value = exactOrNothing(text);
  return isObject(value) ? value : undefined;
}

function exactOrNothing(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

function isExact(value: number, source: string): boolean {
  const digits = source
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  if (digits === '') return true;
  return digits.length <= SAFE_DIGITS ? Number.isFinite(value) && value !== 0 : String(value) === source;
}
