/** @module doors/mcp/errors: failures on the wire. Nothing else in this door writes an error. */
import type { IncomingMessage } from 'node:http';
import type { ProtectedResource } from '../../contracts/http.ts';
import type { AppError, ErrorCode } from '../../core/errors.ts';
import { challengeOf } from '../http/challenge.ts';
import type { RequestId } from './message.ts';

/**
 * Failures that HTTP itself reports: of the request as such, of the caller, of the load. All others
 * concern the params or the execution and ride in a 200, where every client looks for them.
 */
const HTTP_FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PARSE_ERROR',
  'INVALID_REQUEST',
  'METHOD_NOT_ALLOWED',
  'NOT_ACCEPTABLE',
  'UNSUPPORTED_MEDIA_TYPE',
  'ENVELOPE_INVALID',
  'HEADER_MISMATCH',
  'UNSUPPORTED_VERSION',
  'BODY_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'SESSION_UNKNOWN',
  'SESSION_LIMIT',
  'PROFILE_UNKNOWN',
  'AUTHENTICATION_REQUIRED',
  'AUTHENTICATION_FAILED',
  'AUTHENTICATION_BLOCKED',
  'TOKEN_EXPIRED',
  'ISSUER_UNAVAILABLE',
  'SCOPE_MISSING',
  'PERMISSION_DENIED',
  'TARGET_DISABLED',
  'RATE_LIMITED',
  'QUOTA_EXCEEDED',
  'OVERLOADED',
  'SHUTTING_DOWN',
  'AUDIT_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
]);
/** Statuses that MCP 2026-07-28 prescribes and older clients would take for a broken transport. */
const MODERN_HTTP_FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['METHOD_NOT_FOUND', 'CLIENT_CAPABILITY_MISSING']);

const LEGACY_RESOURCE_NOT_FOUND = -32002;
const INVALID_REQUEST = -32600;
const DEFAULT_RETRY_SECONDS = 1;

/** What the mapping of one error depends on besides the error. */
export interface ErrorContext {
  /** Of the request; null when it could not be read. */
  readonly id: RequestId | null;
  readonly correlationId: string;
  readonly isModern: boolean;
  /** URI of resources/read. */
  readonly uri?: string | undefined;
}

/**
 * A whole JSON-RPC error message. `data` carries the stable code, the fix and the correlation id
 * beside the error's own facts. The cause stays here.
 */
export function errorText(error: AppError, { id, correlationId, isModern, uri }: ErrorContext): string {
  const { code, message, fix, data } = error;
  const isLost = code === 'UNKNOWN_TARGET' && uri !== undefined;
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: {
      code: rpcCode(error, isModern, isLost),
      message,
      data: { ...data, ...(isLost ? { uri } : {}), code, fix, correlation_id: correlationId },
    },
  });
}

/** A code of the 2026 revision means nothing to an older client. */
function rpcCode({ code, facts }: AppError, isModern: boolean, isLost: boolean): number {
  if (isModern) return facts.rpcCode;
  if (isLost) return LEGACY_RESOURCE_NOT_FOUND;
  return code === 'CLIENT_CAPABILITY_MISSING' ? INVALID_REQUEST : facts.rpcCode;
}

/**
 * The HTTP status of an error.
 *
 * @param isOutcome whether a call ended with it; the door's own failures always show their status
 */
export function httpStatusOf({ code, facts }: AppError, isModern: boolean, isOutcome: boolean): number {
  if (HTTP_FAILURES.has(code) || (isModern && MODERN_HTTP_FAILURES.has(code))) return facts.status;
  return code === 'INTERNAL' && !isOutcome ? facts.status : 200;
}

/**
 * Headers that go with a failure, as a flat list: the challenge of RFC 6750 (with RFC 9728's pointer),
 * Retry-After, and Allow for a wrong HTTP method.
 */
export function failureHeaders(error: AppError, resource?: ProtectedResource, request?: IncomingMessage): string[] {
  const { code, facts, data } = error;
  const headers: string[] = [];
  const challenge = challengeOf(error, resource, request);
  if (challenge !== undefined) headers.push('WWW-Authenticate', challenge);
  if (facts.isRetryable && (facts.status === 429 || facts.status === 503)) {
    const seconds = data?.['retryAfterSeconds'];
    headers.push('Retry-After', String(typeof seconds === 'number' && Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : DEFAULT_RETRY_SECONDS));
  }
  if (code === 'METHOD_NOT_ALLOWED') headers.push('Allow', typeof data?.['allow'] === 'string' ? data['allow'] : 'POST');
  return headers;
}
