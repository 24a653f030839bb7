/** @module doors/mcp/readmission: streams that stay open do not outlive the credential that opened them. */
import type { Admission, CallRunner } from '../../contracts/call.ts';
import { AppError } from '../../core/errors.ts';

const EVERY_MS = 30_000;

/** Asks from time to time whether the caller would still be let in. */
export class Readmission {
  readonly #runner: CallRunner;
  readonly #admission: Admission;
  #checkedAt: number = performance.now();

  constructor(runner: CallRunner, admission: Admission) {
    this.#runner = runner;
    this.#admission = admission;
  }

  /** At most every 30 seconds; calls back when the credential has expired, was revoked, or names somebody else now. */
  check(now: number, onRefused: () => void): void {
    if (now - this.#checkedAt < EVERY_MS) return;
    this.#checkedAt = now;
    void this.#isRefused().then((isRefused) => {
      if (isRefused) onRefused();
    });
  }

  async #isRefused(): Promise<boolean> {
    const { door, source, credential, principal } = this.#admission;
    try {
      const again = await this.#runner.admit({ door, source, credential });
      return again.principal.id !== principal.id;
    } catch (failure) {
      // Too many arrivals, or a failing store, say nothing about this caller.
      return AppError.is(failure) && (failure.code === 'AUTHENTICATION_FAILED' || failure.code === 'AUTHENTICATION_REQUIRED');
    }
  }
}
