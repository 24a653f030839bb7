/** @module contracts/upstream: one connection to another MCP server, as the catalogue uses it. */
import type { MaybePromise, JsonObject } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';
import type { InputRequests, InputResponses } from './ask.ts';
import type { LogLevel, StreamPart } from './call.ts';

/** Whom a request is for, where each caller has a token of its own. */
export interface UpstreamCaller {
  /** Of the principal. */
  readonly id: string;
  /** The caller's own token of an authorization server; undefined = it came otherwise. Sent to the authorization server alone. */
  readonly token: string | undefined;
}

/** What a request to an upstream may send back before its result. */
export interface UpstreamListener {
  readonly caller?: UpstreamCaller | undefined;
  /** Progress and log messages that belong to the request. */
  readonly emit?: ((part: StreamPart) => MaybePromise<void>) | undefined;
  /** The lowest level of log messages that is wanted; absent = none. */
  readonly logLevel?: LogLevel | undefined;
  /** Questions of the upstream that belong to the request: over the open stream (legacy) or as an input_required result (modern). */
  readonly ask?: ((requests: InputRequests) => Promise<InputResponses>) | undefined;
  /** The upstream has made a task of the request; waiting goes on when the promise resolves. */
  readonly onTask?: ((taskId: string) => Promise<void>) | undefined;
}

/** What the upstream said about itself when the connection was made. */
export interface UpstreamFacts {
  readonly protocolVersion: string;
  readonly era: 'modern' | 'legacy';
  readonly serverInfo: { readonly name: string; readonly version: string };
  readonly capabilities: JsonObject;
  readonly instructions: string | null;
}

/** Notices that belong to no request. */
export type UpstreamEvent =
  | { readonly type: 'tools_changed' | 'resources_changed' | 'prompts_changed' }
  | { readonly type: 'resource_updated'; readonly uri: string }
  /** The connection is over; nothing more comes. `isForgotten`: a server that works does not know the session any more. */
  | { readonly type: 'closed'; readonly reason: string; readonly isForgotten?: true };

/** One negotiated connection. Everything it throws is an AppError UPSTREAM_*. */
export interface UpstreamConnection {
  readonly facts: UpstreamFacts;
  /**
   * Sends one request and waits for its result. Cancelling the scope tells the upstream
   * (notifications/cancelled, or the end of the stream) and returns at once.
   *
   * @param params without `_meta`: the connection adds what its revision prescribes
   * @throws AppError UPSTREAM_ERROR with the upstream's code and message, UPSTREAM_GONE, UPSTREAM_INVALID, RESPONSE_TOO_LARGE, or the scope's reason
   */
  request(method: string, params: JsonObject, scope: Scope, listener?: UpstreamListener): Promise<JsonObject>;
  /** Waits for the result of a task of the upstream that an earlier request, of an earlier process even, has begun. Cancelling the scope does not stop the task. @throws as request */
  follow(taskId: string, scope: Scope, listener?: UpstreamListener): Promise<JsonObject>;
  /** From now on updates of these resources are wanted, and of no others. Best effort: a server may have none to tell. */
  watch(uris: ReadonlySet<string>): void;
  /** Requests that wait for their result. */
  readonly pending: number;
  /** Messages that belonged to nothing: unknown ids, second answers, answers after cancelling. Dropped. */
  readonly strays: number;
  /** Ends the connection and, for stdio, the process group: stdin closed, then SIGTERM, then SIGKILL. */
  close(): Promise<void>;
}

/** Makes connections to one configured upstream. */
export interface UpstreamConnector {
  /**
   * @param onEvent called until `closed`, which always comes once the promise has resolved
   * @throws AppError UPSTREAM_UNREACHABLE (data.stderr: its last lines), UPSTREAM_SILENT, UPSTREAM_INVALID, EGRESS_REFUSED, or the scope's reason
   */
  connect(scope: Scope, onEvent: (event: UpstreamEvent) => void): Promise<UpstreamConnection>;
  /** The last lines of its stderr, for `doctor`; empty for HTTP. */
  readonly stderr: string;
  /**
   * After UPSTREAM_LOGIN_REQUIRED: resolves when somebody has signed in, here or in another process of the home.
   *
   * @throws the scope's reason
   */
  signedIn?(scope: Scope): Promise<void>;
  /** Ends everything it has begun, also what did not become a connection; resolves when no process of it runs. */
  close(): Promise<void>;
}
