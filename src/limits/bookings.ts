/** @module limits/bookings: what was used reaches the books, also when the storage fails for a while. */
import { describeError } from '../core/errors.ts';
import type { BudgetUse, SpendLedger } from '../contracts/spend.ts';
import type { Logger } from '../contracts/telemetry.ts';

const RETRY_MS = 2_000;

/** Bookings of finished calls. */
export interface Bookings {
  /** Resolves when it is booked, or kept for later: never rejects. */
  book(id: string, used: BudgetUse): Promise<void>;
  /** Kept for later. */
  readonly waiting: number;
  close(): Promise<void>;
}

/**
 * A booking that fails stays in memory and is tried again every two seconds; settling twice books
 * once, so that a lost answer does no harm. What waits is bounded by the calls that were running: no
 * new call gets a reservation from a storage that fails. If the process is killed meanwhile, the
 * reservation ends with its lease and this use is in the audit log alone.
 */
export function createBookings(ledger: () => SpendLedger, logger: Pick<Logger, 'error' | 'info'>): Bookings {
  const waiting = new Map<string, BudgetUse>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const retry = async (): Promise<void> => {
    timer = undefined;
    try {
      for (const [id, used] of waiting) {
        await ledger().settle(id, used);
        waiting.delete(id);
      }
      logger.info('bookings caught up', {});
    } catch {
      schedule();
    }
  };
  const schedule = (): void => {
    if (!isClosed) timer ??= setTimeout(() => void retry(), RETRY_MS).unref();
  };

  return {
    book: async (id, used) => {
      try {
        await ledger().settle(id, used);
      } catch (error) {
        waiting.set(id, used);
        logger.error('booking failed; it is kept and tried again', { call_id: id, cause: describeError(error) });
        schedule();
      }
    },
    get waiting() {
      return waiting.size;
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      for (const [id, used] of waiting) {
        await ledger()
          .settle(id, used)
          .then(() => waiting.delete(id))
          .catch((error: unknown) => logger.error('booking lost', { call_id: id, ...used, cause: describeError(error) }));
      }
    },
  };
}
