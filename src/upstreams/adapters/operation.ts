/** @module upstreams/adapters/operation: one HTTP operation as a tool, wherever its description came from. */
import { isObject, type JsonObject } from '../../core/json.ts';

/** Methods that change nothing come first. */
export const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;

/** Lower case, as OpenAPI writes them. */
export type HttpMethod = (typeof METHODS)[number];

/** Where one member of the input goes. */
export interface Parameter {
  /** In the tool's input. */
  readonly member: string;
  /** On the wire. */
  readonly name: string;
  readonly place: 'path' | 'query' | 'header' | 'cookie';
  readonly style: 'simple' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject';
  readonly explode: boolean;
  /** The value travels as JSON text. */
  readonly isJson: boolean;
}

/** How the body is made. */
export interface Body {
  readonly kind: 'json' | 'form' | 'text' | 'base64';
  readonly mediaType: string;
  /** Member of the input that is the body; null = all members that are no parameters. */
  readonly member: string | null;
}

/** A tool and the request it stands for. */
export interface Operation {
  readonly tool: JsonObject & { readonly name: string };
  readonly method: HttpMethod;
  /** With `{name}` where path parameters go; begins with `/`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Body | undefined;
}

/** What a client may think of a call, by the method alone. @see RFC 9110, section 9.2 */
export function annotationsOf(method: HttpMethod): JsonObject {
  const isSafe = method === 'get' || method === 'head';
  return isSafe
    ? { readOnlyHint: true, openWorldHint: true }
    : {
        readOnlyHint: false,
        destructiveHint: method === 'delete' || method === 'put' || method === 'patch',
        idempotentHint: method === 'put' || method === 'delete',
        openWorldHint: true,
      };
}

/** Member of `_meta` of a tool as it is pinned; clients are not shown it. */
export const REQUEST_KEY = 'switchyard/request';

/** The tool with the request that it stands for: a document that leads it elsewhere has changed it, whatever it says to a model. */
export function pinnedTool({ tool, method, path, parameters, body }: Operation): JsonObject {
  const places = parameters.map(
    ({ member, name, place, style, explode, isJson }) => `${member}=${place}:${name}:${style}${explode ? '*' : ''}${isJson ? ':json' : ''}`,
  );
  const bodies = body ? [`${body.member ?? '*'}=body:${body.kind}:${body.mediaType}`] : [];
  return { ...tool, _meta: { [REQUEST_KEY]: [`${method.toUpperCase()} ${path}`, ...places, ...bodies].join(' ') } };
}

/** The definition as clients are shown it. */
export function withoutRequest(definition: JsonObject): JsonObject {
  const { _meta: meta, ...rest } = definition;
  if (!isObject(meta) || !Object.hasOwn(meta, REQUEST_KEY)) return definition;
  const { [REQUEST_KEY]: _, ...kept } = meta;
  return Object.keys(kept).length > 0 ? { ...rest, _meta: kept } : rest;
}
