/** @module doors/rest/visit: one REST request, from its admission to its reply. */
import type { IncomingMessage } from 'node:http';
import type { AppError } from '../../core/errors.ts';
import type { Admission, Answer, CallRunner, RateState, Request, Trace } from '../../contracts/call.ts';
import type { ClientContext } from '../../contracts/principal.ts';

/** What a route answers with. Exactly one of json, text and error. */
export interface Reply {
  readonly status?: number | undefined;
  readonly json?: unknown;
  readonly text?: { readonly type: string; readonly body: string } | undefined;
  readonly error?: AppError | undefined;
  /** Of the call that was made, for the rate headers. */
  readonly rate?: RateState | undefined;
}

/** A request whose caller is known. */
export interface Visit {
  readonly request: IncomingMessage;
  /** What stands in the path for `{name}`, decoded; empty where the route has none. */
  readonly name: string;
  readonly admission: Admission;
  readonly trace: Trace;
  readonly client: ClientContext;
  /** Aborts when the client goes away before it has its answer. */
  readonly signal: AbortSignal;
}

/** Sends the visitor down the road. */
export function callFor(runner: CallRunner, { admission, trace, client, signal }: Visit, target: Request['target'], input: unknown): Promise<Answer> {
  return runner.run({ admission, target, input, trace, client, signal });
}

/** The reply to a call that did not succeed, or undefined when it did. A stateless door cannot be asked for input. */
export function failureOf({ terminal, rate }: Answer, toUnanswerable: () => AppError): Reply | undefined {
  if (terminal.type === 'error') return { error: terminal.error, rate };
  return terminal.type === 'input_required' ? { error: toUnanswerable(), rate } : undefined;
}
