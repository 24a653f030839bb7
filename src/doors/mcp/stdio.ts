/**
 * @module doors/mcp/stdio: one client over a pair of byte streams: the standard streams, or a local socket.
 *
 * @see MCP 2026-07-28, basic/transports/stdio
 */
import type { Admission } from '../../contracts/call.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import { Scope } from '../../core/scope.ts';
import { within } from '../../core/within.ts';
import type { McpCore } from './core.ts';
import { dispatch } from './dispatch.ts';
import { isCompleteModern } from './envelope.ts';
import { errorText } from './errors.ts';
import { InFlight } from './in-flight.ts';
import { parseJson } from './json-text.ts';
import { checkBatch, runBatch } from './legacy/batch-run.ts';
import { LineSplitter } from '../../core/lines.ts';
import { LineWriter } from './line-writer.ts';
import { echoableId, isRequest, NO_PARAMS, readMessage, type RequestId, type RpcMessage, type RpcRequest, resultText } from './message.ts';
import type { Outlet, Peer } from './peer.ts';
import type { Ticking } from './pulse.ts';
import { Readmission } from './readmission.ts';
import { LATEST_LEGACY } from './revisions.ts';
import { StdioOpening } from './stdio-opening.ts';
import type { StdioConnection, StdioStreams } from './stdio-streams.ts';
import { readTrace } from './trace.ts';

/** Above this much unread output the input waits. High, because a client may write all before it reads. */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;
const CONTEXT_BYTES = 6;

/** Serves the streams until their end. */
export function serveStreams(core: McpCore, streams: StdioStreams): StdioConnection {
  return new Connection(core, streams);
}

class Connection implements StdioConnection, Ticking {
  place = -1;
  readonly closed: Promise<void>;
  readonly #core: McpCore;
  readonly #streams: StdioStreams;
  readonly #writer: LineWriter;
  readonly #inFlight = new InFlight();
  readonly #subscriptions = new InFlight();
  readonly #opening: StdioOpening;
  #stopListening: (() => void) | undefined;
  #onIdle: (() => void) | undefined;
  #running = 0;
  #isEnding = false;
  #readmission: Readmission | undefined;
  /** Cancelled when the time of everything that runs is over. */
  readonly #whole = new Scope();
  readonly #over = Promise.withResolvers<void>();

  constructor(core: McpCore, streams: StdioStreams) {
    this.#core = core;
    this.#streams = streams;
    this.#opening = new StdioOpening(core, `stdio:${randomHex(CONTEXT_BYTES)}`);
    this.closed = this.#over.promise;
    this.#writer = new LineWriter(streams.output, () => this.#abandon());
    const { maxLineBytes = core.options.maxLineBytes } = streams;
    const lines = new LineSplitter(maxLineBytes, {
      onLine: (line) => this.#onLine(line),
      onTooLong: () => this.#fail(new AppError('BODY_TOO_LARGE', { message: `A line is longer than ${maxLineBytes} bytes.` }), null),
    });
    const { input } = streams;
    input.on('data', (piece: Buffer) => {
      lines.push(piece);
      if (this.#writer.backlog > MAX_BACKLOG_BYTES) this.#holdInput();
    });
    input.on('end', () => {
      lines.end();
      this.close();
    });
    input.on('error', () => this.close());
    input.on('close', () => this.close());
  }

  close(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    void this.#end();
  }

  /** What stays open (subscriptions, notices of changes) does not outlive the credential; each request is let in for itself. */
  tick(now: number): void {
    this.#readmission?.check(now, () => this.close());
  }

  async #end(): Promise<void> {
    const { drainMs } = this.#core.options;
    this.#core.heartbeats.delete(this);
    this.#streams.input.pause();
    this.#subscriptions.cancelAll('The connection ends.');
    if (this.#running > 0) {
      const idle = Promise.withResolvers<void>();
      this.#onIdle = idle.resolve;
      await within(idle.promise, drainMs);
    }
    this.#cancelAll('The connection has ended.');
    this.#stopListening?.();
    this.#opening.conversation?.endWatches();
    await within(this.#writer.flushed(), drainMs);
    this.#core.ports.clients.forget(this.#opening.contextId);
    this.#over.resolve();
  }

  /** Nobody reads any more: nothing that runs is of use. */
  #abandon(): void {
    this.#cancelAll('The client has gone.');
    this.close();
  }

  #cancelAll(message: string): void {
    this.#inFlight.cancelAll(message);
    this.#whole.cancel(new AppError('CANCELLED', { message }));
  }

  #holdInput(): void {
    this.#streams.input.pause();
    void this.#writer.flushed().then(() => {
      if (!this.#isEnding) this.#streams.input.resume();
    });
  }

  #onLine(line: Buffer): void {
    let id: RequestId | null = null;
    try {
      const value = parseJson(line);
      id = echoableId(value);
      if (Array.isArray(value)) this.#onBatch(value);
      else this.#onMessage(readMessage(value));
    } catch (failure) {
      this.#fail(failure, id);
    }
  }

  #onMessage(message: RpcMessage): void {
    if (isRequest(message)) {
      const admitted = this.#admit();
      if (admitted instanceof Promise) void this.#await(message, admitted);
      else this.#onRequest(message, admitted);
      return;
    }
    const cancel = (requestId: unknown): void => {
      this.#inFlight.cancel(requestId);
      this.#subscriptions.cancel(requestId);
    };
    const { conversation } = this.#opening;
    if (conversation) conversation.take(message, cancel);
    else if (message.method === 'notifications/cancelled') cancel(message.params?.['requestId']);
  }

  #admit(): ReturnType<McpCore['ports']['runner']['admit']> {
    const { credential = { kind: 'local' }, source = 'stdio', door = 'mcp-stdio', workspaceRoot } = this.#streams;
    return this.#core.ports.runner.admit({ door, source, credential, workspaceRoot, profile: this.#core.profile });
  }

  /** A request counts as running from its arrival on: the input may end before it is known whose it is. Never rejects. */
  async #await(request: RpcRequest, admitted: Promise<Admission>): Promise<void> {
    this.#running += 1;
    try {
      const admission = await admitted;
      this.#whole.throwIfCancelled();
      this.#onRequest(request, admission);
    } catch (failure) {
      this.#fail(failure, request.id);
    } finally {
      this.#settle();
    }
  }

  /** @throws AppError for whatever keeps the request from being dispatched */
  #onRequest(request: RpcRequest, admission: Admission): void {
    if (!this.#readmission && this.#streams.credential && !this.#isEnding) {
      this.#readmission = new Readmission(this.#core.ports.runner, admission);
      this.#core.heartbeats.add(this);
    }
    if (request.method === 'initialize' && !isCompleteModern(request.params)) {
      this.#initialize(request, admission);
      return;
    }
    this.#run(request, this.#opening.peer(request, admission));
  }

  #run(request: RpcRequest, peer: Peer): void {
    const { id } = request;
    const registry = request.method === 'subscriptions/listen' ? this.#subscriptions : this.#inFlight;
    const isCounted = registry === this.#inFlight;
    if (this.#isEnding && !isCounted) throw new AppError('CANCELLED', { message: 'The connection ends.' });
    const scope = registry.begin(id);
    if (isCounted) this.#running += 1;
    const send = (text: string): ReturnType<Outlet['send']> => (scope.reason ? undefined : isCounted ? this.#writer.write(text) : this.#writer.notice(text));
    const asker = this.#opening.conversation?.questions.asker(peer.capabilities, send);
    const outlet: Outlet = { scope, canStream: true, send, asker };
    const trace = readTrace(undefined, request.params?.['_meta']);
    void dispatch({ core: this.#core, id, peer, trace, outlet }, request).then((reply) => {
      asker?.end();
      registry.end(id, scope);
      if (reply) void this.#writer.write(reply.text);
      if (isCounted) this.#settle();
    });
  }

  /** @throws AppError INVALID_REQUEST, INVALID_PARAMS, METHOD_NOT_FOUND on a connection of the modern era */
  #initialize({ id, params = NO_PARAMS }: RpcRequest, admission: Admission): void {
    const conversation = this.#opening.initialize(params, admission);
    this.#stopListening = this.#core.changes.listen((event) => {
      const text = conversation.changeText(event);
      if (text !== undefined) this.#writer.notice(text);
    });
    void this.#writer.write(resultText(id, this.#core.write.initialize(conversation.revision)));
  }

  /** @throws AppError INVALID_REQUEST */
  #onBatch(batch: readonly unknown[]): void {
    const { conversation } = this.#opening;
    checkBatch(batch, conversation?.revision ?? LATEST_LEGACY);
    const take = (message: RpcMessage): void => conversation?.take(message, (requestId) => this.#inFlight.cancel(requestId));
    const run = async (): Promise<void> => {
      const peer = this.#opening.legacyPeer(await this.#admit());
      const text = await runBatch({ core: this.#core, peer, trace: readTrace(undefined, undefined), scope: this.#whole, take }, batch);
      if (text !== undefined) void this.#writer.write(text);
    };
    this.#running += 1;
    run()
      .catch((failure: unknown) => this.#fail(failure, null))
      .finally(() => this.#settle());
  }

  #settle(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#onIdle?.();
  }

  #fail(failure: unknown, id: RequestId | null): void {
    const { correlationId } = readTrace(undefined, undefined);
    const error = toAppError(failure);
    if (error.code === 'INTERNAL') this.#core.ports.logger.error('message failed', { correlation_id: correlationId, cause: String(error.cause) });
    void this.#writer.write(errorText(error, { id, correlationId, isModern: this.#opening.era !== 'legacy' }));
  }
}
