/** @module upstreams/openings: connections that nobody waits for, made a few at a time: twenty programs that start at once take the processor from whoever calls. */

/** Something to open. */
export interface Opened {
  /** Resolves when it is open or has failed; may take as long as it likes. */
  start(): Promise<void>;
}

/** How many are being opened at a time. */
const AT_ONCE = 2;
/** Milliseconds after which one that is still being opened does not hold up the next. */
const PATIENCE_MS = 500;

/** Opens in the order of adding. */
export class Openings {
  readonly #waiting: Opened[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #places = AT_ONCE;
  #isClosed = false;

  /** @param pauseMs milliseconds from now before the first is opened: a client that has just started the gateway is answered first */
  constructor(pauseMs: number) {
    if (pauseMs === 0) return;
    this.#places = 0;
    this.#later(pauseMs, () => {
      this.#places = AT_ONCE;
      this.#next();
    });
  }

  add(opened: readonly Opened[]): void {
    this.#waiting.push(...opened);
    this.#next();
  }

  /** Nothing more is opened. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#waiting.length = 0;
  }

  #next(): void {
    while (this.#places > 0 && !this.#isClosed) {
      const opened = this.#waiting.shift();
      if (!opened) return;
      this.#places -= 1;
      this.#open(opened);
    }
  }

  #open(opened: Opened): void {
    let holds = true;
    const give = (): void => {
      if (!holds) return;
      holds = false;
      this.#places += 1;
      this.#next();
    };
    const cancel = this.#later(PATIENCE_MS, give);
    void opened.start().finally(() => {
      cancel();
      give();
    });
  }

  #later(ms: number, work: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }
}
