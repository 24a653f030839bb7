/** @module models/dialects/gemini/camel: Google's JSON may write every name in two ways: `inlineData` and `inline_data`. */
import { isObject, type JsonObject } from '../../../core/json.ts';

/** Members whose content is the client's own, names included. */
const OPAQUE: ReadonlySet<string> = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
  'responseFormat',
  'labels',
]);

/** The object with names in camel case, all the way down to what belongs to the client. */
export function inCamelCase(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const key = name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
      return [key, OPAQUE.has(key) ? value : convert(value)];
    }),
  );
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  return isObject(value) && !JSON.isRawJSON(value) ? inCamelCase(value) : value;
}
