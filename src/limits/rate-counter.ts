/** @module limits/rate-counter: calls per minute of one counted thing. */

/** Length of the window that limits speak about. */
export const WINDOW_SECONDS = 60;

const SLICE_MS = 1_000;
/** A window of 60 s touches at most 61 slices of one second. */
const SLICES = WINDOW_SECONDS + 1;

/**
 * Two bounds at once. A sliding window of counts, one per second: no 60 seconds ever hold more than
 * limit + burst calls. A token bucket: what was spent comes back at the pace of the limit, so that
 * over longer times no more than the limit is kept up. A quiet caller may use limit + burst at once.
 *
 * Memory is constant (about 400 bytes) whatever the limit. Times are monotonic milliseconds.
 */
export class RateCounter {
  limit: number;
  #capacity: number;
  #tokens: number;
  #filledAt: number;
  /** Calls counted in the slices from #oldest to #current, a ring. */
  readonly #counts = new Uint32Array(SLICES);
  #current: number;
  #oldest: number;
  #total = 0;

  constructor(limit: number, burst: number, now: number) {
    this.limit = limit;
    this.#capacity = limit + burst;
    this.#tokens = this.#capacity;
    this.#filledAt = now;
    this.#current = Math.floor(now / SLICE_MS);
    this.#oldest = this.#current;
  }

  /** Changes the limit; what was spent stays spent, also when the limit goes down and up again. */
  configure(limit: number, burst: number): void {
    this.#tokens += limit + burst - this.#capacity;
    this.limit = limit;
    this.#capacity = limit + burst;
  }

  /** Seconds until one more call fits, at least one; 0 = it fits now. */
  secondsUntilFree(now: number): number {
    this.#advance(now);
    const windowMs = this.#total < this.#capacity ? 0 : this.#oldestLeavesAt - now;
    const tokenMs = this.#tokens >= 1 ? 0 : (1 - this.#tokens) * this.#msPerToken;
    return windowMs === 0 && tokenMs === 0 ? 0 : Math.max(1, Math.ceil(Math.max(windowMs, tokenMs) / 1_000));
  }

  /** Counts one call. Only after secondsUntilFree said 0 for the same time. */
  count(): void {
    const slice = this.#current % SLICES;
    this.#counts[slice] = (this.#counts[slice] ?? 0) + 1;
    this.#total += 1;
    this.#tokens -= 1;
  }

  /** Calls that fit at the time of the last look, never said to be more than the limit. */
  get remaining(): number {
    return Math.max(0, Math.floor(Math.min(this.limit, this.#capacity - this.#total, this.#tokens)));
  }

  /** Seconds until the oldest of the counted calls leave the window; 0 when there are none. */
  resetSeconds(now: number): number {
    return this.#total === 0 ? 0 : Math.ceil((this.#oldestLeavesAt - now) / 1_000);
  }

  get #msPerToken(): number {
    return (WINDOW_SECONDS * 1_000) / this.limit;
  }

  get #oldestLeavesAt(): number {
    return (this.#oldest + SLICES) * SLICE_MS;
  }

  #advance(now: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) / this.#msPerToken);
    this.#filledAt = now;
    const slice = Math.floor(now / SLICE_MS);
    if (slice === this.#current) return;
    if (slice - this.#current >= SLICES) {
      this.#counts.fill(0);
      this.#total = 0;
    } else {
      for (let next = this.#current + 1; next <= slice; next += 1) {
        this.#total -= this.#counts[next % SLICES] ?? 0;
        this.#counts[next % SLICES] = 0;
      }
    }
    this.#current = slice;
    this.#oldest = Math.max(this.#oldest, slice - SLICES + 1);
    while (this.#oldest < slice && this.#counts[this.#oldest % SLICES] === 0) this.#oldest += 1;
  }
}
