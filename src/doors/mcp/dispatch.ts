/** @module doors/mcp/dispatch: a request to its answer, whatever carries them. */
import type { Asker } from '../../contracts/ask.ts';
import type { Request } from '../../contracts/call.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { bindingOf, type ClientCall, failureReply, type Reply, replyTo } from './call-reply.ts';
import { declaresTasks } from './capabilities.ts';
import type { McpCore } from './core.ts';
import { createEmit } from './emit.ts';
import type { Exchange } from './exchange.ts';
import { Heartbeat } from './heartbeat.ts';
import { createStatelessAsker } from './input-required.ts';
import { levelOf } from './log-levels.ts';
import { NO_PARAMS, type RpcRequest, resultText } from './message.ts';
import { type CallRow, methodIn, type Route } from './methods.ts';
import type { Peer } from './peer.ts';

/** Runs the request. Never rejects; undefined = nobody waits for an answer any more. */
export async function dispatch(exchange: Exchange, request: RpcRequest): Promise<Reply | undefined> {
  const params = request.params ?? NO_PARAMS;
  try {
    const row = methodIn(exchange.peer.revision, request.method);
    if ('route' in row) return await runCall(exchange, row, params);
    const result = await row.answer(exchange, params);
    return result === undefined ? undefined : { text: resultText(exchange.id, result) };
  } catch (failure) {
    const error = toAppError(failure);
    if (error.code === 'INTERNAL')
      exchange.core.ports.logger.error('request failed', { method: request.method, correlation_id: exchange.trace.correlationId, cause: String(error.cause) });
    return failureReply(exchange, error, params);
  }
}

async function runCall(exchange: Exchange, row: CallRow, params: JsonObject): Promise<Reply | undefined> {
  const { core, peer, trace, outlet } = exchange;
  const route = row.route(params);
  const { kind, name, input } = route;
  const asker = row.canAsk === true ? askerFor(exchange, params, route) : undefined;
  const call: ClientCall = { exchange, write: row.write, params, route, asker };
  const token = readToken(params);
  const emit = outlet.canStream ? createEmit(outlet, token, peer.logRank) : undefined;
  const heartbeat = emit && token !== undefined ? new Heartbeat(emit) : undefined;
  const request: Request = {
    admission: peer.admission,
    target: { kind, name },
    input,
    trace,
    client: peer.client,
    profile: core.profile,
    signal: outlet.scope,
    logLevel: outlet.canStream ? levelOf(peer.logRank) : undefined,
    emit: heartbeat ? (part) => heartbeat.emit(part) : emit,
    asker,
  };
  if (!heartbeat) return await run(call, row, request);
  core.heartbeats.add(heartbeat);
  try {
    return await run(call, row, request);
  } finally {
    core.heartbeats.delete(heartbeat);
  }
}

async function run(call: ClientCall, row: CallRow, request: Request): Promise<Reply | undefined> {
  const { core, peer, outlet } = call.exchange;
  if (row.canBeTask === true && peer.isModern && canFollowTasks(core, peer, call.route.name)) {
    const { runDetachable } = await import('./tasks/run-detachable.ts');
    return await runDetachable(call, request);
  }
  const answer = await core.ports.runner.run(request);
  return outlet.scope.reason ? undefined : replyTo(call, answer);
}

/** Whether this call of this client may become a task. */
function canFollowTasks({ ports, profile }: McpCore, { capabilities }: Peer, tool: string): boolean {
  return ports.tasks !== undefined && declaresTasks(capabilities) && ports.catalog.resolve('tool', tool, profile)?.traits.canBeTask !== false;
}

/** @throws AppError INVALID_PARAMS, STATE_INVALID */
function askerFor(exchange: Exchange, params: JsonObject, route: Route): Asker | undefined {
  const { core, peer, outlet } = exchange;
  return peer.isModern ? createStatelessAsker(core.ports.sealer, peer.capabilities, params, bindingOf(exchange, route)) : outlet.asker;
}

/** The token for progress. @throws AppError INVALID_PARAMS */
function readToken(params: JsonObject): string | number | undefined {
  const meta = params['_meta'];
  const token = isObject(meta) ? meta['progressToken'] : undefined;
  if (token === undefined || typeof token === 'string' || (typeof token === 'number' && Number.isSafeInteger(token))) return token;
  throw new AppError('INVALID_PARAMS', { message: 'Invalid params: _meta.progressToken must be a string or an integer.' });
}
