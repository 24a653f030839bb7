/** @module models/providers/bedrock/event-stream: the service's framing as server-sent events of a dialect. */
import type { ModelDialect, ProviderResponse } from '../../../contracts/model.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { readObject } from '../../wire/json.ts';
import { createFrameSplitter, type EventMessage } from './event-frames.ts';

const EVENT_STREAM = 'application/vnd.amazon.eventstream';
/** What Anthropic calls what the service calls an exception. */
const ANTHROPIC_TYPES: Readonly<Record<string, string>> = {
  throttlingException: 'rate_limit_error',
  serviceUnavailableException: 'overloaded_error',
  validationException: 'invalid_request_error',
};

/**
 * The answer with its events as server-sent ones, each written when it is asked for; an answer in
 * another framing stays as it is.
 */
export function toServerSentEvents(response: ProviderResponse, dialect: ModelDialect): ProviderResponse {
  if (response.status !== 200 || response.headers['content-type']?.includes(EVENT_STREAM) !== true) return response;
  return { ...response, headers: { ...response.headers, 'content-type': 'text/event-stream' }, body: reframe(response.body, dialect) };
}

async function* reframe(body: AsyncIterable<Uint8Array>, dialect: ModelDialect): AsyncGenerator<Uint8Array, void, undefined> {
  const splitter = createFrameSplitter();
  const eventOf = dialect === 'anthropic-messages' ? anthropicEvent : converseEvent;
  for await (const piece of body) {
    const events = splitter.push(piece).map(eventOf);
    if (events.length > 0) yield Buffer.concat(events);
  }
}

/** The payload holds Anthropic's event in base64. @throws AppError PROVIDER_FAILED */
function anthropicEvent({ headers, payload }: EventMessage): Buffer {
  const exception = exceptionOf(headers);
  if (exception !== undefined) {
    const error = { type: ANTHROPIC_TYPES[exception] ?? 'api_error', message: messageOf(headers, payload) };
    return serverSent(Buffer.from(JSON.stringify({ type: 'error', error })), 'error');
  }
  const { bytes } = readObject(payload);
  if (typeof bytes !== 'string') throw new AppError('PROVIDER_FAILED', { message: 'A message of the stream holds no event.' });
  const data = Buffer.from(bytes, 'base64');
  const { type } = readObject(data);
  return serverSent(data, typeof type === 'string' ? type : undefined);
}

/** The payload is what the event says; its name stands in a header. @throws AppError PROVIDER_FAILED */
function converseEvent({ headers, payload }: EventMessage): Buffer {
  const exception = exceptionOf(headers);
  if (exception !== undefined) return serverSent(Buffer.from(JSON.stringify({ [exception]: { message: messageOf(headers, payload) } })));
  const { [':event-type']: name } = headers;
  if (name === undefined || !/^\w+$/.test(name) || !isWholeObject(payload))
    throw new AppError('PROVIDER_FAILED', { message: 'A message of the stream holds no event.' });
  return serverSent(Buffer.concat([Buffer.from(`{"${name}":`), payload, Buffer.from('}')]));
}

/** The name of what went wrong, as the API writes it. Undefined = nothing did. */
function exceptionOf({ ':message-type': type, ':exception-type': exception, ':error-code': code }: EventMessage['headers']): string | undefined {
  if (type === 'exception') return exception ?? 'internalServerException';
  if (type !== 'error') return undefined;
  const word = code?.replace(/^.*#/, '') ?? '';
  return /^\w+Exception$/.test(word) ? `${word.charAt(0).toLowerCase()}${word.slice(1)}` : 'internalServerException';
}

function messageOf(headers: EventMessage['headers'], payload: Buffer): string {
  const { message } = readObject(payload);
  return typeof message === 'string' ? message : (headers[':error-message'] ?? '');
}

/** Line ends outside of strings are mere space to JSON, and inside they cannot stand. */
function serverSent(data: Buffer, event?: string): Buffer {
  const text = data.includes(0x0a) || data.includes(0x0d) ? Buffer.from(data.toString('utf8').replace(/[\r\n]+/g, ' ')) : data;
  return Buffer.concat([Buffer.from(event !== undefined && /^\w+$/.test(event) ? `event: ${event}\ndata: ` : 'data: '), text, Buffer.from('\n\n')]);
}

function isWholeObject(payload: Buffer): boolean {
  try {
    const value = JSON.parse(payload.toString('utf8')) as JsonObject;
    return isObject(value);
  } catch {
    return false;
  }
}
