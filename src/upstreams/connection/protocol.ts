/** @module upstreams/connection/protocol: how this side of the protocol names itself, and the messages it reads. */
import { META, MODERN_REVISION, TASKS_EXTENSION, type Revision, REVISIONS } from '../../contracts/mcp.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { VERSION } from '../../core/version.ts';

/** Number of a request of ours. */
export type OwnId = number;

/** What we call ourselves. */
export const CLIENT_INFO: JsonObject = Object.freeze({ name: 'switchyard', title: 'Switchyard', version: VERSION });

/**
 * What is offered to upstreams. Questions go on to the client behind the call, which may refuse them; roots
 * are offered in the modern era alone: before, servers ask for them outside of any call. @see MCP 2025-11-25, basic/lifecycle
 */
export const CAPABILITIES: JsonObject = Object.freeze({ elicitation: Object.freeze({}), sampling: Object.freeze({}) });

/** The revision asked for in a handshake. */
export const ASKED_LEGACY: Revision = '2025-11-25';

const LEGACY: readonly string[] = REVISIONS.filter((revision) => revision < MODERN_REVISION);

/** Whether a handshake may end with this version. */
export function isSpokenLegacy(version: unknown): version is string {
  return typeof version === 'string' && LEGACY.includes(version);
}

/** The `_meta` of every modern request. */
export const MODERN_META: JsonObject = Object.freeze({
  [META.version]: MODERN_REVISION,
  [META.clientInfo]: CLIENT_INFO,
  [META.capabilities]: Object.freeze({ ...CAPABILITIES, roots: Object.freeze({}), extensions: Object.freeze({ [TASKS_EXTENSION]: Object.freeze({}) }) }),
});

/** Any message an upstream may send. */
export type Incoming =
  | { readonly kind: 'request'; readonly id: string | number; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'result'; readonly id: unknown; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly id: unknown; readonly error: JsonObject };

const NONE: JsonObject = Object.freeze({});

/** The parsed JSON as a message; undefined for what is none. */
export function readIncoming(value: unknown): Incoming | undefined {
  if (!isObject(value) || value['jsonrpc'] !== '2.0') return undefined;
  const { id, method, params, result, error } = value;
  if (typeof method === 'string') {
    const given = isObject(params) ? params : NONE;
    if (id === undefined) return { kind: 'notification', method, params: given };
    return typeof id === 'string' || typeof id === 'number' ? { kind: 'request', id, method, params: given } : undefined;
  }
  if (isObject(result) && error === undefined) return { kind: 'result', id, result };
  return isObject(error) && result === undefined ? { kind: 'error', id, error } : undefined;
}

/** A result as callers of any revision may see it: without what belongs to this connection alone. */
export function withoutEnvelope(result: JsonObject): JsonObject {
  const { resultType, ttlMs, cacheScope, _meta: meta, ...rest } = result;
  if (!isObject(meta)) return meta === undefined && resultType === undefined && ttlMs === undefined && cacheScope === undefined ? result : rest;
  const { [META.serverInfo]: _, ...own } = meta;
  return Object.keys(own).length > 0 ? { ...rest, _meta: own } : rest;
}
