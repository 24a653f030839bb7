/**
 * @module upstreams/adapters/openapi/schemas: schemas of an OpenAPI document as JSON Schema 2020-12, each complete in
 * itself: what it refers to comes along in `$defs`. References to other documents are not followed.
 *
 * @see OpenAPI 3.0.4 and 3.1.1, "Schema Object"
 */
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/** Words of OpenAPI that say nothing to a validator or a model. */
const DROPPED: ReadonlySet<string> = new Set(['discriminator', 'xml', 'externalDocs', 'example', 'examples', 'nullable', 'readOnly', 'writeOnly']);
/** Members whose values are maps of schemas, and not schemas. */
const MAPS: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);
/** Members whose values are data. */
const DATA: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'required', 'type']);
const REFERENCE = /^#\/components\/schemas\/([^/]+)$/;
/** What decides by itself whether null is allowed. */
const COMBINED = ['$ref', 'allOf', 'anyOf', 'oneOf'] as const;
const MAX_DEPTH = 64;

/** Turns schemas of one document around; collects what they refer to. One for each tool. */
export class SchemaCarrier {
  readonly #schemas: JsonObject;
  readonly #definitions = new Map<string, JsonObject>();

  /** @param schemas `components.schemas` of the document */
  constructor(schemas: JsonObject) {
    this.#schemas = schemas;
  }

  /** @throws AppError UPSTREAM_INVALID for a reference that leads nowhere or outside */
  carry(schema: unknown): JsonObject {
    const carried = this.#carry(schema, 0);
    return isObject(carried) ? carried : {};
  }

  /** What was referred to so far, for `$defs`; undefined = nothing. */
  get definitions(): JsonObject | undefined {
    return this.#definitions.size === 0 ? undefined : Object.fromEntries(this.#definitions);
  }

  #carry(value: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) throw invalid('its schemas are nested too deeply');
    if (Array.isArray(value)) return value.map((item) => this.#carry(item, depth + 1));
    if (!isObject(value)) return value;
    const reference = value['$ref'];
    const rest = this.#rest(value, depth);
    return withNull(value, typeof reference === 'string' ? { ...rest, $ref: this.#refer(reference) } : rest);
  }

  #rest(value: JsonObject, depth: number): Record<string, unknown> {
    const carried: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(value)) {
      if (DROPPED.has(name) || name.startsWith('x-') || name === '$ref') continue;
      if (DATA.has(name)) carried[name] = member;
      else if (MAPS.has(name) && isObject(member)) carried[name] = this.#map(member, depth);
      else carried[name] = this.#carry(member, depth + 1);
    }
    return withoutReadOnly(value, withBounds(value, carried));
  }

  #map(members: JsonObject, depth: number): JsonObject {
    return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, this.#carry(member, depth + 1)]));
  }

  #refer(reference: string): string {
    const encoded = REFERENCE.exec(reference)?.[1];
    if (encoded === undefined) throw invalid(`the reference ${reference.slice(0, 100)} is none to a schema of the document`);
    const name = decodeURIComponent(encoded).replaceAll('~1', '/').replaceAll('~0', '~');
    if (!this.#definitions.has(name)) {
      if (!Object.hasOwn(this.#schemas, name)) throw invalid(`the reference ${reference.slice(0, 100)} leads nowhere`);
      // Before it is carried: schemas may refer to themselves.
      this.#definitions.set(name, {});
      const carried = this.#carry(this.#schemas[name], 0);
      this.#definitions.set(name, isObject(carried) ? carried : {});
    }
    return `#/$defs/${encoded}`;
  }
}

/**
 * `nullable` of 3.0. Its text gives it a meaning beside `type` alone; documents write it beside `allOf` and `$ref` as well,
 * and mean the same.
 */
function withNull(value: JsonObject, carried: Record<string, unknown>): JsonObject {
  if (value['nullable'] !== true) return carried;
  const { type, enum: values } = carried;
  if (COMBINED.some((keyword) => Object.hasOwn(carried, keyword))) return { anyOf: [carried, { type: 'null' }] };
  return {
    ...carried,
    ...(typeof type === 'string' ? { type: [type, 'null'] } : {}),
    ...(Array.isArray(values) && !values.includes(null) ? { enum: [...(values as unknown[]), null] } : {}),
  };
}

/** Exclusive bounds were flags in 3.0. */
function withBounds({ exclusiveMinimum, exclusiveMaximum, minimum, maximum }: JsonObject, carried: Record<string, unknown>): Record<string, unknown> {
  for (const [flag, exclusive, inclusive, bound] of [
    [exclusiveMinimum, 'exclusiveMinimum', 'minimum', minimum],
    [exclusiveMaximum, 'exclusiveMaximum', 'maximum', maximum],
  ] as const) {
    if (typeof flag !== 'boolean') continue;
    delete carried[exclusive];
    if (!flag || typeof bound !== 'number') continue;
    carried[exclusive] = bound;
    delete carried[inclusive];
  }
  return carried;
}

/** What only the server sets is not asked for. */
function withoutReadOnly({ properties, required }: JsonObject, carried: Record<string, unknown>): Record<string, unknown> {
  if (!isObject(properties)) return carried;
  const hidden = new Set(Object.entries(properties).flatMap(([name, property]) => (isObject(property) && property['readOnly'] === true ? [name] : [])));
  if (hidden.size === 0) return carried;
  const shown = Object.entries(isObject(carried['properties']) ? carried['properties'] : {}).filter(([name]) => !hidden.has(name));
  carried['properties'] = Object.fromEntries(shown);
  if (Array.isArray(required)) carried['required'] = required.filter((name) => !hidden.has(String(name)));
  return carried;
}

const UNUSABLE = 'The OpenAPI document cannot be used: ';

/** What is wrong, of a failure of one part of a document. */
export function reasonOf(failure: unknown): string {
  const message = failure instanceof Error ? failure.message : String(failure);
  return message.startsWith(UNUSABLE) ? message.slice(UNUSABLE.length) : message;
}

/** The document cannot be used. */
export function invalid(reason: string): AppError {
  return new AppError('UPSTREAM_INVALID', {
    message: `${UNUSABLE}${reason}.`,
    fix: 'Correct the document, or keep a corrected copy of it and name that under upstreams.<name>.document.',
  });
}
