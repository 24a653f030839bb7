/** @module doors/mcp/legacy/http: Streamable HTTP of the legacy revisions: handshake, sessions, GET, DELETE. */
import type { HttpExchange } from '../../../contracts/http.ts';
import type { Admission } from '../../../contracts/call.ts';
import { AppError } from '../../../core/errors.ts';
import { noteClient } from '../clients.ts';
import { dispatch } from '../dispatch.ts';
import { headerText, readAccept } from '../headers.ts';
import { traceHeaders, writeEmpty } from '../http-answer.ts';
import type { HttpContext } from '../http-context.ts';
import { HttpOutlet } from '../http-outlet.ts';
import { writeReply } from '../http-reply.ts';
import { NO_LOGS } from '../log-levels.ts';
import { isRequest, NO_PARAMS, type RpcMessage, type RpcRequest, resultText } from '../message.ts';
import type { Peer } from '../peer.ts';
import { ASSUMED_LEGACY, HTTP_LEGACY_REVISIONS, type Revision, revisionIn } from '../revisions.ts';
import { type FullTrace, readTrace } from '../trace.ts';
import { Attachment } from './attachment.ts';
import { Readmission } from '../readmission.ts';
import { SseStream } from '../streams.ts';
import { parseEventId, type StreamPosition } from './event-store.ts';
import { readHandshake } from './handshake.ts';
import { HOLDER_SPAN, type Session } from './session.ts';
import type { SessionSharing } from './sharing.ts';
import { SessionOutlet } from './session-outlet.ts';

const SESSION_HEADER = 'Mcp-Session-Id';

/** One HTTP request of a caller that was let in. */
export interface LegacyArrival {
  readonly context: HttpContext;
  readonly exchange: HttpExchange;
  readonly admission: Admission;
}

/**
 * Answers one message of a legacy client.
 *
 * @throws AppError UNSUPPORTED_VERSION, SESSION_UNKNOWN, SESSION_LIMIT, INVALID_PARAMS, INVALID_REQUEST
 */
export function handleLegacyMessage(arrival: LegacyArrival, message: RpcMessage): void {
  const session = sessionOf(arrival);
  if (isRequest(message)) {
    const trace = readTrace(arrival.exchange.request.headers, message.params?.['_meta']);
    if (message.method === 'initialize') initialize(arrival, message, trace, session);
    else if (session) runInSession(arrival, session, message, trace);
    else runAlone(arrival, message, trace);
    return;
  }
  headerRevision(arrival);
  session?.take(message, (requestId) => session.inFlight.cancel(requestId));
  if (session) arrival.context.sharing?.took(session, message);
  writeEmpty(arrival.exchange.response, 202, traceHeaders(readTrace(arrival.exchange.request.headers, undefined)));
}

/** GET: the stream for what belongs to no request, or the rest of a stream that broke. @throws AppError METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, SESSION_UNKNOWN, INVALID_REQUEST */
export function handleGet(arrival: LegacyArrival): void {
  const {
    context,
    exchange: { request, response },
    admission,
  } = arrival;
  const session = requireSession(arrival);
  headerRevision(arrival);
  if (!readAccept(request.headers).isStream) throw new AppError('NOT_ACCEPTABLE', { fix: 'Accept text/event-stream.' });
  const lastEventId = headerText(request.headers, 'last-event-id');
  const position = lastEventId === undefined ? undefined : parseEventId(lastEventId);
  if (position && context.sharing && Math.floor(position.stream / HOLDER_SPAN) !== session.holder) {
    connectRemote(arrival, context.sharing, session.id, position);
    return;
  }
  const stream = position ? session.streamAt(position) : session.standalone;
  if (!stream || (lastEventId !== undefined && !position)) throw new AppError('INVALID_REQUEST', { message: 'Last-Event-ID names no stream of this session.' });
  const headers = [SESSION_HEADER, session.id, ...traceHeaders(readTrace(request.headers, undefined))];
  new Attachment(context, session, stream, admission).connect(response, headers, position?.sequence);
}

/** The stream is another node's: what it keeps is sent from here. */
function connectRemote(
  { context, exchange: { request, response }, admission }: LegacyArrival,
  sharing: SessionSharing,
  id: string,
  position: StreamPosition,
): void {
  const trace = readTrace(request.headers, undefined);
  const connection = new SseStream(response, [SESSION_HEADER, id, ...traceHeaders(trace)]);
  const readmission = new Readmission(context.core.ports.runner, admission);
  sharing.remote.connect({ id, position, connection, correlationId: trace.correlationId, readmission });
}

/** DELETE: the client ends its session. @throws AppError METHOD_NOT_ALLOWED, SESSION_UNKNOWN */
export function handleDelete(arrival: LegacyArrival): void {
  const {
    context,
    exchange: { request, response },
  } = arrival;
  const session = requireSession(arrival);
  context.sessions.end(session);
  void context.sharing?.ended(session);
  writeEmpty(response, 200, traceHeaders(readTrace(request.headers, undefined)));
}

function initialize({ context, exchange, admission }: LegacyArrival, message: RpcRequest, trace: FullTrace, session: Session | undefined): void {
  if (session) throw new AppError('INVALID_REQUEST', { message: 'This session is initialized already.' });
  const handshake = readHandshake(message.params ?? NO_PARAMS, HTTP_LEGACY_REVISIONS);
  const created = context.sessions.create(admission.principal.id, context.core, handshake);
  clientOf(context, admission, created);
  const text = resultText(message.id, context.core.write.initialize(handshake.revision));
  const answer = (): void => writeReply(context.core, exchange.response, { text }, trace, false, [SESSION_HEADER, created.id]);
  // The next request may reach another node.
  if (context.sharing) void context.sharing.began(created, context.core).then(answer);
  else answer();
}

function runInSession(arrival: LegacyArrival, session: Session, message: RpcRequest, trace: FullTrace): void {
  const {
    context,
    exchange: { request, response },
    admission,
  } = arrival;
  headerRevision(arrival);
  const outlet = new SessionOutlet(context, response, readAccept(request.headers), trace, session, admission, message.id);
  const { revision, capabilities, logRank } = session;
  const peer: Peer = { admission, client: clientOf(context, admission, session), revision, isModern: false, capabilities, logRank, conversation: session };
  void dispatch({ core: context.core, id: message.id, peer, trace, outlet }, message).then(async (reply) => {
    if (context.sharing) await context.sharing.worked(session, message.method);
    outlet.finish(reply);
  });
}

/** Without a session: nothing is remembered, so nothing can be asked. */
function runAlone(arrival: LegacyArrival, message: RpcRequest, trace: FullTrace): void {
  const {
    context,
    exchange: { request, response },
    admission,
  } = arrival;
  const peer = statelessPeer(arrival);
  const outlet = new HttpOutlet(context, response, readAccept(request.headers), trace, false, admission);
  void dispatch({ core: context.core, id: message.id, peer, trace, outlet }, message).then((reply) => outlet.finish(reply));
}

/** The sender of a request without a session. @throws AppError UNSUPPORTED_VERSION */
export function statelessPeer(arrival: LegacyArrival): Peer {
  const { context, admission } = arrival;
  const revision = headerRevision(arrival) ?? ASSUMED_LEGACY;
  const client = noteClient(context.core, admission, `http:${admission.principal.id}`, { revision, era: 'legacy' });
  return { admission, client, revision, isModern: false, capabilities: NO_PARAMS, logRank: NO_LOGS };
}

function clientOf({ core }: HttpContext, admission: Admission, { contextId, revision, clientInfo }: Session): Peer['client'] {
  return noteClient(core, admission, contextId, { revision, era: 'legacy', ...clientInfo });
}

/** The session a request names; undefined when it names none. @throws AppError SESSION_UNKNOWN */
export function sessionOf({ context, exchange, admission }: LegacyArrival): Session | undefined {
  const id = headerText(exchange.request.headers, 'mcp-session-id');
  return id === undefined ? undefined : context.sessions.get(id, admission.principal.id, context.core.profile);
}

function requireSession(arrival: LegacyArrival): Session {
  const session = sessionOf(arrival);
  if (session) return session;
  throw new AppError('METHOD_NOT_ALLOWED', { message: 'Without a session only POST is served.', data: { allow: 'POST' } });
}

/** The revision in MCP-Protocol-Version, where there is one. @throws AppError UNSUPPORTED_VERSION */
function headerRevision({ exchange }: LegacyArrival): Revision | undefined {
  const version = headerText(exchange.request.headers, 'mcp-protocol-version');
  if (version === undefined) return undefined;
  const revision = revisionIn(HTTP_LEGACY_REVISIONS, version);
  if (revision) return revision;
  throw new AppError('UNSUPPORTED_VERSION', {
    message: 'Unsupported protocol version',
    data: { supported: HTTP_LEGACY_REVISIONS, requested: version.slice(0, 128) },
  });
}
