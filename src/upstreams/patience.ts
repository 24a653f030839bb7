/** @module upstreams/patience: a deadline that signs of life move. */
import { AppError } from '../core/errors.ts';
import { Scope } from '../core/scope.ts';

/** A scope that is cancelled with UPSTREAM_SILENT when nothing was heard for a time. End it. */
export class Patience {
  readonly scope: Scope;
  readonly #timeoutMs: number;
  readonly #name: string;
  #timer: NodeJS.Timeout | undefined;

  /** @param parent its deadline bounds the whole */
  constructor(name: string, parent: Scope, timeoutMs: number) {
    this.#name = name;
    this.#timeoutMs = timeoutMs;
    this.scope = new Scope({ parent });
    this.renew();
  }

  /** The time starts anew. */
  renew(): void {
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.scope.cancel(this.#silent()), this.#timeoutMs).unref();
  }

  /** A person is being asked: the upstream is not to blame for the time that takes. */
  hold(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.scope.end();
  }

  #silent(): AppError {
    return new AppError('UPSTREAM_SILENT', { message: `The upstream ${this.#name} sent nothing for ${this.#timeoutMs} ms.` });
  }
}
