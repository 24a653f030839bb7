/** @module upstreams/places: how many calls one upstream has at once. */
import { AppError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';

/** Calls that may wait for a place; more are refused at once. */
const MAX_WAITING = 1000;

/** Places for calls, given out in the order of asking. */
export class Places {
  readonly #size: number;
  readonly #name: string;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(name: string, size: number) {
    this.#name = name;
    this.#size = size;
  }

  /** Calls that hold a place or wait for one. */
  get load(): number {
    return this.#taken + this.#waiting.size;
  }

  /** Resolves with a place; give it back. @throws AppError OVERLOADED, or the scope's reason */
  async take(scope: Scope): Promise<void> {
    if (this.#taken < this.#size) {
      this.#taken += 1;
      return;
    }
    if (this.#waiting.size >= MAX_WAITING) throw new AppError('OVERLOADED', { message: `Too many calls wait for the upstream ${this.#name}.` });
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        stop();
        resolve();
      };
      const stop = scope.onCancel((reason) => {
        this.#waiting.delete(enter);
        reject(reason);
      });
      if (!scope.reason) this.#waiting.add(enter);
    });
  }

  /** The place goes to who has waited longest. */
  giveBack(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
