/** @module doors/mcp/legacy/attachment: one connection that carries a stream of a session, for as long as it holds. */
import type { ServerResponse } from 'node:http';
import type { Admission } from '../../../contracts/call.ts';
import type { HttpContext } from '../http-context.ts';
import type { Ticking } from '../pulse.ts';
import { Readmission } from '../readmission.ts';
import { SseStream } from '../streams.ts';
import type { Session } from './session.ts';
import type { SessionStream } from './session-stream.ts';

/** Keeps the connection alive, checks the caller, and after a while asks it to poll. */
export class Attachment implements Ticking {
  place = -1;
  readonly #context: HttpContext;
  readonly #session: Session;
  readonly #stream: SessionStream;
  readonly #readmission: Readmission;
  #connection: SseStream | undefined;

  constructor(context: HttpContext, session: Session, stream: SessionStream, admission: Admission) {
    this.#context = context;
    this.#session = session;
    this.#stream = stream;
    this.#readmission = new Readmission(context.core.ports.runner, admission);
  }

  /** Opens the response as an event stream and carries on behind `lastSequence`. */
  connect(response: ServerResponse, headers: readonly string[], lastSequence?: number): void {
    const connection = new SseStream(response, headers);
    this.#connection = connection;
    this.#context.pulse.add(this);
    response.on('close', () => {
      this.#stream.release(connection);
      this.#context.pulse.delete(this);
    });
    this.#stream.connect(connection, lastSequence);
    if (this.#session.canPrime && lastSequence === undefined) this.#stream.prime(this.#context.core.options.retryMs);
  }

  tick(now: number): void {
    const connection = this.#connection;
    if (!connection?.isOpen) return;
    const { keepAliveMs, pollAfterMs, retryMs } = this.#context.core.options;
    // Only a client that was given an event id can come back without loss.
    if (this.#session.canPrime && now - connection.openedAt > pollAfterMs) {
      this.#stream.disconnect(retryMs);
      return;
    }
    connection.keepAlive(now, keepAliveMs);
    this.#readmission.check(now, () => this.#context.sessions.end(this.#session));
  }
}
