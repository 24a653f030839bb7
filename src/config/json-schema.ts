/** @module config/json-schema: the configuration's JSON Schema, for editors and the reference. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { isObject } from '../core/json.ts';
import { configSchema } from './schema.ts';

/** A JSON Schema as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

const SCALARS: ReadonlySet<unknown> = new Set(['integer', 'number', 'boolean']);

/**
 * JSON Schema (draft-07, which every editor understands) of a configuration file, with descriptions
 * and defaults. Where a number, a boolean or one of several words belongs, a text with `${` is
 * accepted too. Rules that JSON Schema cannot say (origins, networks) are left out: `config check`
 * has them all.
 */
export function configJsonSchema(): JsonSchema {
  const schema = toJsonSchema(configSchema, { target: 'draft-07', typeMode: 'input', ignoreActions: ['check', 'guard'] });
  const { $schema: dialect, ...rest } = simplify(schema);
  return {
    $schema: dialect,
    ...rest,
    definitions: { reference: { type: 'string', pattern: '\\$\\{', description: 'A text with ${NAME} or ${NAME:-default}.' } },
  };
}

/** Drops what says nothing (`required: []`, the default `{}` of sections) and admits references. */
function simplify(node: unknown): JsonSchema {
  if (!isObject(node)) return {};
  const members = Object.entries(node)
    .filter(([key, value]) => !isEmptyOf(key, value))
    .map(([key, value]) => [key, descend(key, value)] as const);
  return admitReference(Object.fromEntries(members));
}

function descend(key: string, value: unknown): unknown {
  if (key === 'properties' || key === 'definitions')
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, simplify(child)])) : value;
  if (key === 'items' || key === 'additionalProperties' || key === 'not') return isObject(value) ? simplify(value) : value;
  if (key === 'anyOf' || key === 'oneOf' || key === 'allOf') return Array.isArray(value) ? value.map(simplify) : value;
  return value;
}

function isEmptyOf(key: string, value: unknown): boolean {
  if (key === 'maximum') return value === Number.MAX_SAFE_INTEGER;
  if (key === 'required') return Array.isArray(value) && value.length === 0;
  return key === 'default' && isObject(value) && Object.keys(value).length === 0;
}

function admitReference(schema: JsonSchema): JsonSchema {
  const { type, enum: words } = schema;
  if (!SCALARS.has(type) && words === undefined) return schema;
  const { title, description, default: fallback, ...rule } = schema;
  const outer = { title, description, default: fallback };
  return { ...Object.fromEntries(Object.entries(outer).filter(([, value]) => value !== undefined)), anyOf: [rule, { $ref: '#/definitions/reference' }] };
}
