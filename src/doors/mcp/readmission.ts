/** @module doors/mcp/readmission: streams that stay open do not outlive the credential that opened them. */
import type { Admission, CallRunner } from '../../contracts/call.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';

const EVERY_MS = 30_000;
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AUTHENTICATION_FAILED',
  'AUTHENTICATION_REQUIRED',
  'PROFILE_UNKNOWN',
  'SCOPE_MISSING',
  'PERMISSION_DENIED',
]);

/** Asks from time to time whether the caller would still be let in. */
export class Readmission {
  readonly #runner: CallRunner;
  readonly #admission: Admission;
  #checkedAt: number = performance.now();

  constructor(runner: CallRunner, admission: Admission) {
    this.#runner = runner;
    this.#admission = admission;
  }

  /** At most every 30 seconds; calls back when the credential has expired, was revoked, names somebody else now, or may not use the profile any more. */
  check(now: number, onRefused: () => void): void {
    if (now - this.#checkedAt < EVERY_MS) return;
    this.#checkedAt = now;
    void this.#isRefused().then((isRefused) => {
      if (isRefused) onRefused();
    });
  }

  async #isRefused(): Promise<boolean> {
    const { door, source, credential, profile, principal } = this.#admission;
    try {
      const again = await this.#runner.admit({ door, source, credential, profile });
      return again.principal.id !== principal.id;
    } catch (failure) {
      // Too many arrivals, or a failing store, say nothing about this caller.
      return AppError.is(failure) && REFUSALS.has(failure.code);
    }
  }
}
