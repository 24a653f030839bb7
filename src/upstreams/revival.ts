/** @module upstreams/revival: connections that no call asks for. */
import { AppError } from '../core/errors.ts';

/** Milliseconds to the first try. Each further one takes twice as long to come, up to two minutes: starting a broken program costs. */
const RETURN_MS = 1000;
const MAX_RETURN_MS = 120_000;

/** Who wants a connection, and how one is made. */
export interface RevivalPorts {
  /** Asked before each try. */
  isWanted(): boolean;
  /** @throws AppError with data {retryAfterMs} while it is too early */
  connect(): Promise<unknown>;
}

/** Tries again and again, as seldom as `connect` says, until there is a connection or nobody wants one. Keeps no process alive. */
export class Revival {
  readonly #ports: RevivalPorts;
  #timer: NodeJS.Timeout | undefined;
  #delayMs = RETURN_MS;

  constructor(ports: RevivalPorts) {
    this.#ports = ports;
  }

  /** The first try comes after this time. Does nothing while one is due. */
  begin(delayMs: number = RETURN_MS): void {
    this.#delayMs = RETURN_MS;
    this.#tryAfter(delayMs);
  }

  #tryAfter(delayMs: number): void {
    if (this.#timer !== undefined || !this.#ports.isWanted()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#ports.isWanted()) this.#ports.connect().catch((failure: unknown) => this.beginAfter(failure));
    }, delayMs).unref();
  }

  /** A try has failed just now. */
  beginAfter(failure: unknown): void {
    const waitMs = AppError.is(failure) ? failure.data?.['retryAfterMs'] : undefined;
    this.#tryAfter(typeof waitMs === 'number' ? Math.max(waitMs, this.#delayMs) : this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, MAX_RETURN_MS);
  }

  /** A try that is due is not made. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
