/** @module doors/mcp/http-reply: replies and failures as whole HTTP answers. */
import type { ServerResponse } from 'node:http';
import type { AppError } from '../../core/errors.ts';
import type { Reply } from './call-reply.ts';
import { errorText, failureHeaders, httpStatusOf } from './errors.ts';
import { pushRate, traceHeaders, writeJson } from './http-answer.ts';
import type { McpCore } from './core.ts';
import type { RequestId } from './message.ts';
import type { FullTrace } from './trace.ts';

/** Writes a reply as one JSON answer; an error with the status and the headers HTTP has for it. */
export function writeReply(
  { options }: McpCore,
  response: ServerResponse,
  reply: Reply,
  trace: FullTrace,
  isModern: boolean,
  extra: readonly string[] = [],
): void {
  const headers = traceHeaders(trace);
  pushRate(headers, reply.rate);
  headers.push(...extra);
  if (!reply.error) {
    writeJson(response, 200, reply.text, headers);
    return;
  }
  headers.push(...failureHeaders(reply.error, options.resource, response.req));
  writeJson(response, httpStatusOf(reply.error, isModern, reply.isOutcome === true), reply.text, headers);
}

/** Writes a failure of a request that never reached a call. */
export function writeFailure(
  core: McpCore,
  response: ServerResponse,
  error: AppError,
  trace: FullTrace,
  isModern: boolean,
  id: RequestId | null,
  extra: readonly string[] = [],
): void {
  const text = errorText(error, { id, correlationId: trace.correlationId, isModern });
  writeReply(core, response, { text, error }, trace, isModern, extra);
}
