/** @module upstreams/revival: connections that no call asks for. */
import { AppError } from '../core/errors.ts';

/** Milliseconds to the first try, and between two at least. */
const RETURN_MS = 1000;

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

  constructor(ports: RevivalPorts) {
    this.#ports = ports;
  }

  /** The first try comes after this time. Does nothing while one is due. */
  begin(delayMs: number = RETURN_MS): void {
    if (this.#timer !== undefined || !this.#ports.isWanted()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#ports.isWanted()) this.#ports.connect().catch((failure: unknown) => this.beginAfter(failure));
    }, delayMs).unref();
  }

  /** A try has failed just now. */
  beginAfter(failure: unknown): void {
    const waitMs = AppError.is(failure) ? failure.data?.['retryAfterMs'] : undefined;
    this.begin(typeof waitMs === 'number' ? Math.max(waitMs, RETURN_MS) : RETURN_MS);
  }

  /** A try that is due is not made. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
