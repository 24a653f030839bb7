/** @module egress/exchange: one request and its answer, within limits of time and size. */
import type { Dispatcher } from 'undici';
import type { EgressRequest, EgressResponse } from '../contracts/egress.ts';
import { AppError } from '../core/errors.ts';

/** Bytes that may wait for the reader; above, the connection is not read. */
const HIGH_WATER = 256 * 1024;

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];
type Next = IteratorResult<Uint8Array, undefined>;

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (failure: AppError) => void;
}

/**
 * Hears what happens on the connection and is the body of the answer at the same time. One timer
 * serves every wait: it is not touched when bytes come, but asks when it fires whether somebody has
 * been waiting for too long.
 */
export class Exchange implements Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array, undefined> {
  /** Settles with the head of the answer. */
  readonly answered: Promise<EgressResponse>;
  readonly #request: EgressRequest;
  #stopListening: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #head: Waiting<EgressResponse> | undefined;
  #reader: Waiting<Next> | undefined;
  #pieces: Uint8Array[] = [];
  #waitingBytes = 0;
  #size = 0;
  #isOver = false;
  #isDelivering = false;
  #failure: AppError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = 0;
  /** When the wait that is under way becomes too long; undefined = nobody waits. */
  #patienceEndsAt: number | undefined;

  constructor(request: EgressRequest) {
    this.#request = request;
    this.answered = new Promise((resolve, reject) => {
      this.#head = { resolve, reject };
    });
    this.#stopListening = request.scope.onCancel((reason) => this.#cut(reason));
    if (!this.#isOver) this.#wait(request.firstByteMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure) controller.abort(this.#failure);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200 || this.#isOver) return;
    this.#patienceEndsAt = undefined;
    const { 'content-encoding': coding = 'identity' } = headers;
    if (status >= 300 && status < 400) this.#cut(new AppError('EGRESS_REFUSED', { message: 'The server redirects; redirects are not followed.' }));
    else if (coding !== 'identity') this.#cut(new AppError('PROVIDER_FAILED', { message: 'The server compresses its answer although it was asked not to.' }));
    else this.#head?.resolve({ status, headers: flat(headers), body: this });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    if (this.#isOver) return;
    const { maxBytes } = this.#request;
    this.#size += piece.byteLength;
    if (this.#size > maxBytes) {
      this.#cut(new AppError('RESPONSE_TOO_LARGE', { message: `The answer has more than ${maxBytes} bytes.` }));
      return;
    }
    this.#pieces.push(piece);
    this.#waitingBytes += piece.byteLength;
    if (this.#waitingBytes > HIGH_WATER) controller.pause();
    this.#deliverSoon();
  }

  onResponseEnd(): void {
    this.#finish(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    // Network failures carry system codes; what names hosts and ports stays in the cause.
    this.#finish(AppError.is(cause) ? cause : new AppError('PROVIDER_UNREACHABLE', { cause }));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** All that has come, in one piece. What came before a connection was lost is still given. */
  next(): Promise<Next> {
    if (this.#pieces.length > 0) return Promise.resolve(this.#take());
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    this.#wait(this.#request.idleMs);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** The reader leaves: so does the connection, unless everything has come. */
  return(): Promise<Next> {
    if (!this.#isOver) this.#cut(new AppError('CANCELLED'));
    return Promise.resolve({ done: true, value: undefined });
  }

  #take(): Next {
    const pieces = this.#pieces;
    const [first] = pieces;
    this.#pieces = [];
    this.#waitingBytes = 0;
    if (this.#controller?.paused === true) this.#controller.resume();
    return { done: false, value: pieces.length === 1 && first ? first : Buffer.concat(pieces) };
  }

  /** After everything that lies in the same packet was read: sixty small pieces cost the reader one turn, not sixty. */
  #deliverSoon(): void {
    if (this.#isDelivering || !this.#reader) return;
    this.#isDelivering = true;
    queueMicrotask(() => {
      this.#isDelivering = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const reader = this.#reader;
    if (!reader) return;
    this.#reader = undefined;
    this.#patienceEndsAt = undefined;
    if (this.#pieces.length > 0) reader.resolve(this.#take());
    else if (this.#failure) reader.reject(this.#failure);
    else reader.resolve({ done: true, value: undefined });
  }

  /** Ends the exchange and its connection; what was not read yet is dropped. */
  #cut(failure: AppError): void {
    if (this.#isOver) return;
    this.#pieces = [];
    this.#finish(failure);
    this.#controller?.abort(failure);
  }

  #finish(failure: AppError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    clearTimeout(this.#timer);
    this.#stopListening?.();
    if (failure) this.#head?.reject(failure);
    this.#deliverSoon();
  }

  #wait(forMs: number): void {
    const now = performance.now();
    this.#patienceEndsAt = now + forMs;
    if (this.#timer && this.#firesAt <= this.#patienceEndsAt) return;
    this.#startTimer(now, forMs);
  }

  #startTimer(now: number, ms: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = now + ms;
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(Math.ceil(ms), 0x7fffffff));
  }

  #onTimer(): void {
    this.#timer = undefined;
    if (this.#patienceEndsAt === undefined) return;
    const now = performance.now();
    const leftMs = this.#patienceEndsAt - now;
    if (leftMs > 0) {
      this.#startTimer(now, leftMs);
      return;
    }
    const { firstByteMs, idleMs } = this.#request;
    this.#cut(new AppError('PROVIDER_SILENT', { message: this.#reader ? `Nothing came for ${idleMs} ms.` : `No answer within ${firstByteMs} ms.` }));
  }
}

function flat(headers: Headers): Readonly<Record<string, string>> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) joined[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return joined;
}
