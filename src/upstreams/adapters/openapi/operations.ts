/**
 * @module upstreams/adapters/openapi/operations: the operations of an OpenAPI document as tools.
 *
 * @see OpenAPI 3.1.1, "Path Item Object", "Operation Object", "Parameter Object", "Request Body Object"
 */
import { isObject, type JsonObject } from '../../../core/json.ts';
import { annotationsOf, type Body, type HttpMethod, METHODS, type Operation, type Parameter } from '../operation.ts';
import { invalid, reasonOf, SchemaCarrier } from './schemas.ts';

/** What could be used, and what could not. */
export interface ReadOperations {
  readonly operations: readonly Operation[];
  /** Operations that are left out, with the reason. */
  readonly left: readonly string[];
}

/** Set by the gateway, or by the protocol below it. @see RFC 9110; OpenAPI "Parameter Object", `name` */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  'authorization',
  'host',
  'content-length',
  'connection',
  'transfer-encoding',
  'cookie',
  'upgrade',
  'te',
  'expect',
  'user-agent',
]);
const PLACES: readonly string[] = ['path', 'query', 'header', 'cookie'];
const STYLES: readonly string[] = ['simple', 'form', 'spaceDelimited', 'pipeDelimited', 'deepObject'];
const MAX_DESCRIPTION = 4096;
/** Member of the input for a whole body. */
const BODY = 'body';

/** @throws AppError UPSTREAM_INVALID for a document of another kind or version */
export function readOperations(document: unknown): ReadOperations {
  if (!isObject(document)) throw invalid('it is no object');
  const { openapi, swagger, paths } = document;
  if (typeof swagger === 'string') throw invalid('Swagger 2.0 is not read; convert it to OpenAPI 3');
  if (typeof openapi !== 'string' || !/^3\.[0-2]\b/.test(openapi)) throw invalid('it names no version of OpenAPI from 3.0 to 3.2');
  const operations: Operation[] = [];
  const left: string[] = [];
  const names = new Set<string>();
  for (const [path, written] of Object.entries(isObject(paths) ? paths : {})) {
    const item = resolve(document, written);
    if (!path.startsWith('/') || !isObject(item)) continue;
    for (const method of METHODS) {
      const operation = item[method];
      if (!isObject(operation)) continue;
      const name = uniqueName(operation, method, path, names);
      try {
        operations.push(readOperation(document, { name, method, path, item, operation }));
      } catch (failure) {
        left.push(`${method.toUpperCase()} ${path}: ${reasonOf(failure)}`);
      }
    }
  }
  return { operations, left };
}

interface Found {
  readonly name: string;
  readonly method: HttpMethod;
  readonly path: string;
  readonly item: JsonObject;
  readonly operation: JsonObject;
}

function readOperation(document: JsonObject, { name, method, path, item, operation }: Found): Operation {
  const components = isObject(document['components']) ? document['components'] : {};
  const carrier = new SchemaCarrier(isObject(components['schemas']) ? components['schemas'] : {});
  const written = parametersOf(document, item, operation);
  const members = memberNames(written);
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  const parameters = written.map((parameter, index): Parameter => {
    const member = members[index] ?? '';
    properties[member] = described(carrier.carry(schemaOf(parameter)), parameter['description']);
    if (parameter['required'] === true || parameter['in'] === 'path') required.push(member);
    return toParameter(member, parameter);
  });
  const body = readBody(document, operation['requestBody'], new Set(members));
  if (body) {
    properties[body.body.member ?? BODY] = described(
      body.body.kind === 'base64' ? { type: 'string', contentEncoding: 'base64' } : carrier.carry(body.schema),
      body.description,
    );
    if (body.isRequired) required.push(body.body.member ?? BODY);
  }
  const definitions = carrier.definitions;
  const inputSchema = {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...(definitions ? { $defs: definitions } : {}),
  };
  const description = descriptionOf(operation, method, path);
  return { tool: { name, description, inputSchema, annotations: annotationsOf(method) }, method, path, parameters, body: body?.body };
}

/** Those of the path come along, unless the operation says another of the same name and place. */
function parametersOf(document: JsonObject, item: JsonObject, operation: JsonObject): readonly JsonObject[] {
  const byKey = new Map<string, JsonObject>();
  for (const list of [item['parameters'], operation['parameters']]) {
    for (const written of Array.isArray(list) ? list : []) {
      const parameter = resolve(document, written);
      if (!isObject(parameter)) continue;
      const { name, in: place } = parameter;
      if (typeof name !== 'string' || typeof place !== 'string' || !PLACES.includes(place)) continue;
      if (place === 'header' && OWN_HEADERS.has(name.toLowerCase())) continue;
      byKey.set(`${place} ${name}`, parameter);
    }
  }
  return [...byKey.values()];
}

/** The same name in two places gets the place behind it. */
function memberNames(parameters: readonly JsonObject[]): readonly string[] {
  const count = Map.groupBy(parameters, ({ name }) => String(name));
  return parameters.map(({ name, in: place }) =>
    (count.get(String(name))?.length ?? 0) > 1 || name === '__proto__' ? `${String(name)}_${String(place)}` : String(name),
  );
}

function schemaOf(parameter: JsonObject): unknown {
  const media = contentOf(parameter)?.media;
  return media ? media['schema'] : parameter['schema'];
}

function contentOf({ content }: JsonObject): { readonly type: string; readonly media: JsonObject } | undefined {
  const [type, media] = Object.entries(isObject(content) ? content : {})[0] ?? [];
  return type !== undefined && isObject(media) ? { type, media } : undefined;
}

function toParameter(member: string, parameter: JsonObject): Parameter {
  const place = parameter['in'] as Parameter['place'];
  const usual = place === 'query' || place === 'cookie' ? 'form' : 'simple';
  const given = parameter['style'];
  const style = typeof given === 'string' && STYLES.includes(given) ? (given as Parameter['style']) : usual;
  const explode = typeof parameter['explode'] === 'boolean' ? parameter['explode'] : style === 'form';
  return { member, name: String(parameter['name']), place, style, explode, isJson: contentOf(parameter) !== undefined };
}

interface ReadBody {
  readonly body: Body;
  readonly schema: unknown;
  readonly description: unknown;
  readonly isRequired: boolean;
}

/** Of several media types the first that can be made. @throws AppError UPSTREAM_INVALID where none can */
function readBody(document: JsonObject, written: unknown, taken: ReadonlySet<string>): ReadBody | undefined {
  const body = resolve(document, written);
  if (!isObject(body) || !isObject(body['content'])) return undefined;
  const types = Object.keys(body['content']);
  if (types.length === 0) return undefined;
  for (const [kind, pattern] of [
    ['json', /^(?:application\/json|[\w.+/-]+\+json|\*\/\*)(?:;|$)/i],
    ['form', /^application\/x-www-form-urlencoded(?:;|$)/i],
    ['text', /^text\/[\w.+-]+(?:;|$)/i],
    ['base64', /^(?:application\/octet-stream|image\/[\w.+-]+|audio\/[\w.+-]+|application\/(?:pdf|zip))(?:;|$)/i],
  ] as const) {
    const mediaType = types.find((type) => pattern.test(type));
    const media = mediaType === undefined ? undefined : body['content'][mediaType];
    if (mediaType === undefined || !isObject(media)) continue;
    return {
      body: { kind, mediaType: mediaType === '*/*' ? 'application/json' : mediaType, member: taken.has(BODY) ? `${BODY}_content` : BODY },
      schema: media['schema'],
      description: body['description'],
      isRequired: body['required'] === true,
    };
  }
  throw invalid(`bodies of ${types.join(', ')} are not made`);
}

/** A reference to another part of the same document, one step at a time. */
function resolve(document: JsonObject, written: unknown): unknown {
  let value = written;
  for (let steps = 0; isObject(value) && typeof value['$ref'] === 'string'; steps += 1) {
    const reference = value['$ref'];
    if (steps > 16 || !reference.startsWith('#/')) throw invalid(`the reference ${reference.slice(0, 100)} is not followed`);
    value = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((place, part) => {
        const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
        return isObject(place) && Object.hasOwn(place, name) ? place[name] : undefined;
      }, document);
  }
  return value;
}

function uniqueName({ operationId }: JsonObject, method: string, path: string, taken: Set<string>): string {
  const wish = (typeof operationId === 'string' ? operationId : `${method}_${path}`).replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '') || method;
  let name = wish;
  for (let count = 2; taken.has(name); count += 1) name = `${wish}_${count}`;
  taken.add(name);
  return name;
}

function descriptionOf({ summary, description, deprecated }: JsonObject, method: string, path: string): string {
  const words = [summary, description].filter((text): text is string => typeof text === 'string' && text.trim() !== '');
  const own = [...new Set(words)].join('\n\n').slice(0, MAX_DESCRIPTION);
  return `${deprecated === true ? 'Deprecated. ' : ''}${own === '' ? `${method.toUpperCase()} ${path}` : own}`;
}

function described(schema: JsonObject, description: unknown): JsonObject {
  return typeof description === 'string' && description !== '' ? { ...schema, description: description.slice(0, MAX_DESCRIPTION) } : schema;
}
