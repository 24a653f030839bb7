/** @module models/wire/json: JSON of a provider, which may be anything. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** @throws AppError PROVIDER_FAILED unless the text is one JSON object */
export function parseProviderObject(text: string): JsonObject {
  const value = tryParse(text);
  if (!isObject(value)) throw new AppError('PROVIDER_FAILED', { message: 'The provider sent what is not a JSON object.' });
  return value;
}

/** The object in an error's body; an empty one for everything else. */
export function readObject(bytes: Uint8Array): JsonObject {
  const value = tryParse(Buffer.from(bytes).toString('utf8'));
  return isObject(value) ? value : {};
}

/**
 * The error of an error's body, wherever the vendor put it: an object or a text under `error`, a text under
 * `detail`, or the body itself.
 */
export function errorIn(body: JsonObject): JsonObject {
  const { error, detail } = body;
  if (isObject(error)) return error;
  if (typeof error === 'string') return { message: error };
  return typeof detail === 'string' ? { message: detail } : body;
}

/** The member when it is an object, else an empty one. */
export function objectIn(owner: JsonObject, name: string): JsonObject {
  const value = owner[name];
  return isObject(value) ? value : {};
}

/** The objects of the member when it is a list, else none. */
export function objectsIn(owner: JsonObject, name: string): readonly JsonObject[] {
  const value = owner[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The member when it is a count of tokens, else null. */
export function countIn(owner: JsonObject, name: string): number | null {
  const value = owner[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
