/** @module doors/mcp/call-reply: how a call ended, as the answer to its request. */
import type { Asker } from '../../contracts/ask.ts';
import type { Answer, RateState } from '../../contracts/call.ts';
import { toolFailure } from '../../contracts/tool-failure.ts';
import { rfc3339 } from '../../core/clock.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { errorText } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { sealState, type StateBinding, StatelessAsker } from './input-required.ts';
import { resultText } from './message.ts';
import type { CallRow, Route } from './methods.ts';

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

/** A call of a client, with what its answer depends on. */
export interface ClientCall {
  readonly exchange: Exchange;
  readonly write: CallRow['write'];
  readonly params: JsonObject;
  readonly route: Route;
  readonly asker: Asker | undefined;
}

/** The reply to a call that has ended. */
export function replyTo({ exchange, write, params, route, asker }: ClientCall, answer: Answer): Reply {
  const { core } = exchange;
  const { terminal } = answer;
  if (terminal.type === 'error') return failed(exchange, route.kind === 'tool', terminal.error, params, answer);
  if (terminal.type === 'result') return written(exchange, write, params, terminal.value, answer);
  if (!(asker instanceof StatelessAsker)) return failureReply(exchange, new AppError('CLIENT_CAPABILITY_MISSING'), params, answer);
  const state = sealState(core.ports.sealer, asker, core.options.stateTtlSeconds, bindingOf(exchange, route));
  return { text: resultText(exchange.id, core.write.inputRequired(terminal.requests, state)), rate: answer.rate };
}

/** What the state of a call that asks belongs to. */
export function bindingOf({ core: { profile }, peer }: Exchange, { kind, name, input }: Route): StateBinding {
  // Names mean what the virtual server shows under them.
  return { principalId: peer.admission.principal.id, target: `${profile === undefined ? '' : `${profile}/`}${kind}:${name}`, input };
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

/** The result as text, unless it cannot be written or is too large. */
function written(exchange: Exchange, write: CallRow['write'], params: JsonObject, value: unknown, answer: Answer): Reply {
  const { core, id, peer } = exchange;
  try {
    const text = resultText(id, write(core, value, params, peer.isModern));
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
