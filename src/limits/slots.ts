/** @module limits/slots: so many at a time, a bounded queue behind them. */
import { AppError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';

const PRIORITIES = 11;

/** How many run and wait. */
export interface SlotLimits {
  readonly concurrency: number;
  readonly queue: number;
}

interface Waiter {
  readonly grant: () => void;
}

/** Concurrency slots of one node. Every `take` that succeeds needs exactly one `release`. */
export class Slots {
  readonly #limits: SlotLimits;
  /** One queue per priority 0–10; within one, first come first served. */
  readonly #queues: readonly Set<Waiter>[] = Array.from({ length: PRIORITIES }, () => new Set<Waiter>());
  #running = 0;
  #queued = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queued;
  }

  /**
   * Undefined when a slot was free; else a promise of one.
   *
   * @param priority 0–10; higher leaves the queue first
   * @throws AppError OVERLOADED when the queue is full; the promise rejects with the scope's reason
   */
  take(scope: Scope, priority: number): Promise<void> | undefined {
    if (this.#running < this.#limits.concurrency) {
      this.#running += 1;
      return undefined;
    }
    if (this.#queued >= this.#limits.queue) throw new AppError('OVERLOADED', { data: { retryAfterSeconds: 1 } });
    const queue = this.#queues[Math.max(0, Math.min(PRIORITIES - 1, Math.floor(priority)))];
    return new Promise((resolve, reject) => {
      let stopListening = (): void => undefined;
      const waiter: Waiter = { grant: () => { stopListening(); resolve(); } };
      queue?.add(waiter);
      this.#queued += 1;
      stopListening = scope.onCancel((reason) => {
        if (!queue?.delete(waiter)) return;
        this.#queued -= 1;
        reject(reason);
      });
    });
  }

  /** Hands the slot to the first waiter of the highest priority, or frees it. */
  release(): void {
    for (let priority = PRIORITIES - 1; this.#queued > 0 && priority >= 0; priority -= 1) {
      const queue = this.#queues[priority];
      const first = queue?.values().next().value;
      if (!queue || !first) continue;
      queue.delete(first);
      this.#queued -= 1;
      first.grant();
      return;
    }
    this.#running -= 1;
  }
}
