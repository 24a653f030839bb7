/** @module doors/mcp/dispatch: a request to its answer, whatever carries them. */
import type { Asker } from '../../contracts/ask.ts';
import type { Answer, RateState, StreamPart } from '../../contracts/call.ts';
import { toolFailure } from '../../contracts/tool-failure.ts';
import { rfc3339 } from '../../core/clock.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject, type JsonObject, type MaybePromise } from '../../core/json.ts';
import { createEmit } from './emit.ts';
import { errorText } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { createStatelessAsker, sealState, type StateBinding, StatelessAsker } from './input-required.ts';
import { NO_PARAMS, type RpcRequest, resultText } from './message.ts';
import { type CallRow, methodIn, type Route } from './methods.ts';

/** The answer to one request. */
export interface Reply {
  /** The whole JSON-RPC message. */
  readonly text: string;
  /** What went wrong, when the message is an error. */
  readonly error?: AppError | undefined;
  /** Whether a call ended with that error, as opposed to never having begun. */
  readonly isOutcome?: boolean | undefined;
  readonly rate?: RateState | undefined;
}

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

/** The reply that says what went wrong. */
export function failureReply({ id, peer, trace }: Exchange, error: AppError, params: JsonObject, answer?: Answer): Reply {
  const uri = params['uri'];
  const text = errorText(error, {
    id,
    correlationId: trace.correlationId,
    isModern: peer.isModern,
    uri: typeof uri === 'string' ? uri : undefined,
  });
  return { text, error, isOutcome: answer !== undefined, rate: answer?.rate };
}

async function runCall(exchange: Exchange, row: CallRow, params: JsonObject): Promise<Reply | undefined> {
  const { core, peer, trace, outlet } = exchange;
  const { kind, name, input } = row.route(params);
  const asker = row.canAsk === true ? askerFor(exchange, params, { kind, name, input }) : undefined;
  const answer = await core.ports.runner.run({
    admission: peer.admission,
    target: { kind, name },
    input,
    trace,
    client: peer.client,
    profile: core.profile,
    signal: outlet.scope,
    emit: emitFor(exchange, params),
    asker,
  });
  if (outlet.scope.reason) return undefined;
  const { terminal } = answer;
  if (terminal.type === 'error') return failed(exchange, kind === 'tool', terminal.error, params, answer);
  if (terminal.type === 'input_required' && asker instanceof StatelessAsker) {
    const state = sealState(core.ports.sealer, asker, core.options.stateTtlSeconds, bindingOf(exchange, { kind, name, input }));
    return { text: resultText(exchange.id, core.write.inputRequired(terminal.requests, state)), rate: answer.rate };
  }
  if (terminal.type === 'input_required') return failureReply(exchange, new AppError('CLIENT_CAPABILITY_MISSING'), params, answer);
  return written(exchange, row, params, terminal.value, answer);
}

/** The result as text, unless it cannot be written or is too large. */
function written(exchange: Exchange, row: CallRow, params: JsonObject, value: unknown, answer: Answer): Reply {
  const { core, id, peer } = exchange;
  try {
    const text = resultText(id, row.write(core, value, params, peer.isModern));
    if (text.length > core.options.maxResponseBytes) throw new AppError('RESPONSE_TOO_LARGE');
    return { text, rate: answer.rate };
  } catch (cause) {
    return failed(exchange, answer.target?.kind === 'tool', toAppError(cause, 'OUTPUT_INVALID'), params, answer);
  }
}

/** A failed execution of a tool is a result that a model can read; everything else is a JSON-RPC error. */
function failed(exchange: Exchange, isTool: boolean, error: AppError, params: JsonObject, answer: Answer): Reply {
  const { core, id, peer, trace } = exchange;
  // Revisions before 2026-07-28 have no code for a capability that is missing.
  const isReadable = error.facts.isToolFailure || (error.code === 'CLIENT_CAPABILITY_MISSING' && !peer.isModern);
  if (!isTool || !isReadable) return failureReply(exchange, error, params, answer);
  const result = toolFailure(error, {
    correlationId: trace.correlationId,
    timestamp: rfc3339(Date.now()),
    isEnveloped: answer.target?.isEnveloped === true,
  });
  return { text: resultText(id, core.write.complete(result, peer.isModern)), rate: answer.rate };
}

/** @throws AppError INVALID_PARAMS, STATE_INVALID */
function askerFor(exchange: Exchange, params: JsonObject, route: Route): Asker | undefined {
  const { core, peer, outlet } = exchange;
  return peer.isModern ? createStatelessAsker(core.ports.sealer, peer.capabilities, params, bindingOf(exchange, route)) : outlet.asker;
}

/** Names mean what the virtual server shows under them. */
function bindingOf({ core: { profile }, peer }: Exchange, { kind, name, input }: Route): StateBinding {
  return { principalId: peer.admission.principal.id, target: `${profile === undefined ? '' : `${profile}/`}${kind}:${name}`, input };
}

/** @throws AppError INVALID_PARAMS */
function emitFor({ peer, outlet }: Exchange, params: JsonObject): ((part: StreamPart) => MaybePromise<void>) | undefined {
  const meta = params['_meta'];
  const token = isObject(meta) ? meta['progressToken'] : undefined;
  if (token !== undefined && typeof token !== 'string' && !Number.isSafeInteger(token)) {
    throw new AppError('INVALID_PARAMS', { message: 'Invalid params: _meta.progressToken must be a string or an integer.' });
  }
  return outlet.canStream ? createEmit(outlet, token, peer.logRank) : undefined;
}
