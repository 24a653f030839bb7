/** @module doors/mcp/http-outlet: the way back for one request that ends with its connection. */
import type { ServerResponse } from 'node:http';
import type { Admission } from '../../contracts/call.ts';
import { Scope } from '../../core/scope.ts';
import type { MaybePromise } from '../../core/json.ts';
import type { Reply } from './call-reply.ts';
import type { Accepted } from './headers.ts';
import { traceHeaders } from './http-answer.ts';
import type { HttpContext } from './http-context.ts';
import { writeReply } from './http-reply.ts';
import type { Outlet } from './peer.ts';
import type { Ticking } from './pulse.ts';
import { Readmission } from './readmission.ts';
import { SseStream } from './streams.ts';
import type { FullTrace } from './trace.ts';

/**
 * Answers with one JSON message, or with an event stream from the first message ahead of the answer
 * on, or when the answer takes long. A client that goes away cancels its request.
 */
export class HttpOutlet implements Outlet, Ticking {
  place = -1;
  readonly scope: Scope = new Scope();
  readonly canStream: boolean;
  readonly #context: HttpContext;
  readonly #response: ServerResponse;
  readonly #accepted: Accepted;
  readonly #trace: FullTrace;
  readonly #isModern: boolean;
  readonly #admission: Admission;
  readonly #since: number = performance.now();
  #stream: SseStream | undefined;
  #readmission: Readmission | undefined;
  #isDone = false;

  constructor(context: HttpContext, response: ServerResponse, accepted: Accepted, trace: FullTrace, isModern: boolean, admission: Admission) {
    this.#context = context;
    this.#response = response;
    this.#accepted = accepted;
    this.#trace = trace;
    this.#isModern = isModern;
    this.#admission = admission;
    this.canStream = accepted.isStream;
    context.pulse.add(this);
    response.on('close', () => this.#onClose());
  }

  send(text: string): MaybePromise<void> {
    if (this.#isDone || !this.canStream || this.scope.reason) return undefined;
    return this.#open().send(text);
  }

  /** Sends the answer and ends the response. Undefined: there is nobody to answer. */
  finish(reply: Reply | undefined): void {
    this.#settle();
    if (!reply) {
      this.#stream?.end();
      return;
    }
    if (this.#stream ?? (!this.#accepted.isJson && !reply.error)) {
      const stream = this.#open();
      void stream.send(reply.text);
      stream.end();
      return;
    }
    writeReply(this.#context.core, this.#response, reply, this.#trace, this.#isModern);
  }

  tick(now: number): void {
    const { keepAliveMs } = this.#context.core.options;
    if (!this.canStream || now - this.#since < keepAliveMs) return;
    this.#open().keepAlive(now, keepAliveMs);
    this.#readmission ??= new Readmission(this.#context.core.ports.runner, this.#admission);
    this.#readmission.check(now, () => this.#abort());
  }

  #open(): SseStream {
    return (this.#stream ??= new SseStream(this.#response, traceHeaders(this.#trace)));
  }

  #onClose(): void {
    if (!this.#isDone) this.#abort();
  }

  #abort(): void {
    this.#settle();
    this.scope.cancel();
    this.#stream?.end();
  }

  #settle(): void {
    this.#isDone = true;
    this.#context.pulse.delete(this);
  }
}
