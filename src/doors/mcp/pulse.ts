/** @module doors/mcp/pulse: one slow clock for everything that waits, instead of a timer each. */

import { Roster, type RosterMember } from '../../core/roster.ts';

/** Something that wants to know how late it is. In one pulse at a time. */
export interface Ticking extends RosterMember {
  /** Called about once a second with the monotonic time in milliseconds. Must not throw. */
  tick(now: number): void;
}

const PERIOD_MS = 1000;

/** Ticks while something waits, and never keeps the process alive. */
export class Pulse {
  readonly #waiting = new Roster<Ticking>();
  #timer: NodeJS.Timeout | undefined;

  /** From the next tick on. */
  add(waiting: Ticking): void {
    this.#waiting.join(waiting);
    this.#timer ??= setInterval(() => this.#beat(), PERIOD_MS).unref();
  }

  /** No further tick. */
  delete(waiting: Ticking): void {
    this.#waiting.leave(waiting);
  }

  /** Stops for good. */
  close(): void {
    for (const waiting of this.#waiting.snapshot()) this.#waiting.leave(waiting);
    this.#stop();
  }

  #beat(): void {
    if (this.#waiting.size === 0) this.#stop();
    const now = performance.now();
    for (const waiting of this.#waiting.snapshot()) if (waiting.place !== -1) waiting.tick(now);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
