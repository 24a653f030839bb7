/** @module doors/mcp/trace: the identifiers that tie a call to its client's own records. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Trace } from '../../contracts/call.ts';
import { randomHex } from '../../core/ids.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

const CORRELATION_ID = /^[\w.:-]{1,128}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Printable ASCII; longer lists are dropped whole, never cut. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;
const BAGGAGE = /^[\x20-\x7e]{1,8192}$/;

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** A trace that is never incomplete: what the client did not send was minted. */
export type FullTrace = Trace & { readonly traceparent: string };

/**
 * The trace of a request: each identifier from its HTTP header, else from `params._meta` (`traceparent`,
 * `tracestate`, `baggage`, `x-correlation-id` or `correlationId`), else minted. Malformed ones count as
 * absent. A minted correlation id is the trace-id, so that either finds the other.
 *
 * @see W3C Trace Context, and MCP 2026-07-28, basic, "OpenTelemetry trace context"
 */
export function readTrace(headers: IncomingHttpHeaders | undefined, meta: unknown): FullTrace {
  const own = isObject(meta) ? meta : undefined;
  const sentId = pick(CORRELATION_ID, headers?.['x-correlation-id'], own, 'x-correlation-id', 'correlationId');
  const parent = pick(TRACEPARENT, headers?.['traceparent'], own, 'traceparent');
  if (parent === undefined) return mint(sentId);
  return {
    correlationId: sentId ?? parent.slice(3, 35),
    traceparent: parent,
    tracestate: pick(TRACESTATE, headers?.['tracestate'], own, 'tracestate'),
    baggage: pick(BAGGAGE, headers?.['baggage'], own, 'baggage'),
  };
}

function mint(sentId: string | undefined): FullTrace {
  const digits = randomHex(TRACE_ID_BYTES + SPAN_ID_BYTES);
  const traceId = digits.slice(0, 2 * TRACE_ID_BYTES);
  return { correlationId: sentId ?? traceId, traceparent: `00-${traceId}-${digits.slice(2 * TRACE_ID_BYTES)}-00` };
}

function pick(pattern: RegExp, header: unknown, meta: JsonObject | undefined, ...keys: readonly string[]): string | undefined {
  if (typeof header === 'string' && pattern.test(header)) return header;
  if (meta === undefined) return undefined;
  for (const key of keys) {
    const sent = meta[key];
    if (typeof sent === 'string' && pattern.test(sent)) return sent;
  }
  return undefined;
}
