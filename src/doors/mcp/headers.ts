/** @module doors/mcp/headers: every HTTP header of MCP that is read and checked. */
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { HeaderParam } from './header-params.ts';
import type { RpcRequest } from './message.ts';

const JSON_TYPE = /^\s*application\/json\s*(?:;|$)/i;
const SAFE_VALUE = /^[\t\x20-\x7e]*$/;
const SENTINEL = /^=\?base64\?(.*)\?=$/s;
const CANONICAL_BASE64 = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/;
const DECIMAL = /^-?\d{1,16}(?:\.0*)?$/;

/** What the client can read. Without an Accept header: everything. */
export interface Accepted {
  readonly isJson: boolean;
  readonly isStream: boolean;
}

const BOTH: Accepted = { isJson: true, isStream: true };
/** What every SDK sends, found as it stands. */
const USUAL = new Set(['application/json, text/event-stream', 'text/event-stream, application/json', '*/*']);

/** Media types of the Accept header; `q` is not weighed. */
export function readAccept(headers: IncomingHttpHeaders): Accepted {
  const { accept } = headers;
  if (accept === undefined || USUAL.has(accept)) return BOTH;
  const types = new Set(
    accept
      .toLowerCase()
      .split(',')
      .map((type) => type.split(';', 1)[0]?.trim()),
  );
  const hasAny = types.has('*/*');
  return {
    isJson: hasAny || types.has('application/json') || types.has('application/*'),
    isStream: hasAny || types.has('text/event-stream') || types.has('text/*'),
  };
}

/**
 * What a POST must be before its body is read.
 *
 * @throws AppError UNSUPPORTED_MEDIA_TYPE, NOT_ACCEPTABLE, BODY_TOO_LARGE
 */
export function checkPostHeaders(headers: IncomingHttpHeaders, accepted: Accepted, maxBodyBytes: number): void {
  const type = headers['content-type'];
  if (type === undefined || (type !== 'application/json' && !JSON_TYPE.test(type))) throw new AppError('UNSUPPORTED_MEDIA_TYPE');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', { message: 'Compressed bodies are not read.', fix: 'Send the body without Content-Encoding.' });
  }
  if (!accepted.isJson && !accepted.isStream) throw new AppError('NOT_ACCEPTABLE');
  if (Number(headers['content-length'] ?? 0) > maxBodyBytes) throw new AppError('BODY_TOO_LARGE');
}

/** A header's only value without the white space around it. Node joins repeated ones, which then match nothing. */
export function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

/**
 * The headers that a modern request must repeat from its body: revision, method and, where the method
 * has one, the name.
 *
 * @param nameMember `name` or `uri`: the member of params that Mcp-Name repeats
 * @throws AppError HEADER_MISMATCH with data {header}
 * @see MCP 2026-07-28, basic/transports/streamable-http, "Server Validation"
 */
export function checkStandardHeaders(headers: IncomingHttpHeaders, request: RpcRequest, version: unknown, nameMember: string | undefined): void {
  requireEqual('MCP-Protocol-Version', headerText(headers, 'mcp-protocol-version'), version);
  requireEqual('Mcp-Method', headerText(headers, 'mcp-method'), request.method);
  if (nameMember === undefined) return;
  const name = request.params?.[nameMember];
  const sent = headerText(headers, 'mcp-name');
  // A body without the name is a fault of the params, and answered as one.
  if (typeof name !== 'string') return;
  if (sent === undefined) throw mismatch('Mcp-Name', 'is missing');
  if (sent !== name && decodeValue('Mcp-Name', sent) !== name) throw mismatch('Mcp-Name', 'disagrees with the body');
  if (sent === name && SENTINEL.test(sent)) throw mismatch('Mcp-Name', 'disagrees with the body');
}

/**
 * The parameters that the tool's schema mirrors into headers.
 *
 * @throws AppError HEADER_MISMATCH with data {header}
 * @see MCP 2026-07-28, basic/transports/streamable-http, "Server Behavior for Custom Headers"
 */
export function checkParamHeaders(headers: IncomingHttpHeaders, params: readonly HeaderParam[], input: unknown): void {
  for (const { name, path } of params) {
    const value = valueAt(input, path);
    const expected = typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
    if (expected === undefined) continue;
    const sent = headerText(headers, name);
    if (sent === undefined) throw mismatch(name, 'is missing');
    const decoded = decodeValue(name, sent);
    const isEqual = decoded === expected || (typeof value === 'number' && DECIMAL.test(decoded) && Number(decoded) === value);
    if (!isEqual) throw mismatch(name, 'disagrees with the body');
  }
}

/** @throws AppError HEADER_MISMATCH when the value has forbidden characters or a broken sentinel */
function decodeValue(name: string, sent: string): string {
  if (!SAFE_VALUE.test(sent)) throw mismatch(name, 'holds characters that need the Base64 form');
  const encoded = SENTINEL.exec(sent)?.[1];
  if (encoded === undefined) return sent;
  const bytes = CANONICAL_BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : undefined;
  if (!bytes || !isUtf8(bytes)) throw mismatch(name, 'is not valid Base64 of UTF-8');
  return bytes.toString('utf8');
}

function requireEqual(header: string, sent: string | undefined, expected: unknown): void {
  if (sent === undefined) throw mismatch(header, 'is missing');
  if (sent !== expected) throw mismatch(header, 'disagrees with the body');
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}

function mismatch(header: string, problem: string): AppError {
  return new AppError('HEADER_MISMATCH', { message: `Header mismatch: ${header} ${problem}.`, data: { header } });
}
