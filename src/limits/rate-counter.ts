/** @module limits/rate-counter: calls per minute of one counted thing. */

/** Length of the window that limits speak about. */
export const WINDOW_SECONDS = 60;

const SLICE_MS = 1_000;
/** A window of 60 s touches at most 61 slices of one second. */
const SLICES = WINDOW_SECONDS + 1;
/** A token that is whole but for rounding counts as whole. */
const WHOLE = 1 - 1e-9;

/**
 * Two bounds at once. A sliding window of counts, one per second: no 60 seconds ever hold more than
 * limit + burst calls. A token bucket: what was spent comes back at the pace of the limit, so that
 * over longer times no more than the limit is kept up. A quiet caller may use limit + burst at once.
 *
 * Memory is bounded whatever the limit: 16 bytes for each second that had calls, at most about 1.5 kB.
 * Times are monotonic milliseconds.
 */
export class RateCounter {
  limit: number;
  #capacity: number;
  #tokens: number;
  #filledAt: number;
  /** Slice, count, slice, count …: only slices with calls, from the oldest at #head to the newest. */
  readonly #slices: number[] = [];
  #head = 0;
  #total = 0;

  constructor(limit: number, burst: number, now: number) {
    this.limit = limit;
    this.#capacity = limit + burst;
    this.#tokens = this.#capacity;
    this.#filledAt = now;
  }

  /**
   * Changes the limit. What was spent stays in the window, also when the limit goes down and up
   * again; what is spent beyond a lower limit is worked off within about a minute.
   */
  configure(limit: number, burst: number): void {
    const capacity = limit + burst;
    this.#tokens = Math.max(-capacity, this.#tokens + capacity - this.#capacity);
    this.limit = limit;
    this.#capacity = capacity;
  }

  /** Seconds until one more call fits, at least one; 0 = it fits now. */
  secondsUntilFree(now: number): number {
    this.#advance(now);
    const windowMs = this.#total < this.#capacity ? 0 : this.#oldestLeavesAt - now;
    const tokenMs = this.#tokens >= WHOLE ? 0 : (1 - this.#tokens) * this.#msPerToken;
    return windowMs === 0 && tokenMs === 0 ? 0 : Math.max(1, Math.ceil(Math.max(windowMs, tokenMs) / 1_000));
  }

  /** Counts one call. Only after secondsUntilFree said 0 for the same time. */
  count(now: number): void {
    const slice = Math.floor(now / SLICE_MS);
    const last = this.#slices.length - 2;
    if (last >= this.#head && this.#slices[last] === slice) this.#slices[last + 1] = (this.#slices[last + 1] ?? 0) + 1;
    else this.#slices.push(slice, 1);
    this.#total += 1;
    this.#tokens -= 1;
  }

  /** Calls that fit at the time of the last look, never said to be more than the limit. */
  get remaining(): number {
    return Math.max(0, Math.floor(Math.min(this.limit, this.#capacity - this.#total, this.#tokens + 1 - WHOLE)));
  }

  /** Seconds until the oldest of the counted calls leave the window; 0 when there are none. */
  resetSeconds(now: number): number {
    return this.#total === 0 ? 0 : Math.ceil((this.#oldestLeavesAt - now) / 1_000);
  }

  get #msPerToken(): number {
    return (WINDOW_SECONDS * 1_000) / this.limit;
  }

  get #oldestLeavesAt(): number {
    return ((this.#slices[this.#head] ?? 0) + SLICES) * SLICE_MS;
  }

  #advance(now: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) / this.#msPerToken);
    this.#filledAt = now;
    const oldestKept = Math.floor(now / SLICE_MS) - SLICES + 1;
    while (this.#total > 0 && (this.#slices[this.#head] ?? 0) < oldestKept) {
      this.#total -= this.#slices[this.#head + 1] ?? 0;
      this.#head += 2;
    }
    if (this.#head > SLICES) {
      this.#slices.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
