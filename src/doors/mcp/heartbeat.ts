/** @module doors/mcp/heartbeat: a call that is quiet tells its client that it still runs, so that no time limit there ends it. */
import type { StreamPart } from '../../contracts/call.ts';
import type { MaybePromise } from '../../core/json.ts';
import type { Ticking } from './pulse.ts';

type Emit = (part: StreamPart) => MaybePromise<void>;

/** With the pulse's second, a client hears something at least every ten seconds. */
const QUIET_MS = 9000;
/** Progress must increase: a sign of life moves it by so little that the next real step is larger. */
const STEP = 1e-6;
const RELATIVE_STEP = 1e-9;

/** For calls whose client gave a progress token. Put it into a pulse, and take it out when the call ends. */
export class Heartbeat implements Ticking {
  place = -1;
  readonly #emit: Emit;
  readonly #since: number = performance.now();
  #heardAt: number = this.#since;
  #progress = 0;
  #total: number | undefined;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** What the call sends itself. */
  emit(part: StreamPart): MaybePromise<void> {
    if (part.type === 'progress') {
      this.#heardAt = performance.now();
      this.#progress = Math.max(this.#progress, part.progress);
      this.#total = part.total;
    }
    return this.#emit(part);
  }

  tick(now: number): void {
    if (now - this.#heardAt < QUIET_MS) return;
    this.#heardAt = now;
    this.#progress += Math.max(STEP, this.#progress * RELATIVE_STEP);
    void this.#emit({ type: 'progress', progress: this.#progress, total: this.#total, message: `Running for ${Math.round((now - this.#since) / 1000)} s.` });
  }
}
