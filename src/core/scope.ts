/** @module core/scope: a tree of cancellation with deadlines. */
import { AppError } from './errors.ts';
import { Roster, type RosterMember } from './roster.ts';

interface Listener extends RosterMember {
  readonly hear: (reason: AppError) => void;
}

/** How a scope begins. */
export interface ScopeOptions {
  /** Cancelled when the parent is. Its deadline bounds this one. */
  readonly parent?: Scope;
  /** A foreign source of cancellation to obey, such as a socket's. */
  readonly signal?: AbortSignal | Scope | undefined;
  /** Milliseconds until DEADLINE_EXCEEDED; absent or Infinity means no own deadline. */
  readonly timeoutMs?: number | undefined;
}

/**
 * One call's lifetime. Children end with their parent and never outlive its deadline. The
 * AbortController is made only when somebody asks for the signal: most calls never do.
 *
 * Always `end()` a scope (or `using` it): an unended one keeps its timer and its parent's listener.
 */
export class Scope implements Disposable {
  /** Monotonic milliseconds at which the scope expires; Infinity when nothing bounds it. */
  readonly deadlineAt: number;
  #reason: AppError | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #listeners: Roster<Listener> | undefined;
  #detach: (() => void) | undefined;
  #isEnded = false;

  constructor({ parent, signal, timeoutMs }: ScopeOptions = {}) {
    const own = timeoutMs === undefined || timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    const bound = parent?.deadlineAt ?? Infinity;
    this.deadlineAt = Math.min(own, bound);
    if (own < bound) this.#startTimer(timeoutMs ?? 0);
    if (parent) this.#detach = parent.onCancel((reason) => this.cancel(reason));
    if (signal) this.#obey(signal);
  }

  /** Why the scope was cancelled, or undefined while it lives or after a quiet end. */
  get reason(): AppError | undefined {
    return this.#reason;
  }

  /** Aborts with the AppError as its reason. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Milliseconds left; Infinity when unbounded, never negative. */
  get remainingMs(): number {
    return Math.max(0, this.deadlineAt - performance.now());
  }

  /** Cancels this scope and every child. The first reason stays; later ones are ignored. */
  cancel(reason: AppError = new AppError('CANCELLED')): void {
    if (this.#reason || this.#isEnded) return;
    this.#reason = reason;
    clearTimeout(this.#timer);
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#controller?.abort(reason);
    if (listeners) for (const { hear } of listeners.snapshot()) hear(reason);
  }

  /** Calls back once on cancellation (at once if it has happened). Returns the way to stop listening. */
  onCancel(listener: (reason: AppError) => void): () => void {
    if (this.#reason) {
      listener(this.#reason);
      return () => undefined;
    }
    this.#listeners ??= new Roster();
    const heard: Listener = { place: -1, hear: listener };
    this.#listeners.join(heard);
    return () => this.#listeners?.leave(heard);
  }

  /** @throws AppError with the reason once the scope is cancelled. */
  throwIfCancelled(): void {
    if (this.#reason) throw this.#reason;
  }

  /**
   * The work's own outcome, or a rejection with the reason as soon as the scope is cancelled: work
   * that ignores its signal cannot hold the caller. Its late outcome is dropped.
   */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = this.onCancel(reject);
      work.then(
        (value) => {
          stop();
          resolve(value);
        },
        (error: unknown) => {
          stop();
          reject(error as Error);
        },
      );
    });
  }

  /** Releases timer and listeners without cancelling. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#detach?.();
    this.#listeners = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #startTimer(timeoutMs: number): void {
    this.#timer = setTimeout(
      () =>
        this.cancel(
          new AppError('DEADLINE_EXCEEDED', {
            message: `The call did not finish within ${Math.round(timeoutMs)} ms.`,
          }),
        ),
      Math.min(timeoutMs, 0x7fffffff),
    );
    this.#timer.unref();
  }

  #obey(signal: AbortSignal | Scope): void {
    const detachParent = this.#detach;
    if (signal instanceof Scope) {
      const stop = signal.onCancel((reason) => this.cancel(reason));
      this.#detach = () => {
        detachParent?.();
        stop();
      };
      return;
    }
    const onAbort = (): void => this.cancel(AppError.is(signal.reason) ? signal.reason : new AppError('CANCELLED', { cause: signal.reason }));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    this.#detach = () => {
      detachParent?.();
      signal.removeEventListener('abort', onAbort);
    };
  }
}
