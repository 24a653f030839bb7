/** @module doors/http/answer: how answers other than MCP's are written; the only writer of their error bodies. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { ERRORS, type AppError, type ErrorCode } from '../../core/errors.ts';
import { uuidV7 } from '../../core/ids.ts';
import type { RateState } from '../../contracts/call.ts';
import type { ProtectedResource } from '../../contracts/http.ts';
import { challengeOf } from './challenge.ts';
import { cutWhenStalled } from './slow-reader.ts';

/** Headers by name. */
export type Headers = Readonly<Record<string, string | number>>;

/** Nothing of an answer is kept, sniffed, framed or run. */
export const API_HEADERS: Headers = Object.freeze({
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
});

const JSON_TYPE = 'application/json; charset=utf-8';
const DEFAULT_RETRY_SECONDS = 1;

/** Writes a complete answer with the security headers. Does nothing when one has begun or the client is gone. */
export function writeText(response: ServerResponse, status: number, contentType: string, text: string, headers: Headers = {}): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.byteLength(text);
  response.writeHead(status, { ...API_HEADERS, 'Content-Type': contentType, 'Content-Length': bytes, ...headers });
  cutWhenStalled(response, bytes);
  response.end(text);
}

/** As writeText, with a JSON body. */
export function writeJson(response: ServerResponse, status: number, body: unknown, headers: Headers = {}): void {
  writeText(response, status, JSON_TYPE, JSON.stringify(body), headers);
}

/**
 * Answers a failure: the status of its code, the body {error: {code, message, fix, correlation_id,
 * data?}}, X-Correlation-ID, and what HTTP demands of that status (WWW-Authenticate, Retry-After).
 * Never the cause: that is for the log.
 *
 * @see RFC 6750 section 3 for the challenge
 */
export function writeError(response: ServerResponse, error: AppError, correlationId: string, headers: Headers = {}, resource?: ProtectedResource): void {
  writeJson(response, error.facts.status, errorBody(error, correlationId), {
    ...headers,
    ...failureHeaders(error, resource, response.req),
    'X-Correlation-ID': correlationId,
  });
}

/** What HTTP demands beside the status of a failure: the challenge, and when to come back. */
export function failureHeaders(error: AppError, resource?: ProtectedResource, request?: IncomingMessage): Headers {
  const challenge = challengeOf(error, resource, request);
  return { ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }), ...retryOf(error) };
}

/** The same answer as raw HTTP/1.1 text that ends the connection, for sockets whose request could not be parsed. */
export function rawError(code: ErrorCode): string {
  const { status, cause, fix } = ERRORS[code];
  const body = JSON.stringify({ error: { code, message: cause, fix, correlation_id: uuidV7() } });
  const head = { ...API_HEADERS, 'Content-Type': JSON_TYPE, 'Content-Length': Buffer.byteLength(body), Connection: 'close' };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`;
}

/**
 * State of the rate limit that a call was counted against.
 *
 * @see draft-ietf-httpapi-ratelimit-headers
 */
export function rateHeaders(rate: RateState | undefined): Headers {
  if (!rate) return {};
  const name = JSON.stringify(rate.policy.replace(/[^\w.:-]/g, '_'));
  return {
    'RateLimit-Policy': `${name};q=${Math.floor(rate.limit)};w=${Math.ceil(rate.windowSeconds)}`,
    RateLimit: `${name};r=${Math.max(0, Math.floor(rate.remaining))};t=${Math.max(0, Math.ceil(rate.resetSeconds))}`,
  };
}

function errorBody(error: AppError, correlationId: string): unknown {
  const { code, message, fix, data } = error;
  return { error: { code, message, fix, correlation_id: correlationId, ...(data ? { data } : {}) } };
}

function retryOf({ facts, data }: AppError): Headers {
  if (!facts.isRetryable || (facts.status !== 429 && facts.status !== 503)) return {};
  const seconds = data?.['retryAfterSeconds'];
  return { 'Retry-After': typeof seconds === 'number' && Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : DEFAULT_RETRY_SECONDS };
}
