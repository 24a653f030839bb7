/** @module upstreams/recovery: how soon an upstream that failed is tried again. */
import { AppError } from '../core/errors.ts';

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 30_000;
/** A connection that lived this long was a good one: what happened before it is forgotten. */
const STABLE_MS = 10_000;
/** A session that was kept for less was none. */
const SESSION_MS = 250;

/**
 * Counts failures in a row. The first one costs nothing: a server that crashed is back at the next call. Each further
 * one doubles the time until the next try, up to 30 s, with jitter.
 */
export class Recovery {
  readonly #now: () => number;
  #failures = 0;
  #nextAt = -Infinity;
  #connectedAt = Infinity;
  #last: AppError | undefined;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What happened last, or undefined when it works or was never tried. */
  get lastFailure(): AppError | undefined {
    return this.#last;
  }

  /** @throws AppError UPSTREAM_UNREACHABLE while it is too early, with data {retryAfterMs} */
  check(name: string): void {
    const waitMs = Math.ceil(this.#nextAt - this.#now());
    if (waitMs <= 0) return;
    throw new AppError('UPSTREAM_UNREACHABLE', {
      message: `The upstream ${name} failed ${this.#failures} times in a row and is tried again in ${waitMs} ms. Last: ${this.#last?.message ?? 'unknown'}`,
      data: { retryAfterMs: waitMs },
    });
  }

  connected(): void {
    this.#connectedAt = this.#now();
    this.#last = undefined;
  }

  /** The server works, and has forgotten the session: servers that are restarted behind a proxy do. Nothing has failed. */
  forgotten(failure: AppError): void {
    if (this.#now() - this.#connectedAt < SESSION_MS) this.failed(failure);
    else this.#connectedAt = Infinity;
  }

  /** Whether it is another problem than last time. */
  failed(failure: AppError): boolean {
    const now = this.#now();
    const isNew = this.#last?.message !== failure.message;
    if (now - this.#connectedAt >= STABLE_MS) this.#failures = 0;
    this.#connectedAt = Infinity;
    this.#last = failure;
    this.#failures += 1;
    // Whether somebody has signed in is seen without asking the server: nothing is spared by waiting.
    const isFree = this.#failures === 1 || failure.code === 'UPSTREAM_LOGIN_REQUIRED';
    const delayMs = isFree ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 2), MAX_DELAY_MS);
    this.#nextAt = now + delayMs * (0.75 + Math.random() / 2);
    return isNew;
  }
}
