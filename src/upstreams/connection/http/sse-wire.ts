/**
 * @module upstreams/connection/http/sse-wire: HTTP+SSE of 2024-11-05: one stream for everything that comes, and an address,
 * named by the stream's first event, for everything that goes.
 */
import type { EgressResponse } from '../../../contracts/egress.ts';
import { AppError, toAppError } from '../../../core/errors.ts';
import { Scope } from '../../../core/scope.ts';
import type { Conversation } from '../conversation.ts';
import { gone } from '../failures.ts';
import type { Waiting, Wire } from '../wire.ts';
import { parseMessage, PATIENT, readText, refusal, toUpstreamError } from './http-failures.ts';
import type { HttpServer } from './http-wire.ts';
import { readEvents, type ServerEvent } from './server-events.ts';

const POST_MS = 30_000;
const MAX_ACKNOWLEDGEMENT_BYTES = 65_536;
const MAX_ADDRESS = 4096;

/** One stream, which is the session. */
export class SseWire implements Wire {
  readonly #server: HttpServer;
  readonly #conversation: Conversation;
  /** Cancelled by close. */
  readonly #life = new Scope();
  #endpoint: string | undefined;

  constructor(server: HttpServer, conversation: Conversation) {
    this.#server = server;
    this.#conversation = conversation;
  }

  /**
   * Opens the stream and waits for the address.
   *
   * @throws AppError UPSTREAM_UNREACHABLE, UPSTREAM_INVALID for an address of another origin, or the scope's reason
   */
  async open(scope: Scope): Promise<void> {
    const stop = scope.onCancel((reason) => this.#life.cancel(reason));
    try {
      const { url, egress, headers } = this.#server;
      const response = await egress
        .send({ method: 'GET', url, headers: { ...headers, accept: 'text/event-stream' }, scope: this.#life, ...PATIENT, maxBytes: Number.MAX_SAFE_INTEGER })
        .catch((failure: unknown) => {
          throw scope.reason ?? toUpstreamError(failure);
        });
      if (response.status !== 200 || !/^text\/event-stream\b/i.test(response.headers['content-type'] ?? '')) {
        await response.body[Symbol.asyncIterator]().return?.();
        throw refusal(response.status);
      }
      await scope.race(this.#listen(response));
    } finally {
      stop();
    }
  }

  send(waiting: Waiting, text: string): void {
    this.#post(text).catch((failure: unknown) => this.#conversation.fail(waiting, toUpstreamError(failure)));
  }

  tell(text: string): void {
    this.#post(text).catch(() => undefined);
  }

  abandon({ id }: Waiting, reason: AppError): void {
    this.tell(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: reason.message } }));
  }

  close(): Promise<void> {
    this.#conversation.end(gone('The connection was closed.', true));
    this.#life.cancel(new AppError('CANCELLED'));
    return Promise.resolve();
  }

  /** Resolves with the address; goes on reading to the end of the stream, which is the end of the connection. */
  #listen({ body }: EgressResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      const onEvent = ({ name, data }: ServerEvent): void => {
        if (name === 'endpoint' && this.#endpoint === undefined) {
          this.#endpoint = addressOf(data, this.#server.url);
          resolve();
        } else if (name === 'message' && data !== '') this.#conversation.receive(parseMessage(data));
      };
      void readEvents(body, this.#server.maxMessageBytes, { lastEventId: undefined, retryMs: undefined }, onEvent)
        .then(() => gone('The server ended its stream.'))
        .catch((failure: unknown) => toUpstreamError(failure))
        .then((failure) => {
          reject(failure);
          this.#conversation.end(failure.code === 'UPSTREAM_UNREACHABLE' ? gone('The stream of the server broke.') : failure);
          this.#life.cancel(toAppError(failure));
        });
    });
  }

  async #post(text: string): Promise<void> {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) throw gone('The server has named no address.', true);
    using scope = new Scope({ parent: this.#life, timeoutMs: POST_MS });
    const { egress, headers } = this.#server;
    const { status, body } = await egress.send({
      method: 'POST',
      url: endpoint,
      headers: { ...headers, 'content-type': 'application/json' },
      body: Buffer.from(text),
      scope,
      ...PATIENT,
      maxBytes: MAX_ACKNOWLEDGEMENT_BYTES,
    });
    await readText(body, MAX_ACKNOWLEDGEMENT_BYTES);
    if (status < 200 || status > 299) throw refusal(status);
  }
}

/**
 * The address that a server names must be its own: what is sent there carries the credential.
 *
 * @throws AppError UPSTREAM_INVALID
 */
function addressOf(data: string, url: string): string {
  const address = data.length <= MAX_ADDRESS && URL.canParse(data, url) ? new URL(data, url) : undefined;
  if (address && address.origin === new URL(url).origin) return address.href;
  throw new AppError('UPSTREAM_INVALID', { message: 'The server wants its messages sent to an address that is not its own.' });
}
