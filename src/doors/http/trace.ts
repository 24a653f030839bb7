/** @module doors/http/trace: the identifiers that tie a request to its client's own records. */
import type { IncomingHttpHeaders } from 'node:http';
import { uuidV7 } from '../../core/ids.ts';
import type { Trace } from '../../contracts/call.ts';

const CORRELATION_ID = /^[\w.:-]{1,128}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACESTATE_MAX = 512;
const BAGGAGE_MAX = 8192;

/** The client's correlation id when it is 1–128 of [A-Za-z0-9._:-], else a new one. */
export function readCorrelationId(headers: IncomingHttpHeaders): string {
  const sent = headers['x-correlation-id'];
  return typeof sent === 'string' && CORRELATION_ID.test(sent) ? sent : uuidV7();
}

/**
 * Correlation id and W3C trace context of a request. A malformed traceparent is dropped, and
 * tracestate with it.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export function readTrace(headers: IncomingHttpHeaders): Trace {
  const correlationId = readCorrelationId(headers);
  const { traceparent, tracestate, baggage } = headers;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return { correlationId };
  return {
    correlationId,
    traceparent,
    ...(typeof tracestate === 'string' && tracestate.length <= TRACESTATE_MAX ? { tracestate } : {}),
    ...(typeof baggage === 'string' && baggage.length <= BAGGAGE_MAX ? { baggage } : {}),
  };
}
