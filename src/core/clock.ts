/** @module core/clock: time as a port, so that tests own it. */

/** Where time comes from. `now` may jump with the wall clock; `monotonic` never goes back. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds, fractional, from an arbitrary start. */
  monotonic(): number;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

let lastMs = -1;
let lastText = '';

/** RFC 3339 in UTC with milliseconds. Remembers the last one: many calls fall into one millisecond. */
export function rfc3339(epochMs: number): string {
  if (epochMs !== lastMs) {
    lastMs = epochMs;
    lastText = new Date(epochMs).toISOString();
  }
  return lastText;
}
