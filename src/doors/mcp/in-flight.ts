/** @module doors/mcp/in-flight: the requests under way of one session or connection, by their ids. */
import { AppError } from '../../core/errors.ts';
import { Scope } from '../../core/scope.ts';
import type { RequestId } from './message.ts';

/** Requests that have no answer yet. */
export class InFlight {
  readonly #scopes = new Map<RequestId, Scope>();

  get size(): number {
    return this.#scopes.size;
  }

  /** Registers a request. @throws AppError INVALID_REQUEST when one with this id is under way */
  begin(id: RequestId): Scope {
    if (this.#scopes.has(id)) throw new AppError('INVALID_REQUEST', { message: 'A request with this id is under way.' });
    const scope = new Scope();
    this.#scopes.set(id, scope);
    return scope;
  }

  /** The request of this scope has ended. A later one of the same id stays. */
  end(id: RequestId, scope: Scope): void {
    if (this.#scopes.get(id) === scope) this.#scopes.delete(id);
  }

  /** notifications/cancelled. Ids that are unknown, or none at all, are ignored. */
  cancel(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#scopes.get(id)?.cancel();
  }

  /** Cancels all of them. */
  cancelAll(message: string): void {
    for (const scope of this.#scopes.values()) scope.cancel(new AppError('CANCELLED', { message }));
  }
}
