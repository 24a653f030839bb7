/** @module doors/mcp/in-flight: the requests under way of one session or connection, by their ids. */
import { AppError } from '../../core/errors.ts';
import type { RequestId } from './message.ts';

/** Requests that have no answer yet. */
export class InFlight {
  readonly #controllers = new Map<RequestId, AbortController>();

  get size(): number {
    return this.#controllers.size;
  }

  /** Registers a request. @throws AppError INVALID_REQUEST when one with this id is under way */
  begin(id: RequestId): AbortController {
    if (this.#controllers.has(id)) throw new AppError('INVALID_REQUEST', { message: 'A request with this id is under way.' });
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    return controller;
  }

  end(id: RequestId): void {
    this.#controllers.delete(id);
  }

  /** notifications/cancelled. Ids that are unknown, or none at all, are ignored. */
  cancel(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#controllers.get(id)?.abort(new AppError('CANCELLED'));
  }

  /** Cancels all of them. */
  cancelAll(message: string): void {
    for (const controller of this.#controllers.values()) controller.abort(new AppError('CANCELLED', { message }));
  }
}
