/** @module schema/document: where the references of a schema lead. Never outside it. */
import { isObject, type JsonObject } from '../core/json.ts';
import { refuseAt } from './node.ts';

/** A schema with an identifier of its own; the whole document is the first. */
export interface Resource {
  readonly root: unknown;
  /** Absolute URI without fragment. */
  readonly uri: string;
  readonly anchors: Map<string, unknown>;
}

/** A schema a reference leads to, with the resource that references inside it are relative to. */
export interface Found {
  readonly schema: unknown;
  readonly resource: Resource;
}

/** Base of documents that do not name one. */
const BASE = 'schema://document/';
const MAX_NODES = 50_000;
const MAX_DEPTH = 200;

/** Where schemas hold schemas. */
const SINGLE = new Set([
  'additionalProperties',
  'propertyNames',
  'items',
  'additionalItems',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedProperties',
  'unevaluatedItems',
]);
const LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const MAPS = new Set(['$defs', 'definitions', 'properties', 'patternProperties', 'dependentSchemas', 'dependencies']);

/** The resources and anchors of one schema document. */
export class SchemaDocument {
  readonly main: Resource;
  readonly #resources = new Map<string, Resource>();
  readonly #owners = new Map<unknown, Resource>();
  readonly #dynamicAnchors = new Map<string, number>();
  #nodes = 0;

  /** @throws AppError DEFINITION_INVALID when it is too large, too deep, circular, or repeats an identifier */
  constructor(root: unknown) {
    this.main = this.#addResource(root, uriOf(root, BASE) ?? BASE, []);
    this.#index(root, this.main, []);
  }

  /** The resource that references inside the schema object are relative to. */
  resourceOf(schema: unknown, parent: Resource): Resource {
    return this.#owners.get(schema) ?? parent;
  }

  /**
   * What the reference leads to, or undefined when that lies outside: nothing is ever fetched.
   *
   * @see RFC 3986 section 5, RFC 6901 section 6
   */
  find(reference: string, from: Resource): Found | undefined {
    const [address = '', fragment = ''] = splitOnce(reference, '#');
    const resource = address === '' ? from : this.#resources.get(toAbsolute(address, from.uri) ?? '');
    if (!resource) return undefined;
    if (fragment === '') return { schema: resource.root, resource };
    if (!fragment.startsWith('/')) return resource.anchors.has(fragment) ? { schema: resource.anchors.get(fragment), resource } : undefined;
    let found: Found | undefined = { schema: resource.root, resource };
    for (const token of fragment.slice(1).split('/')) {
      found = stepInto(found, decodeToken(token));
      if (!found) return undefined;
      found = { schema: found.schema, resource: this.resourceOf(found.schema, found.resource) };
    }
    return found;
  }

  /** Whether a dynamic reference by this anchor can only mean one schema. Several need a scope at run time, which is not supported. */
  isUnambiguous(anchor: string): boolean {
    return anchor === '' ? this.#resources.size === 1 : (this.#dynamicAnchors.get(anchor) ?? 0) <= 1;
  }

  #addResource(root: unknown, uri: string, tokens: readonly string[]): Resource {
    if (this.#resources.has(uri)) refuseAt([...tokens, '$id'], 'repeats the identifier of another part');
    const resource = { root, uri, anchors: new Map<string, unknown>() };
    this.#resources.set(uri, resource);
    this.#owners.set(root, resource);
    return resource;
  }

  #index(schema: unknown, parent: Resource, tokens: string[]): void {
    if (!isObject(schema)) return;
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) refuseAt([], `has more than ${MAX_NODES} parts`);
    if (tokens.length > MAX_DEPTH) refuseAt(tokens.slice(0, 8), 'is circular or nested too deeply');
    const resource = tokens.length === 0 ? parent : this.#enter(schema, parent, tokens);
    this.#noteAnchors(schema, resource, tokens);
    for (const key of Object.keys(schema)) {
      const operand = schema[key];
      if (typeof operand !== 'object' || operand === null) continue;
      if (Array.isArray(operand)) {
        for (const [index, item] of LISTS.has(key) ? operand.entries() : []) this.#below(item, resource, tokens, key, String(index));
      } else if (MAPS.has(key)) {
        for (const name of Object.keys(operand)) this.#below((operand as JsonObject)[name], resource, tokens, key, name);
      } else if (SINGLE.has(key)) this.#below(operand, resource, tokens, key);
    }
  }

  #below(schema: unknown, resource: Resource, tokens: string[], ...more: string[]): void {
    tokens.push(...more);
    this.#index(schema, resource, tokens);
    tokens.length -= more.length;
  }

  #enter(schema: JsonObject, parent: Resource, tokens: readonly string[]): Resource {
    const uri = uriOf(schema, parent.uri);
    if (uri === undefined) return parent;
    const known = this.#owners.get(schema);
    return known ?? this.#addResource(schema, uri, tokens);
  }

  #noteAnchors(schema: JsonObject, { anchors }: Resource, tokens: readonly string[]): void {
    const { $anchor, $dynamicAnchor, $id } = schema;
    const old = typeof $id === 'string' && $id.startsWith('#') ? $id.slice(1) : undefined;
    for (const anchor of [$anchor, $dynamicAnchor, old]) {
      if (typeof anchor !== 'string' || anchor === '') continue;
      if (anchors.has(anchor) && anchors.get(anchor) !== schema) refuseAt([...tokens, '$anchor'], 'repeats an anchor');
      anchors.set(anchor, schema);
    }
    if (typeof $dynamicAnchor === 'string') this.#dynamicAnchors.set($dynamicAnchor, (this.#dynamicAnchors.get($dynamicAnchor) ?? 0) + 1);
  }
}

function stepInto({ schema, resource }: Found, token: string): Found | undefined {
  if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, token)) return undefined;
  return { schema: (schema as JsonObject)[token], resource };
}

/** The absolute URI of a schema's `$id` (draft 4: `id`), if it names a resource and is not merely an anchor. */
function uriOf(schema: unknown, base: string): string | undefined {
  if (!isObject(schema)) return undefined;
  const { $id } = schema;
  if (typeof $id !== 'string' || $id === '' || $id.startsWith('#')) return undefined;
  return toAbsolute($id, base);
}

function toAbsolute(reference: string, base: string): string | undefined {
  const url = URL.parse(reference, base);
  if (!url) return undefined;
  url.hash = '';
  return url.href;
}

function decodeToken(token: string): string {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return token;
  }
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
