/** @module doors/mcp/http-post: one POST: let in, read, told apart by era, answered. */
import type { Admission } from '../../contracts/call.ts';
import type { HttpExchange } from '../../contracts/http.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { readBody } from './body.ts';
import { noteClient } from './clients.ts';
import { dispatch } from './dispatch.ts';
import { claimedVersion, hasEnvelope, isCompleteModern, readEnvelope, servedRevision } from './envelope.ts';
import { checkParamHeaders, checkPostHeaders, checkStandardHeaders, headerText, readAccept } from './headers.ts';
import { endConnection, traceHeaders, writeEmpty } from './http-answer.ts';
import type { HttpContext } from './http-context.ts';
import { HttpOutlet } from './http-outlet.ts';
import { writeFailure } from './http-reply.ts';
import { parseJson } from './json-text.ts';
import { handleBatch } from './legacy/batch.ts';
import { handleLegacyMessage, type LegacyArrival } from './legacy/http.ts';
import { echoableId, isRequest, readMessage, type RequestId, type RpcMessage, type RpcNotification, type RpcRequest } from './message.ts';
import { nameMemberOf } from './methods.ts';
import type { Peer } from './peer.ts';
import { isModernVersion } from './revisions.ts';
import { readTrace } from './trace.ts';

/** Codes after which the rest of the body is not worth reading. */
const UNREAD = new Set(['BODY_TOO_LARGE', 'REQUEST_TIMEOUT']);

/** Answers a POST of a caller that was let in. Never throws. */
export function handlePost(context: HttpContext, exchange: HttpExchange, admission: Admission): void {
  const { request, response } = exchange;
  const { maxBodyBytes, receiveTimeoutMs } = context.core.options;
  let isModern = isModernVersion(headerText(request.headers, 'mcp-protocol-version') ?? '');
  const fail = (failure: unknown, id: RequestId | null = null): void => {
    const error = toAppError(failure);
    const isUnread = UNREAD.has(error.code);
    const trace = readTrace(request.headers, undefined);
    if (error.code === 'INTERNAL') context.core.ports.logger.error('post failed', { correlation_id: trace.correlationId, cause: String(error.cause) });
    writeFailure(context.core, response, error, trace, isModern, id, isUnread ? ['Connection', 'close'] : []);
    if (isUnread) endConnection(request, response);
  };
  const receive = (error: AppError | undefined, bytes: Buffer): void => {
    let id: RequestId | null = null;
    try {
      if (error) throw error;
      const value = parseJson(bytes);
      id = echoableId(value);
      isModern ||= isObject(value) && isObject(value['params']) && hasEnvelope(value['params']);
      handleValue({ context, exchange, admission }, value, isModern);
    } catch (failure) {
      fail(failure, id);
    }
  };
  try {
    checkPostHeaders(request.headers, readAccept(request.headers), maxBodyBytes);
    readBody(request, { maxBytes: maxBodyBytes, timeoutMs: receiveTimeoutMs }, context.pulse, receive);
  } catch (failure) {
    fail(failure);
  }
}

/** @throws AppError for whatever keeps the message from being dispatched */
function handleValue(arrival: LegacyArrival, value: unknown, isModern: boolean): void {
  if (Array.isArray(value)) {
    if (isModern) throw new AppError('INVALID_REQUEST', { message: 'This revision has no batches.' });
    handleBatch(arrival, value);
    return;
  }
  const message = readMessage(value);
  if (isModern && !isHandshake(message)) handleModern(arrival, message);
  else handleLegacy(arrival, message);
}

/** Only a complete envelope makes a modern request of `initialize`, which then is an unknown method. */
function isHandshake(message: RpcMessage): boolean {
  return message.method === 'initialize' && message.id !== undefined && !isCompleteModern(message.params);
}

/** @throws AppError HEADER_MISMATCH when the handshake comes with a header that denies it */
function handleLegacy(arrival: LegacyArrival, message: RpcMessage): void {
  const version = headerText(arrival.exchange.request.headers, 'mcp-protocol-version');
  if (version !== undefined && isModernVersion(version)) {
    throw new AppError('HEADER_MISMATCH', {
      message: 'Header mismatch: MCP-Protocol-Version names a revision without initialize.',
      data: { header: 'MCP-Protocol-Version' },
    });
  }
  handleLegacyMessage(arrival, message);
}

/** @throws AppError ENVELOPE_INVALID, HEADER_MISMATCH, UNSUPPORTED_VERSION, INVALID_REQUEST */
function handleModern(arrival: LegacyArrival, message: RpcMessage): void {
  if (isRequest(message)) {
    runModern(arrival, message);
    return;
  }
  if (message.method === undefined) throw new AppError('INVALID_REQUEST', { message: 'This revision has no responses of the client.' });
  const {
    request: { headers },
    response,
  } = arrival.exchange;
  checkNotification(headers, message);
  // No notification of the client concerns an HTTP connection: closing it is how a request is cancelled.
  writeEmpty(response, 202, traceHeaders(readTrace(headers, message.params?.['_meta'])));
}

/** What a notification says of itself must agree with its headers, as far as it says anything. */
function checkNotification(headers: HttpExchange['request']['headers'], { method, params }: RpcNotification): void {
  if (hasEnvelope(params)) servedRevision(checkVersionHeader(headers, claimedVersion(params)));
  const sent = headerText(headers, 'mcp-method');
  if (sent !== undefined && sent !== method) throw mismatch('Mcp-Method');
}

/** The version of the body, with which the header agrees if there is one. @throws AppError HEADER_MISMATCH */
function checkVersionHeader(headers: HttpExchange['request']['headers'], version: string): string {
  const sent = headerText(headers, 'mcp-protocol-version');
  if (sent !== undefined && sent !== version) throw mismatch('MCP-Protocol-Version');
  return version;
}

function mismatch(header: string): AppError {
  return new AppError('HEADER_MISMATCH', { message: `Header mismatch: ${header} disagrees with the body.`, data: { header } });
}

function runModern({ context, exchange, admission }: LegacyArrival, message: RpcRequest): void {
  const { core } = context;
  const {
    request: { headers },
    response,
  } = exchange;
  const { params } = message;
  const { version, capabilities, clientInfo, logRank } = readEnvelope(params);
  const revision = servedRevision(checkVersionHeader(headers, version));
  checkStandardHeaders(headers, message, version, nameMemberOf(message.method));
  const tool = message.method === 'tools/call' ? params?.['name'] : undefined;
  if (typeof tool === 'string') checkParamHeaders(headers, core.headerParams(tool), params?.['arguments']);
  const trace = readTrace(headers, params?.['_meta']);
  const client = noteClient(core, admission, `http:${admission.principal.id}`, { revision, era: 'modern', ...clientInfo });
  const peer: Peer = { admission, client, revision, isModern: true, capabilities, logRank };
  const outlet = new HttpOutlet(context, response, readAccept(headers), trace, true, admission);
  void dispatch({ core, id: message.id, peer, trace, outlet }, message).then((reply) => outlet.finish(reply));
}
