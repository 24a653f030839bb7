/** @module tools/plain-json: what a handler returned, as the JSON the client will read. */
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';

const MAX_DEPTH = 200;

/** A value that is safe to serialize, with its size. */
export interface PlainJson {
  readonly value: unknown;
  /** UTF-8 bytes of its texts and names, and a little for the rest: a lower bound of its JSON text. */
  readonly bytes: number;
}

/**
 * The value itself when it is plain JSON already (the usual case: nothing is copied), else what its
 * JSON text says: dates become texts, NaN becomes null. Undefined becomes null.
 *
 * @throws AppError OUTPUT_INVALID for what JSON cannot say (bigint, cycles, more than 200 levels),
 *   RESPONSE_TOO_LARGE above `maxBytes`
 */
export function toPlainJson(value: unknown, maxBytes: number): PlainJson {
  const measured = measure(value ?? null, maxBytes);
  if (measured !== undefined) return { value: value ?? null, bytes: measured };
  const copy = throughText(value);
  const bytes = measure(copy, maxBytes);
  if (bytes === undefined) throw notJson('it is nested too deeply');
  return { value: copy, bytes };
}

function throughText(value: unknown): unknown {
  try {
    const text = JSON.stringify(value);
    // A function or a symbol has no JSON text at all.
    return text === undefined ? null : JSON.parse(text);
  } catch (error) {
    if (error instanceof RangeError && error.message.includes('string length')) throw new AppError('RESPONSE_TOO_LARGE', { cause: error });
    throw notJson(error instanceof RangeError ? 'it is nested too deeply' : 'it holds a cycle, a bigint, or something that cannot be read', error);
  }
}

function notJson(reason: string, cause?: unknown): AppError {
  return new AppError('OUTPUT_INVALID', { message: `The tool returned something that is not JSON: ${reason}.`, cause });
}

/** Bytes of a plain value; undefined when it is not plain. */
function measure(value: unknown, maxBytes: number): number | undefined {
  let left = maxBytes;
  const spend = (bytes: number): void => {
    left -= bytes;
    if (left < 0) throw new AppError('RESPONSE_TOO_LARGE', { message: `The tool returned more than ${maxBytes} bytes.` });
  };
  const visit = (part: unknown, depth: number): boolean => {
    if (typeof part === 'string') spend(part.length > 256 ? Buffer.byteLength(part) + 2 : part.length + 2);
    else if (typeof part === 'number') {
      if (!Number.isFinite(part)) return false;
      spend(1);
    } else if (typeof part === 'boolean' || part === null) spend(4);
    else if (depth >= MAX_DEPTH) return false;
    else if (Array.isArray(part)) {
      spend(2);
      for (const item of part) if (!visit(item, depth + 1)) return false;
    } else if (isObject(part)) return visitMembers(part, depth);
    else return false;
    return true;
  };
  const visitMembers = (part: Readonly<Record<string, unknown>>, depth: number): boolean => {
    const prototype: unknown = Object.getPrototypeOf(part);
    if ((prototype !== Object.prototype && prototype !== null) || typeof part['toJSON'] === 'function') return false;
    spend(2);
    for (const key of Object.keys(part)) {
      const member = part[key];
      if (member === undefined) continue;
      spend(key.length + 4);
      if (!visit(member, depth + 1)) return false;
    }
    return true;
  };
  return visit(value, 0) ? maxBytes - left : undefined;
}
