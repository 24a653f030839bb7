/** @module doors/mcp/legacy/session-outlet: the way back for one request of a session. */
import type { ServerResponse } from 'node:http';
import type { Admission } from '../../../contracts/call.ts';
import type { MaybePromise } from '../../../core/json.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Reply } from '../call-reply.ts';
import type { Accepted } from '../headers.ts';
import { traceHeaders } from '../http-answer.ts';
import type { HttpContext } from '../http-context.ts';
import { writeReply } from '../http-reply.ts';
import type { RequestId } from '../message.ts';
import type { Outlet } from '../peer.ts';
import type { FullTrace } from '../trace.ts';
import { Attachment } from './attachment.ts';
import type { CallAsker } from './questions.ts';
import type { Session } from './session.ts';
import type { SessionStream } from './session-stream.ts';

/**
 * As HttpOutlet, but once a stream was opened a broken connection cancels nothing: the client can come
 * back for the rest. It cancels by notifications/cancelled.
 *
 * @see MCP 2025-11-25, basic/transports, "Sending Messages to the Server" 6
 */
export class SessionOutlet implements Outlet {
  place = -1;
  readonly scope: Scope;
  readonly canStream: boolean;
  readonly asker: CallAsker | undefined;
  readonly #context: HttpContext;
  readonly #response: ServerResponse;
  readonly #accepted: Accepted;
  readonly #trace: FullTrace;
  readonly #session: Session;
  readonly #admission: Admission;
  readonly #requestId: RequestId;
  readonly #since: number = performance.now();
  #stream: SessionStream | undefined;
  #isDone = false;

  /** @throws AppError INVALID_REQUEST when a request with this id is under way in the session */
  constructor(
    context: HttpContext,
    response: ServerResponse,
    accepted: Accepted,
    trace: FullTrace,
    session: Session,
    admission: Admission,
    requestId: RequestId,
  ) {
    this.scope = session.inFlight.begin(requestId);
    this.#context = context;
    this.#response = response;
    this.#accepted = accepted;
    this.#trace = trace;
    this.#session = session;
    this.#admission = admission;
    this.#requestId = requestId;
    this.canStream = accepted.isStream;
    this.asker = accepted.isStream ? session.questions.asker(session.capabilities, (text) => this.send(text)) : undefined;
    context.pulse.add(this);
    response.on('close', () => this.#onClose());
  }

  send(text: string): MaybePromise<void> {
    if (this.#isDone || !this.canStream || this.scope.reason) return undefined;
    return this.#open().send(text);
  }

  /** Sends the answer and ends the response. Undefined: the client has cancelled and wants none. */
  finish(reply: Reply | undefined): void {
    this.asker?.end();
    this.#settle();
    if (this.#stream ?? (!reply || (!this.#accepted.isJson && !reply.error))) {
      if (this.#response.destroyed && !this.#stream) return;
      this.#open().finish(reply?.text);
    } else if (reply) {
      writeReply(this.#context.core, this.#response, reply, this.#trace, false);
    }
  }

  /** A call that takes long gets its stream, so that its connection is kept alive and can break. */
  tick(now: number): void {
    if (!this.canStream || now - this.#since < this.#context.core.options.keepAliveMs) return;
    this.#context.pulse.delete(this);
    this.#open();
  }

  #open(): SessionStream {
    if (this.#stream) return this.#stream;
    const stream = this.#session.openStream(this.#requestId);
    this.#stream = stream;
    new Attachment(this.#context, this.#session, stream, this.#admission).connect(this.#response, traceHeaders(this.#trace));
    return stream;
  }

  #onClose(): void {
    if (this.#isDone || this.#stream) return;
    this.#settle();
    this.scope.cancel();
  }

  #settle(): void {
    this.#isDone = true;
    this.#session.inFlight.end(this.#requestId, this.scope);
    this.#context.pulse.delete(this);
  }
}
