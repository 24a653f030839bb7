/** @module storage/shared-counts: what a server says about counters, checked. */
import type { SharedCount, SharedCounter } from '../contracts/shared-rates.ts';
import { AppError } from '../core/errors.ts';

/** @param answer retryAfter, remaining, reset of each counter. @throws AppError STORAGE_UNAVAILABLE for anything else: no answer is no permission */
export function toCounts(answer: unknown, counters: readonly SharedCounter[]): readonly SharedCount[] {
  if (!Array.isArray(answer) || answer.length !== 3 * counters.length || !answer.every((value) => Number.isSafeInteger(Number(value)) && Number(value) >= 0)) {
    throw new AppError('STORAGE_UNAVAILABLE', { message: 'The server of the shared counters gives answers that are none.' });
  }
  return counters.map(({ limit }, index) => ({
    retryAfterSeconds: Number(answer[3 * index]),
    remaining: Math.min(limit, Number(answer[3 * index + 1])),
    resetSeconds: Number(answer[3 * index + 2]),
  }));
}
