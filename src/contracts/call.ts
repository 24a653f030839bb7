/** @module contracts/call: the one road: what a door hands in, what comes out. */
import type { AppError } from '../core/errors.ts';
import type { JsonObject, MaybePromise } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';
import type { AuditEvent } from './audit.ts';
import type { Asker, InputRequests } from './ask.ts';
import type { ClientContext, Credential, Principal } from './principal.ts';
import type { Spend } from './spend.ts';
import type { Target, TargetKind } from './target.ts';

/** Where a request arrived, before anybody knows who sent it. */
export interface Arrival {
  readonly door: string;
  /** Network address of the client without port, or `stdio`. */
  readonly source: string;
  readonly credential: Credential;
  /** Absolute path of the client's project folder, over stdio; absent = the gateway's own workspace. */
  readonly workspaceRoot?: string | undefined;
  /** Virtual server the client speaks to; absent = the whole catalogue. */
  readonly profile?: string | undefined;
}

/** An arrival that was let in: the source is within its rate and the caller is known. */
export interface Admission extends Arrival {
  readonly principal: Principal;
}

/** Identifiers that tie a call to its client's own records. @see W3C Trace Context */
export interface Trace {
  /** Taken from the client (validated: 1–128 of [A-Za-z0-9._:-]) or minted. */
  readonly correlationId: string;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  readonly baggage?: string | undefined;
}

/** What a target may send before its terminal part. */
export type StreamPart =
  | { readonly type: 'progress'; readonly progress: number; readonly total?: number | undefined; readonly message?: string | undefined }
  | { readonly type: 'log'; readonly level: LogLevel; readonly logger?: string | undefined; readonly data: unknown }
  /** Content of a streamed answer, in the shape of the target's kind. */
  | { readonly type: 'chunk'; readonly value: unknown };

/** Severities of RFC 5424, lowest first. */
export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency';

/** A call that can go on as a task: its client gets a handle and may leave. */
export interface CallTask {
  /**
   * Makes a task of the call now. From then on questions go through the task, and the client's end of connection
   * cancels nothing. False when the call stays bound to its client: no task could be made, or it has ended.
   */
  begin(): Promise<boolean>;
  /**
   * Keeps what another process needs to take up the work after this one has died. Does nothing before `begin`.
   *
   * @param state small, JSON; sealed where it is stored
   */
  keep(state: JsonObject): Promise<void>;
  /** What an earlier process kept: the work is under way elsewhere and is not to be begun again. */
  readonly kept: JsonObject | undefined;
}

/** A call as a door decoded it, or as a running call asks for a child. */
export interface Request {
  readonly admission: Admission;
  readonly target: { readonly kind: TargetKind; readonly name: string };
  readonly input: unknown;
  readonly trace: Trace;
  readonly client?: ClientContext | undefined;
  /** Virtual server the client speaks to; absent = the whole catalogue. */
  readonly profile?: string | undefined;
  /** The door's cancellation, such as a closed socket. A Scope is the cheaper one. */
  readonly signal?: AbortSignal | Scope | undefined;
  /** Overrides the target's timeout downwards, never upwards. */
  readonly timeoutMs?: number | undefined;
  /** Receives parts before the terminal one. A returned promise is backpressure: the target waits for it. */
  readonly emit?: ((part: StreamPart) => MaybePromise<void>) | undefined;
  /** The lowest level of log messages that the client wants; absent = none. */
  readonly logLevel?: LogLevel | undefined;
  /** How questions reach the person behind the client; absent = they cannot. */
  readonly asker?: Asker | undefined;
  /** Present where the client can follow a task. Not handed on to child calls. */
  readonly task?: CallTask | undefined;
}

/** State of the rate limit a call was counted against, for the RateLimit headers. */
export interface RateState {
  /** Name of the limit, such as `user` or `tools:generate`. */
  readonly policy: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** How a call ended: exactly one of these per call. */
export type Terminal =
  | { readonly type: 'result'; readonly value: unknown }
  | { readonly type: 'input_required'; readonly requests: InputRequests }
  | { readonly type: 'error'; readonly error: AppError };

/** The terminal part with what the door needs to write its answer. */
export interface Answer {
  readonly callId: string;
  readonly terminal: Terminal;
  /** Absent when the call ended before it was counted. */
  readonly rate?: RateState | undefined;
  /** The target that ran or would have; absent when it did not resolve. */
  readonly target?: Target | undefined;
}

/** The pipeline as doors and targets see it. */
export interface CallRunner {
  /**
   * The first two steps of the road: limits the source and identifies the caller. A door that keeps
   * sessions calls it before it touches one.
   *
   * @throws AppError RATE_LIMITED, AUTHENTICATION_*; PROFILE_UNKNOWN, SCOPE_MISSING, PERMISSION_DENIED of a profile; the failure has been recorded
   */
  admit(arrival: Arrival): MaybePromise<Admission>;
  /**
   * The rest of the road. Never rejects: a failure is a terminal part of type error. The outcome has
   * been recorded when the promise settles.
   */
  run(request: Request): Promise<Answer>;
  /** Whether the kill switch stops this caller whatever it asks for: for what stays open without being a call. */
  isOff(admission: Admission): boolean;
}

/** A call under way, as its target sees it. */
export interface CallContext {
  readonly callId: string;
  readonly parentId: string | undefined;
  readonly principal: Principal;
  readonly admission: Admission;
  readonly client: ClientContext | undefined;
  readonly profile: string | undefined;
  readonly trace: Trace;
  /** The lowest level of log messages that anybody hears; undefined = none. */
  readonly logLevel: LogLevel | undefined;
  /** The way to go on without the client; undefined = it waits, or leaves. */
  readonly task: CallTask | undefined;
  /** Cancelled by the client, the deadline, the kill switch and the stop of the gateway. */
  readonly scope: Scope;
  /** Sends a part before the terminal one; dropped silently when the door cannot carry it. */
  emit(part: StreamPart): MaybePromise<void>;
  /**
   * Tells what this call has really used so far, its child calls left out. The last one told before the
   * end is booked, whatever the outcome; none told = nothing was used. A null in it books what was
   * reserved: what cannot be known is not free.
   */
  spend(used: Spend): void;
  /** Facts for the outcome record, beside what was spent: no content, no secrets. The last value of a name counts. */
  note(facts: NonNullable<AuditEvent['detail']>): void;
  /**
   * Asks the person or client behind the call. Ask before any effect: with a stateless client the
   * target runs again from the start when the answers arrive.
   *
   * @throws AppError CLIENT_CAPABILITY_MISSING, CANCELLED, DEADLINE_EXCEEDED
   */
  ask: Asker['ask'];
  /** A child call: same principal, authorized and recorded on its own, under this call's deadline, without a second slot. */
  call(child: {
    readonly target: Request['target'];
    readonly input: unknown;
    readonly timeoutMs?: number | undefined;
    readonly emit?: Request['emit'];
    /** Cancels the child alone. */
    readonly signal?: Request['signal'];
  }): Promise<Answer>;
}
