/** @module doors/http/correlation: the identifier of a request that never became a call. */
import type { IncomingHttpHeaders } from 'node:http';
import { uuidV7 } from '../../core/ids.ts';

const CORRELATION_ID = /^[\w.:-]{1,128}$/;

/** The client's X-Correlation-ID when it is 1–128 of [A-Za-z0-9._:-], else a new one. */
export function readCorrelationId(headers: IncomingHttpHeaders): string {
  const sent = headers['x-correlation-id'];
  return typeof sent === 'string' && CORRELATION_ID.test(sent) ? sent : uuidV7();
}
