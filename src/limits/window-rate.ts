/**
 * @module limits/window-rate: at most so many events in any minute.
 *
 * A ring of five-second counts: an event leaves the count between 60 and 65 seconds after it came.
 * So the bound holds for every window of 60 seconds, wherever it begins, which neither a fixed
 * window (twice the limit around its border) nor a token bucket (limit plus bucket) can say.
 */
const SLICE_MS = 5000;
const SLICES = 13;
/** How long an event is counted, in seconds. */
export const WINDOW_SECONDS = 60;

/** The counts of one key. */
export class WindowRate {
  readonly #counts = new Uint32Array(SLICES);
  #total = 0;
  /** Number of the newest slice since the clock's start. */
  #slice = 0;

  /** Counts one event at the monotonic time, unless `limit` are counted already. True = it fits. */
  hit(nowMs: number, limit: number): boolean {
    this.#advance(nowMs);
    if (this.#total >= limit) return false;
    const at = this.#slice % SLICES;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total += 1;
    return true;
  }

  /** Events counted now. */
  count(nowMs: number): number {
    this.#advance(nowMs);
    return this.#total;
  }

  /** Whole seconds, at least 1, until some counted event is forgotten; 0 when none is counted. */
  secondsToRelief(nowMs: number): number {
    this.#advance(nowMs);
    if (this.#total === 0) return 0;
    for (let age = SLICES - 1; age >= 0; age -= 1) {
      if ((this.#counts[(this.#slice - age + SLICES) % SLICES] ?? 0) === 0) continue;
      // Slices are numbered from SLICES on, so the offset cancels out.
      const leavesAtMs = (this.#slice - age) * SLICE_MS;
      return Math.max(1, Math.ceil((leavesAtMs - nowMs) / 1000));
    }
    return 0;
  }

  #advance(nowMs: number): void {
    const slice = Math.floor(nowMs / SLICE_MS) + SLICES;
    const steps = Math.min(slice - this.#slice, SLICES);
    for (let step = 1; step <= steps; step += 1) {
      const at = (slice - steps + step) % SLICES;
      this.#total -= this.#counts[at] ?? 0;
      this.#counts[at] = 0;
    }
    if (slice > this.#slice) this.#slice = slice;
  }
}
