/** @module doors/mcp/legacy/batch: batches over HTTP. */
import { Scope } from '../../../core/scope.ts';
import { traceHeaders, writeEmpty } from '../http-answer.ts';
import { writeReply } from '../http-reply.ts';
import type { RpcMessage } from '../message.ts';
import type { Peer } from '../peer.ts';
import { readTrace } from '../trace.ts';
import { checkBatch, runBatch } from './batch-run.ts';
import { type LegacyArrival, sessionOf, statelessPeer } from './http.ts';

/** Answers a batch with one JSON array, or 202 when it asks nothing. @throws AppError INVALID_REQUEST, SESSION_UNKNOWN, UNSUPPORTED_VERSION */
export function handleBatch(arrival: LegacyArrival, batch: readonly unknown[]): void {
  const {
    context: { core },
    exchange: { request, response },
  } = arrival;
  const session = sessionOf(arrival);
  const alone = statelessPeer(arrival);
  const peer: Peer = session ? { ...alone, revision: session.revision, capabilities: session.capabilities, conversation: session } : alone;
  checkBatch(batch, peer.revision);
  const scope = new Scope();
  response.on('close', () => scope.cancel());
  const trace = readTrace(request.headers, undefined);
  const context = {
    core,
    peer,
    trace,
    scope,
    take: (message: RpcMessage) => session?.take(message, (requestId) => session.inFlight.cancel(requestId)),
  };
  void runBatch(context, batch).then((text) => {
    if (text === undefined) writeEmpty(response, 202, traceHeaders(trace));
    else writeReply(core, response, { text }, trace, false);
  });
}
