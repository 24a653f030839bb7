/** @module models/dialects/gemini/schema-in: Google's own kind of schema as JSON Schema. */
import { isObject, type JsonObject } from '../../../core/json.ts';

/** Members that hold schemas: one, a list, or by name. */
const ONE: ReadonlySet<string> = new Set(['items', 'additionalProperties']);
const MANY: ReadonlySet<string> = new Set(['anyOf', 'prefixItems']);
/** Counts that the vendor writes as texts, because they are 64-bit numbers. */
const COUNTS: ReadonlySet<string> = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);

/**
 * Types in lower case, `nullable` as the type null, counts as numbers, the vendor's order of members left out.
 *
 * @see https://ai.google.dev/api/caching#Schema
 */
export function jsonSchemaOf(schema: JsonObject): JsonObject {
  const { nullable, propertyOrdering: _, example: __, ...rest } = schema;
  const converted = Object.fromEntries(Object.entries(rest).flatMap(([name, value]) => member(name, value)));
  return nullable === true ? withNull(converted) : converted;
}

function member(name: string, value: unknown): readonly [string, unknown][] {
  if (name === 'type') return typeof value === 'string' && value !== 'TYPE_UNSPECIFIED' ? [[name, value.toLowerCase()]] : [];
  if (COUNTS.has(name) && typeof value === 'string') return [[name, Number(value)]];
  if (name === 'properties' && isObject(value)) return [[name, Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nested(inner)]))]];
  if (ONE.has(name)) return [[name, nested(value)]];
  return [[name, MANY.has(name) && Array.isArray(value) ? value.map(nested) : value]];
}

function nested(value: unknown): unknown {
  return isObject(value) ? jsonSchemaOf(value) : value;
}

function withNull({ type, anyOf, ...rest }: JsonObject): JsonObject {
  if (typeof type === 'string') {
    const { enum: values } = rest;
    return { type: [type, 'null'], ...rest, ...(Array.isArray(values) ? { enum: [...values, null] } : {}) };
  }
  return Array.isArray(anyOf) ? { anyOf: [...anyOf, { type: 'null' }], ...rest } : rest;
}
