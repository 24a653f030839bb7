/** @module doors/http/request-fault: what is wrong with a request before anybody looks at what it wants. */
import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '../../core/errors.ts';
import type { HostGuard } from './authority.ts';
import type { OriginGuard } from './origin.ts';
import type { Arrived } from './trusted-proxy.ts';

/** Why a request goes no further. */
export interface RequestFault {
  readonly code: ErrorCode;
  /** Replaces the table's text where it says too little. */
  readonly message?: string;
}

/** The guards a request has to pass. */
export interface RequestGuards {
  readonly isKnownHost: HostGuard;
  readonly origins: OriginGuard;
}

const MAX_HEADERS = 100;
const FAULTS = {
  tooManyHeaders: { code: 'HEADERS_TOO_LARGE' },
  plaintext: { code: 'PLAINTEXT_REFUSED' },
  twoHosts: { code: 'INVALID_REQUEST', message: 'More than one Host header.' },
  host: { code: 'HOST_REFUSED' },
  origin: { code: 'ORIGIN_REFUSED' },
  query: { code: 'INVALID_REQUEST', message: 'Access tokens are not taken from the URL, which is written into logs and histories.' },
  trace: { code: 'METHOD_NOT_ALLOWED' },
  coding: { code: 'INVALID_REQUEST', message: 'The transfer coding is not chunked.' },
  target: { code: 'INVALID_REQUEST', message: 'The request target is not a plain path.' },
} as const satisfies Record<string, RequestFault>;

/**
 * The first fault of a request, or undefined. In the path of every request: no allocation.
 *
 * @param arrived undefined for a peer that may not send plain HTTP
 * @param path undefined for a target without one reading
 */
export function findFault(
  { rawHeaders, headers, method, url = '' }: IncomingMessage,
  arrived: Arrived | undefined,
  path: string | undefined,
  { isKnownHost, origins }: RequestGuards,
): RequestFault | undefined {
  if (rawHeaders.length > 2 * MAX_HEADERS) return FAULTS.tooManyHeaders;
  if (!arrived) return FAULTS.plaintext;
  if (hasTwoHosts(rawHeaders)) return FAULTS.twoHosts;
  const { authority = '', isSecure } = arrived;
  if (!isKnownHost(authority)) return FAULTS.host;
  const { origin, 'transfer-encoding': coding } = headers;
  if (origin !== undefined && !origins.permits(origin, authority, isSecure)) return FAULTS.origin;
  if (method === 'TRACE') return FAULTS.trace;
  // Node reads any other coding up to the end of the connection; a proxy may see requests in there. @see RFC 9112 section 6.3
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return FAULTS.coding;
  if (path === undefined) return FAULTS.target;
  return url.length > path.length && hasToken(url) ? FAULTS.query : undefined;
}

/** @see RFC 6750 section 2.3, and OAuth 2.1, which dropped that way */
function hasToken(url: string): boolean {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).has('access_token');
}

/** Node keeps the first of several; a proxy in front may have judged by another. @see RFC 9112 section 3.2 */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && (name === 'Host' || name === 'host' || name.toLowerCase() === 'host')) count += 1;
  }
  return count > 1;
}
