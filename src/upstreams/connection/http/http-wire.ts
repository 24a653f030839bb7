/** @module upstreams/connection/http/http-wire: Streamable HTTP of both eras: a request is a POST, its answer is JSON or a stream. */
import type { EgressRequest, EgressResponse } from '../../../contracts/egress.ts';
import { MODERN_REVISION } from '../../../contracts/mcp.ts';
import { AppError } from '../../../core/errors.ts';
import { Scope } from '../../../core/scope.ts';
import type { UpstreamCaller } from '../../../contracts/upstream.ts';
import type { UpstreamEgress } from '../../auth/authorized-egress.ts';
import type { Conversation } from '../conversation.ts';
import { gone } from '../failures.ts';
import { pause } from '../pause.ts';
import type { Waiting, Wire } from '../wire.ts';
import { mirrorHeaders } from './headers.ts';
import { parseMessage, PATIENT, readText, refusal, toUpstreamError } from './http-failures.ts';
import { ParamHeaders } from './param-headers.ts';
import { readEvents, type StreamState } from './server-events.ts';

/** Where the server is and how it is spoken to. */
export interface HttpServer {
  readonly url: string;
  /** Of the configuration: names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly egress: UpstreamEgress;
  readonly maxMessageBytes: number;
  /** Each request carries the token of its own caller. Default false. */
  readonly isPerCaller?: boolean | undefined;
}

/** Milliseconds that a server has to end a stream after the answer, so that the connection can be used again. */
const TAIL_MS = 1000;
const DELETE_MS = 2000;
const TELL_MS = 10_000;
const MAX_ACKNOWLEDGEMENT_BYTES = 65_536;
const MAX_RESUMPTIONS = 5;
const MAX_RETRY_MS = 30_000;
const BOTH = 'application/json, text/event-stream';

/** One session (legacy) or none (modern) with a server. */
export class HttpWire implements Wire {
  /** Of the modern era. */
  readonly params: ParamHeaders = new ParamHeaders();
  readonly #server: HttpServer;
  readonly #conversation: Conversation;
  /** Cancelled by close. */
  readonly #life = new Scope();
  readonly #exchanges = new Map<Waiting, Scope>();
  #sessionId: string | undefined;
  #version: string | undefined;

  constructor(server: HttpServer, conversation: Conversation) {
    this.#server = server;
    this.#conversation = conversation;
  }

  /** The revision a handshake agreed on: every later request names it. */
  agreeOn(version: string): void {
    this.#version = version;
  }

  get life(): Scope {
    return this.#life;
  }

  /** GET: the stream for what belongs to no request. */
  async listen(scope: Scope, lastEventId: string | undefined): Promise<EgressResponse> {
    const headers = { ...this.#headers(), accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
    const { url, egress } = this.#server;
    return await egress.send({ method: 'GET', url, headers, scope, ...PATIENT, maxBytes: Number.MAX_SAFE_INTEGER });
  }

  send(waiting: Waiting, text: string): void {
    const scope = new Scope({ parent: this.#life });
    this.#exchanges.set(waiting, scope);
    let tail: NodeJS.Timeout | undefined;
    waiting.onSettled = () => {
      tail = setTimeout(() => scope.cancel(), TAIL_MS);
      tail.unref();
    };
    this.#exchange(waiting, text, scope)
      .catch((failure: unknown) => this.#conversation.fail(waiting, toUpstreamError(failure)))
      .finally(() => {
        clearTimeout(tail);
        scope.end();
        this.#exchanges.delete(waiting);
        this.#endIfIdle();
      });
  }

  /** A session that is over is left when its last request has ended. */
  #endIfIdle(): void {
    if (this.#conversation.ended && this.#exchanges.size === 0) this.#life.cancel(new AppError('CANCELLED'));
  }

  tell(text: string): void {
    const scope = new Scope({ parent: this.#life, timeoutMs: TELL_MS });
    const headers = this.#conversation.isModern ? { ...this.#headers(), 'mcp-protocol-version': MODERN_REVISION } : this.#headers();
    this.#post(text, headers, scope)
      .then(async ({ body }) => await readText(body, MAX_ACKNOWLEDGEMENT_BYTES))
      .catch(() => undefined)
      .finally(() => scope.end());
  }

  /** The end of the stream cancels in the modern era; before, it only breaks the connection. */
  abandon(waiting: Waiting, reason: AppError): void {
    const isTold = this.#conversation.isModern || waiting.method === 'initialize';
    if (!isTold) this.tell(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: waiting.id, reason: reason.message } }));
    this.#exchanges.get(waiting)?.cancel(reason);
  }

  async close(): Promise<void> {
    this.#conversation.end(gone('The connection was closed.', true));
    if (this.#life.reason) return;
    if (this.#sessionId !== undefined) await this.#deleteSession();
    this.#life.cancel(new AppError('CANCELLED'));
  }

  async #exchange(waiting: Waiting, text: string, scope: Scope): Promise<void> {
    const isModern = this.#conversation.isModern;
    const headers = isModern
      ? { ...this.#headers(), 'mcp-protocol-version': MODERN_REVISION, ...mirrorHeaders(waiting.method, waiting.params), ...this.#paramHeaders(waiting) }
      : this.#headers();
    const response = await this.#post(text, headers, scope, waiting.listener?.caller);
    if (waiting.method === 'initialize' && response.status === 200) this.#sessionId = response.headers['mcp-session-id'] ?? this.#sessionId;
    const state: StreamState = { lastEventId: undefined, retryMs: undefined };
    await this.#read(response, waiting, state);
    if (!isModern) await this.#resume(waiting, state, scope);
    // Nothing happens when the answer has come.
    this.#conversation.fail(waiting, gone('The server ended the stream before its answer.'));
  }

  async #post(text: string, headers: Readonly<Record<string, string>>, scope: Scope, caller?: UpstreamCaller): Promise<EgressResponse> {
    const { url, egress, maxMessageBytes } = this.#server;
    const request: EgressRequest = {
      method: 'POST',
      url,
      headers: { ...headers, accept: BOTH, 'content-type': 'application/json' },
      body: Buffer.from(text),
      scope,
      ...PATIENT,
      maxBytes: maxMessageBytes * 4,
    };
    const response = await egress.send(request, caller);
    if (response.status === 404 && this.#sessionId !== undefined) {
      const failure = gone('The server does not know the session any more.', true);
      await release(response);
      // This request was refused. Others may have been begun with while the session was known, or are refused themselves.
      this.#conversation.retire(failure);
      this.#endIfIdle();
      throw failure;
    }
    return response;
  }

  async #read(response: EgressResponse, waiting: Waiting, state: StreamState): Promise<void> {
    const { status, headers, body } = response;
    const type = headers['content-type'] ?? '';
    if (status === 200 && /^text\/event-stream\b/i.test(type)) {
      await readEvents(body, this.#server.maxMessageBytes, state, ({ name, data }) => {
        if (name === 'message' && data !== '') this.#receive(parseMessage(data), waiting);
      });
      return;
    }
    const value = /\bjson\b/i.test(type) ? parseMessage(await readText(body, this.#server.maxMessageBytes)) : undefined;
    if (value !== undefined) return this.#receive(value, waiting, status);
    throw refusal(status);
  }

  #receive(value: unknown, waiting: Waiting, status = 200): void {
    const before = this.#conversation.strays;
    if (Array.isArray(value)) for (const item of value) this.#conversation.receive(item, waiting);
    else this.#conversation.receive(value, waiting);
    // An error page in JSON that is no message.
    if (status !== 200 && this.#conversation.strays > before) throw refusal(status);
  }

  /** A server may end the stream and be asked for the rest later. @see MCP 2025-11-25, basic/transports, "Sending Messages to the Server" */
  async #resume(waiting: Waiting, state: StreamState, scope: Scope): Promise<void> {
    for (let attempt = 0; attempt < MAX_RESUMPTIONS && this.#conversation.isWaiting(waiting) && state.lastEventId !== undefined; attempt += 1) {
      await pause(Math.min(state.retryMs ?? 1000, MAX_RETRY_MS), scope);
      const response = await this.listen(scope, state.lastEventId);
      if (response.status !== 200) throw refusal(response.status);
      await this.#read(response, waiting, state);
    }
  }

  #paramHeaders({ method, params }: Waiting): Record<string, string> {
    return method === 'tools/call' ? this.params.headersFor(params) : {};
  }

  #headers(): Record<string, string> {
    return {
      ...this.#server.headers,
      ...(this.#sessionId === undefined ? {} : { 'mcp-session-id': this.#sessionId }),
      ...(this.#version === undefined ? {} : { 'mcp-protocol-version': this.#version }),
    };
  }

  /** Best effort: a server may forbid it. */
  async #deleteSession(): Promise<void> {
    using scope = new Scope({ timeoutMs: DELETE_MS });
    const { url, egress } = this.#server;
    await egress
      .send({ method: 'DELETE', url, headers: this.#headers(), scope, ...PATIENT, maxBytes: MAX_ACKNOWLEDGEMENT_BYTES })
      .then(release, () => undefined);
  }
}

/** Lets go of an answer that nobody reads. */
async function release({ body }: EgressResponse): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}
