/** @module limits/slots: how many calls run at once, and who is next. */
import { AppError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';

const PRIORITIES = 11;

/** Its promise settles when it leaves the queue. */
interface Waiter {
  grant(): void;
}

/**
 * A bounded number of slots and a bounded queue for them. Who waits gets a slot by priority (10
 * first), within a priority in the order of arrival; nobody overtakes by coming when one is free.
 * A steady stream of higher priority can keep lower ones waiting up to their deadlines.
 */
export class Slots {
  #concurrency: number;
  #maxQueued: number;
  #running = 0;
  #queued = 0;
  readonly #queues = Array.from({ length: PRIORITIES }, () => new Set<Waiter>());

  constructor(concurrency: number, maxQueued: number) {
    this.#concurrency = concurrency;
    this.#maxQueued = maxQueued;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queued;
  }

  /** Running and queued calls stay; a larger number of slots is handed out at once. */
  resize(concurrency: number, maxQueued: number): void {
    this.#concurrency = concurrency;
    this.#maxQueued = maxQueued;
    this.#handOut();
  }

  /** @throws AppError OVERLOADED when a call could neither run nor wait now */
  ensureRoom(): void {
    if (!this.#isFree && this.#queued >= this.#maxQueued) throw new AppError('OVERLOADED', { data: { retryAfterSeconds: 1 } });
  }

  /** Takes a slot if one is free for a newcomer. */
  tryTake(): boolean {
    if (!this.#isFree) return false;
    this.#running += 1;
    return true;
  }

  /**
   * Waits for a slot, which is taken when the promise resolves. The queue must have room.
   *
   * @param priority 0–10; anything else counts as the nearest, what is no number as 5
   * @throws the scope's reason when it is cancelled first
   */
  wait(priority: number, scope: Scope): Promise<void> {
    scope.throwIfCancelled();
    const queue = this.#queueOf(priority);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.delete(waiter);
        this.#queued -= 1;
      };
      const waiter: Waiter = {
        grant: () => {
          stopListening();
          leave();
          this.#running += 1;
          resolve();
        },
      };
      queue.add(waiter);
      this.#queued += 1;
      const stopListening = scope.onCancel((reason) => {
        leave();
        reject(reason);
      });
    });
  }

  /** Gives a slot back: exactly once for each that was taken. */
  release(): void {
    this.#running -= 1;
    this.#handOut();
  }

  get #isFree(): boolean {
    return this.#running < this.#concurrency && this.#queued === 0;
  }

  #queueOf(priority: number): Set<Waiter> {
    const index = Number.isNaN(priority) ? 5 : Math.min(PRIORITIES - 1, Math.max(0, Math.round(priority)));
    return this.#queues[index] ?? new Set();
  }

  #handOut(): void {
    while (this.#running < this.#concurrency && this.#queued > 0) this.#next()?.grant();
  }

  #next(): Waiter | undefined {
    for (let priority = PRIORITIES - 1; priority >= 0; priority -= 1) {
      for (const waiter of this.#queues[priority] ?? []) return waiter;
    }
    return undefined;
  }
}
