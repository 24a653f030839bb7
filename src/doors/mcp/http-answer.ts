/** @module doors/mcp/http-answer: answers of this door on an HTTP response. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateState, Trace } from '../../contracts/call.ts';
import { API_HEADERS } from '../http/answer.ts';
import { cutWhenStalled } from '../http/slow-reader.ts';

/** How long a client that still sends may read why it was refused. */
const LINGER_MS = 500;

const flat = (headers: readonly (readonly [string, unknown])[]): string[] => headers.flatMap(([name, value]) => [name, String(value)]);
const COMMON = flat(Object.entries(API_HEADERS));
/** What a page would need (framing, referrers, scripts) has no meaning on JSON that no browser shows. */
const JSON_HEAD: readonly string[] = ['Content-Type', 'application/json', 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
const STREAM_HEAD: readonly string[] = [
  'Content-Type',
  'text/event-stream',
  ...flat(Object.entries(API_HEADERS).filter(([name]) => name !== 'Cache-Control')),
  'Cache-Control',
  'no-cache, no-transform',
  'X-Accel-Buffering',
  'no',
];

/** Policy part of the rate headers: the same for every call against one limit. */
const policies = new Map<string, readonly [policy: string, name: string]>();
const MAX_POLICIES = 1000;

/** Flat headers that name the trace. */
export function traceHeaders({ correlationId, traceparent }: Trace): string[] {
  return traceparent === undefined ? ['X-Correlation-ID', correlationId] : ['X-Correlation-ID', correlationId, 'traceparent', traceparent];
}

/** Adds the state of a rate limit to a flat list. @see draft-ietf-httpapi-ratelimit-headers */
export function pushRate(headers: string[], rate: RateState | undefined): void {
  if (!rate) return;
  const [policy, name] = policyOf(rate);
  const left = Math.max(0, Math.floor(rate.remaining));
  const reset = Math.max(0, Math.ceil(rate.resetSeconds));
  headers.push('RateLimit-Policy', policy, 'RateLimit', `${name};r=${left};t=${reset}`);
}

/** A whole JSON answer. `headers` is a flat list, and is used up. Does nothing when the client is gone. */
export function writeJson(response: ServerResponse, status: number, text: string, headers: string[]): void {
  if (response.destroyed || response.headersSent) return;
  const bytes = Buffer.byteLength(text);
  headers.push(...JSON_HEAD, 'Content-Length', String(bytes));
  response.writeHead(status, headers);
  cutWhenStalled(response, bytes);
  // As many bytes as characters: all of it is ASCII, whose encoding costs less.
  response.end(text, bytes === text.length ? 'latin1' : 'utf8');
}

/** An answer without a body. */
export function writeEmpty(response: ServerResponse, status: number, headers: string[]): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, [...COMMON, 'Content-Length', '0', ...headers]);
  response.end();
}

/** Opens the response as an event stream. */
export function writeStreamHead(response: ServerResponse, headers: readonly string[]): void {
  response.writeHead(200, [...STREAM_HEAD, ...headers]);
}

/**
 * Ends the connection of a client whose body will not be read to its end. What it still sends is
 * thrown away for a moment: closing at once would reset the connection and lose the answer.
 */
export function endConnection(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  setTimeout(() => response.destroy(), LINGER_MS).unref();
}

function policyOf({ policy, limit, windowSeconds }: RateState): readonly [policy: string, name: string] {
  const key = `${policy} ${limit} ${windowSeconds}`;
  const known = policies.get(key);
  if (known) return known;
  if (policies.size >= MAX_POLICIES) policies.clear();
  const name = JSON.stringify(policy.replace(/[^\w.:-]/g, '_'));
  const written = [`${name};q=${Math.floor(limit)};w=${Math.ceil(windowSeconds)}`, name] as const;
  policies.set(key, written);
  return written;
}
