/** @module approvals/decision-watch: waits until somebody has decided about a held call. */
import type { KeptCall } from '../contracts/approvals.ts';
import type { CallBook } from './call-book.ts';

/** How often the book is looked at: a decision of another process is noticed within this time. */
const LOOK_MS = 200;

/** A wait that can be given up. */
export interface DecisionWatch {
  /** Resolves when the call does not wait any more: decided, or expired. @throws AppError STORAGE_* */
  readonly decided: Promise<'decided'>;
  stop(): void;
}

/** Looks until the call is decided; stop it in every case. */
export function watchDecision(book: CallBook, { hash }: KeptCall): DecisionWatch {
  let timer: NodeJS.Timeout | undefined;
  const decided = new Promise<'decided'>((resolve, reject) => {
    timer = setInterval(() => {
      try {
        if (book.find(hash)?.state !== 'waiting') resolve('decided');
      } catch (error) {
        reject(error as Error);
      }
    }, LOOK_MS);
  });
  return { decided, stop: () => clearInterval(timer) };
}
