/** @module storage/late-hours: entries of the books that are added up in memory and written twice a second. */
import type { SpendEntry } from '../contracts/spend.ts';
import { SpendHours, toHour, type SpendHour } from './spend-sums.ts';

const FLUSH_MS = 500;

/** Entries on their way. */
export interface LateHours {
  add(entry: SpendEntry): void;
  /** Resolves when all that came before is written. @throws as `write`; the entries are kept then, and tried again */
  flush(): Promise<void>;
  /** The last flush; what it cannot write is not tried again. @throws as `write` */
  close(): Promise<void>;
}

/** @param write one transaction with all of them, or none */
export function createLateHours(write: (hours: readonly SpendHour[]) => Promise<unknown>): LateHours {
  const waiting = new SpendHours();
  let timer: NodeJS.Timeout | undefined;
  let lastFlush: Promise<void> = Promise.resolve();
  let isClosed = false;

  const schedule = (): void => {
    if (!isClosed) timer ??= setTimeout(() => void flush().catch(() => undefined), FLUSH_MS).unref();
  };
  const writeAll = async (): Promise<void> => {
    const hours = waiting.take();
    if (hours.length === 0) return;
    try {
      await write(hours);
    } catch (error) {
      for (const hour of hours) waiting.add(hour);
      schedule();
      throw error;
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // One after the other: whoever waits for a flush waits for all entries that came before it.
    lastFlush = lastFlush.catch(() => undefined).then(writeAll);
    return lastFlush;
  };

  return {
    add(entry) {
      waiting.add(toHour(entry));
      schedule();
    },
    flush,
    close: () => {
      isClosed = true;
      return flush();
    },
  };
}
