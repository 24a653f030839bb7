/** @module tools/envelope: the one shape in which tools answer: {success, data, error, timestamp, correlation_id}. */
import { isObject, type JsonObject } from '../core/json.ts';

/** A failure as the envelope carries it. */
const ERROR_SCHEMA = {
  anyOf: [
    {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string' }, fix: { type: 'string' } },
      required: ['code', 'message', 'fix'],
    },
    { type: 'null' },
  ],
};

/** Keywords whose operands are data, not schemas. */
const DATA_KEYWORDS = new Set(['const', 'enum', 'default', 'examples']);
const MAP_KEYWORDS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies']);
const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef']);
const DATA_POINTER = '#/properties/data/anyOf/0';

/** The outputSchema of a tool whose `data` follows the given schema. `data` is null in a failure. */
export function envelopeSchema(data: JsonObject | undefined): JsonObject {
  const { $schema, ...embedded } = data ?? {};
  return {
    ...($schema === undefined ? {} : { $schema }),
    type: 'object',
    properties: {
      success: { type: 'boolean' },
      data: data === undefined ? {} : { anyOf: [needsRebase(embedded) ? rebase(embedded) : embedded, { type: 'null' }] },
      error: ERROR_SCHEMA,
      timestamp: { type: 'string', format: 'date-time' },
      correlation_id: { type: 'string' },
    },
    required: ['success', 'data', 'error', 'timestamp', 'correlation_id'],
  };
}

/** A schema with an identifier of its own stays the root of its references. */
function needsRebase(schema: JsonObject): boolean {
  return schema['$id'] === undefined && /"\$(?:ref|dynamicRef|recursiveRef)":/.test(JSON.stringify(schema));
}

/** References from the root of the author's schema lead to its new place in the envelope. */
function rebase(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(rebase);
  return isObject(schema) ? mapMembers(schema, rebaseOperand) : schema;
}

function rebaseOperand(operand: unknown, keyword: string): unknown {
  if (REFERENCES.has(keyword) && typeof operand === 'string') return operand === '#' || operand.startsWith('#/') ? DATA_POINTER + operand.slice(1) : operand;
  if (DATA_KEYWORDS.has(keyword)) return operand;
  // The names in these are the author's, even where they look like keywords.
  return MAP_KEYWORDS.has(keyword) && isObject(operand) ? mapMembers(operand, rebase) : rebase(operand);
}

function mapMembers(value: JsonObject, change: (member: unknown, key: string) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member, key)]));
}

/** The envelope of a success. */
export function successEnvelope(data: unknown, timestamp: string, correlationId: string): JsonObject {
  return { success: true, data, error: null, timestamp, correlation_id: correlationId };
}
