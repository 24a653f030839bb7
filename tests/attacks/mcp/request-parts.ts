/** What bad requests are made of: the expected answers, valid requests and the ways to write them. */
import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/json.ts';

type Entry = readonly [name: string, value: string];

/** What must come back. */
export interface Expected {
  /** HTTP status. */
  readonly status: number;
  /** JSON-RPC code; `isError` = a result that says so. */
  readonly code: number | 'isError';
  /** Whether the answer carries the id of the request, else null. */
  readonly hasId: boolean;
  /** The id instead, where the request has a number that cannot be used. */
  readonly id?: number;
}

/** One bad request. */
export interface Bad {
  readonly kind: string;
  readonly verb: string;
  readonly headers: readonly Entry[];
  /** The body for a request id. */
  readonly body: (id: string) => Buffer;
  readonly expected: Expected;
}

export const PREFIX = 'io.modelcontextprotocol/';
const MODERN = '2026-07-28';
export const META: JsonObject = { [`${PREFIX}protocolVersion`]: MODERN, [`${PREFIX}clientCapabilities`]: {} };

export const PARSE: Expected = { status: 400, code: -32700, hasId: false };
export const INVALID: Expected = { status: 400, code: -32600, hasId: false };
export const INVALID_WITH_ID: Expected = { status: 400, code: -32600, hasId: true };
export const METHOD: Expected = { status: 404, code: -32601, hasId: true };
export const PARAMS: Expected = { status: 200, code: -32602, hasId: true };
export const ENVELOPE: Expected = { status: 400, code: -32602, hasId: true };
export const HEADER: Expected = { status: 400, code: -32020, hasId: true };
export const CAPABILITY: Expected = { status: 400, code: -32021, hasId: true };
export const VERSION: Expected = { status: 400, code: -32022, hasId: true };
export const INPUT: Expected = { status: 200, code: 'isError', hasId: true };

/** Valid requests, as method and params. */
const VALID: readonly (readonly [method: string, params: JsonObject])[] = [
  ['tools/list', {}],
  ['tools/call', { name: 'say_back', arguments: { words: 'x' } }],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'test://text' }],
  ['prompts/list', {}],
  ['prompts/get', { name: 'plain' }],
  ['server/discover', {}],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'filled' }, argument: { name: 'city', value: 'p' } }],
];
export const METHODS = new Set([...VALID.map(([method]) => method), 'subscriptions/listen']);
export const valid = fc.constantFrom(...VALID);

export const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 2 ** 53, '', [], [[]], {}, { __proto__: null }, 'x'.repeat(5000)),
  fc.jsonValue({ maxDepth: 3 }),
);
export const notObject = odd.filter((value) => typeof value !== 'object' || value === null || Array.isArray(value));
export const notText = odd.filter((value) => typeof value !== 'string');

/** Headers carry ASCII; everything else in the Base64 form. */
const encode = (value: string): string =>
  /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith('=?base64?') ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;

export function headersFor(method: unknown, params: JsonObject, version: string = MODERN): Entry[] {
  const name = method === 'resources/read' ? params['uri'] : ['tools/call', 'prompts/get'].includes(String(method)) ? params['name'] : undefined;
  return [
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
    ['MCP-Protocol-Version', version],
    ...(typeof method === 'string' ? [['Mcp-Method', method] as const] : []),
    ...(typeof name === 'string' ? [['Mcp-Name', encode(name)] as const] : []),
  ];
}

export const write =
  (method: unknown, params: unknown, more: JsonObject = {}) =>
  (id: string): Buffer =>
    Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params, ...more }));

/** A modern request, whole but for what the caller put in. */
export function modern(kind: string, method: string, params: JsonObject, expected: Expected, meta: JsonObject = META): Bad {
  return { kind, verb: 'POST', headers: headersFor(method, params), body: write(method, { ...params, _meta: meta }), expected };
}

/** Something else than the body of a valid request. */
export function text(kind: string, bytes: Buffer, expected: Expected): Bad {
  return { kind, verb: 'POST', headers: headersFor('tools/list', {}), body: () => bytes, expected };
}

export function isJson(candidate: string): boolean {
  try {
    JSON.parse(candidate.trim());
    return true;
  } catch {
    return false;
  }
}
