/** @module schema/standard: the JSON Schema of an author's Standard Schema. */
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { AppError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { StandardSchema } from '../contracts/tool.ts';

/** The extension of Standard Schema by which libraries describe themselves. @see https://standardschema.dev/json-schema */
interface SelfDescribing {
  readonly input: (options: { readonly target: string }) => unknown;
}

const TARGET = 'draft-2020-12';

/**
 * The JSON Schema of what the Standard Schema accepts (its input, before coercion and defaults).
 * Zod 4.2+, ArkType 2.1.28+ and others describe themselves; older Zod 4 and ArkType by their own
 * method; valibot through @valibot/to-json-schema, which must be installed and is loaded only here.
 *
 * @throws AppError DEFINITION_INVALID when the library has no such means, or cannot express the schema
 */
export function standardSchemaToJson(schema: StandardSchema): JsonObject {
  const { vendor } = schema['~standard'];
  let described: unknown;
  try {
    described = describeItself(schema) ?? describeByMethod(schema) ?? (vendor === 'valibot' ? describeValibot(schema) : undefined);
  } catch (error) {
    throw cannotDescribe(vendor, error);
  }
  if (!isObject(described)) throw cannotDescribe(vendor);
  // Whatever the library says it wrote, it is embedded in a 2020-12 document.
  const { $schema: _dialect, '~standard': _marker, ...json } = described;
  return json;
}

function describeItself(schema: StandardSchema): unknown {
  const standard: object = schema['~standard'];
  if (!('jsonSchema' in standard) || !isObject(standard.jsonSchema)) return undefined;
  const { input } = standard.jsonSchema as unknown as SelfDescribing;
  return typeof input === 'function' ? input({ target: TARGET }) : undefined;
}

/** The method is the library's own: `toJSONSchema` of zod, `toJsonSchema` of ArkType, there on the input side (`in`). */
function describeByMethod(schema: StandardSchema): unknown {
  const inner: unknown = 'in' in schema ? schema.in : schema;
  for (const candidate of [inner, schema]) {
    if (!isDescribable(candidate)) continue;
    if (typeof candidate.toJSONSchema === 'function') return candidate.toJSONSchema({ target: TARGET, io: 'input' });
    if (typeof candidate.toJsonSchema === 'function') return candidate.toJsonSchema();
  }
  return undefined;
}

interface Describable {
  readonly toJSONSchema?: (options: object) => unknown;
  readonly toJsonSchema?: () => unknown;
}

/** ArkType's types are functions, the others' are objects. */
function isDescribable(value: unknown): value is Describable {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The converter is the author's dependency, beside their valibot; where this package runs from its sources, its own. */
function describeValibot(schema: StandardSchema): unknown {
  const { toJsonSchema } = requireFirst('@valibot/to-json-schema', [process.argv[1], import.meta.url]) as {
    readonly toJsonSchema: (schema: unknown, options: object) => unknown;
  };
  return toJsonSchema(schema, { typeMode: 'input', target: TARGET });
}

/** Loads the package as the first of the files that has it would. */
function requireFirst(name: string, origins: readonly (string | undefined)[]): unknown {
  let failure: unknown;
  for (const origin of origins) {
    if (origin === undefined || !(isAbsolute(origin) || origin.startsWith('file:'))) continue;
    try {
      return createRequire(origin)(name);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function cannotDescribe(vendor: string, cause?: unknown): AppError {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND';
  const reason = isMissing ? ': @valibot/to-json-schema is not installed' : cause instanceof Error ? `: ${cause.message}` : '';
  return new AppError('DEFINITION_INVALID', {
    message: `The ${vendor.slice(0, 40)} schema cannot be turned into JSON Schema${reason}.`,
    fix: isMissing
      ? 'npm install @valibot/to-json-schema, or pass a JSON Schema as `input`.'
      : 'Pass a JSON Schema as `input`, made by the converter of that library (zod: z.toJSONSchema(schema)).',
    cause,
  });
}
