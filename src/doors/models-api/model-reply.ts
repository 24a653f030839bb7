/** @module doors/models-api/model-reply: what is written to a client of the model API. */
import type { ServerResponse } from 'node:http';
import type { RateState } from '../../contracts/call.ts';
import type { CacheFacts } from '../../contracts/model-cache.ts';
import type { ProtectedResource } from '../../contracts/http.ts';
import type { ModelChunk, ModelResult } from '../../contracts/model.ts';
import type { AppError } from '../../core/errors.ts';
import type { MaybePromise } from '../../core/json.ts';
import { API_HEADERS, failureHeaders, rateHeaders, writeJson, type Headers } from '../http/answer.ts';
import { DIALECTS, statusOf, type DoorDialect } from './dialects.ts';

/** One answer, in one piece or in many. */
export interface ModelReply {
  /** Passes events on; the promise is the client's backpressure. */
  chunk(chunk: ModelChunk): MaybePromise<void>;
  /** Ends the stream. */
  end(): void;
  whole(bytes: Uint8Array, headers: Headers): void;
  json(body: unknown, rate: RateState | undefined): void;
  /** As an answer of its own, or as the last event of a stream that has begun. */
  fail(error: AppError): void;
}

/** Writes in the dialect. Does nothing for a client that is gone. */
export function createModelReply(response: ServerResponse, dialect: DoorDialect, correlationId: string, resource?: ProtectedResource): ModelReply {
  const { errorBody, errorEvent } = DIALECTS[dialect];
  const common = { ...API_HEADERS, 'X-Correlation-ID': correlationId };
  let last: Uint8Array = Buffer.alloc(0);
  return {
    chunk({ bytes, ...origin }) {
      if (response.destroyed) return undefined;
      if (!response.headersSent) {
        response.writeHead(200, {
          ...common,
          'Content-Type': 'text/event-stream; charset=utf-8',
          'X-Accel-Buffering': 'no',
          ...servedHeaders(origin),
        });
      }
      last = bytes;
      return response.write(bytes) ? undefined : drained(response);
    },
    end: () => void response.end(),
    whole(bytes, headers) {
      if (response.destroyed) return;
      response.writeHead(200, { ...common, 'Content-Type': 'application/json', 'Content-Length': bytes.byteLength, ...headers });
      response.end(bytes);
    },
    json: (body, rate) => writeJson(response, 200, body, { ...rateHeaders(rate), 'X-Correlation-ID': correlationId }),
    fail(error) {
      if (response.destroyed) return;
      if (response.headersSent) response.end(errorEvent(error, correlationId, last));
      else
        writeJson(response, statusOf(error), errorBody(error, correlationId), {
          ...failureHeaders(error, resource, response.req),
          ...retryAdvice(error),
          'X-Correlation-ID': correlationId,
        });
    },
  };
}

/** Who answered, what of the request could not be carried to it, and what is not as it looks. */
export function servedHeaders({
  servedBy,
  notCarried,
  isSimulated,
  isEstimated,
  guardrails = [],
  cache,
}: Pick<ModelResult, 'servedBy' | 'notCarried' | 'isSimulated' | 'isEstimated' | 'guardrails' | 'cache'>): Headers {
  return {
    'X-Switchyard-Served-By': servedBy,
    ...(notCarried.length > 0 ? { 'X-Switchyard-Not-Carried': notCarried.join(', ') } : {}),
    ...(isSimulated === true ? { 'X-Switchyard-Simulated': 'true' } : {}),
    ...(isEstimated === true ? { 'X-Switchyard-Estimated': 'true' } : {}),
    ...(cache ? { 'X-Switchyard-Cache': describeCache(cache) } : {}),
    ...(guardrails.length > 0 ? { 'X-Switchyard-Guardrails': guardrails.join(', ') } : {}),
  };
}

function describeCache(facts: CacheFacts): string {
  if (facts.result === 'hit') return `hit; mode=${facts.mode}; age=${facts.ageSeconds}`;
  return facts.result === 'bypass' ? `bypass; reason=${facts.reason}` : facts.result;
}

/** The clients of OpenAI and Anthropic would try every 5xx again, and would not wait longer than this. */
const LONGEST_WAIT_SECONDS = 60;

/** What those clients obey over the status. */
function retryAdvice({ facts, data }: AppError): Headers {
  const seconds = data?.['retryAfterSeconds'];
  const isSoon = typeof seconds !== 'number' || seconds <= LONGEST_WAIT_SECONDS;
  return { 'X-Should-Retry': String(facts.isRetryable && isSoon) };
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
