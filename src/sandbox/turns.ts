/** @module sandbox/turns: how many runs there are at once, and that those of one owner come one after the other. */
import { AppError } from '../core/errors.ts';

interface Waiting {
  readonly owner: string;
  readonly enter: () => void;
}

/**
 * Runs of one owner share a folder: two at once could change what the gateway is writing or collecting there. Whoever has waited
 * longest is next, among those whose owner has no run under way.
 */
export class Turns {
  readonly #size: () => number;
  readonly #maxWaiting: () => number;
  readonly #owners = new Set<string>();
  readonly #waiting = new Set<Waiting>();

  constructor(size: () => number, maxWaiting: () => number) {
    this.#size = size;
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves with a turn; give it back. @throws AppError OVERLOADED; the signal's reason */
  async take(owner: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#mayEnter(owner)) {
      this.#owners.add(owner);
      return;
    }
    if (this.#waiting.size >= this.#maxWaiting()) {
      throw new AppError('OVERLOADED', {
        message: 'Too many runs wait for the sandbox.',
        fix: 'Retry later, or raise sandbox.concurrency.',
        data: { retryAfterSeconds: 1 },
      });
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        owner,
        enter: () => {
          leave();
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The turn goes to who may enter now. */
  giveBack(owner: string): void {
    this.#owners.delete(owner);
    for (const { owner: next, enter } of [...this.#waiting]) {
      if (!this.#mayEnter(next)) continue;
      this.#owners.add(next);
      enter();
    }
  }

  #mayEnter(owner: string): boolean {
    return this.#owners.size < this.#size() && !this.#owners.has(owner);
  }
}
