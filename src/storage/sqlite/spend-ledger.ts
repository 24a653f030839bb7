/** @module storage/sqlite/spend-ledger: the books in the database. */
import type { BudgetClaim, BudgetRefusal, SpendLedger } from '../../contracts/spend.ts';
import { hoursOf, SpendHours, sumHours, toHour } from '../spend-sums.ts';
import { createGroupCommit } from './group-commit.ts';
import { pruneStatements, recordStatement, reserveStatements, settleStatements, type SpendReads } from './spend-statements.ts';
import type { StatementResult, Writer } from './writer.ts';

export { prepareSpendReads } from './spend-statements.ts';

const FLUSH_MS = 500;
const PRUNE_MS = 3_600_000;

/** What the books stand on. */
export interface LedgerPorts {
  readonly run: Writer['run'];
  readonly read: <T>(query: (reads: SpendReads) => T) => T;
}

/** The books, and a way to have everything on disk. */
export interface SqliteLedger extends SpendLedger {
  /** Writes the entries on their way. @throws AppError STORAGE_*; they are kept then */
  flush(): Promise<void>;
}

/**
 * Reservations and bookings of calls that come together share one transaction and one flush of the
 * disk. Entries are added up in memory and written twice a second.
 */
export function createSqliteLedger({ run, read }: LedgerPorts): SqliteLedger {
  const commit = createGroupCommit(run);
  const waiting = new SpendHours();
  let timer: NodeJS.Timeout | undefined;
  let prunedAt = 0;

  let lastFlush: Promise<void> = Promise.resolve();

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // One after the other: whoever waits for a flush waits for all entries that came before it.
    lastFlush = lastFlush.catch(() => undefined).then(write);
    return lastFlush;
  };
  const write = async (): Promise<void> => {
    const hours = waiting.take();
    if (hours.length === 0) return;
    try {
      await run(hours.map(recordStatement));
    } catch (error) {
      for (const hour of hours) waiting.add(hour);
      schedule();
      throw error;
    }
  };
  const schedule = (): void => {
    timer ??= setTimeout(() => void flush().catch(() => undefined), FLUSH_MS).unref();
  };

  return {
    reserve: async (reservation) => {
      const { at, claims } = reservation;
      if (claims.length === 0) return undefined;
      const isPruning = Math.abs(at - prunedAt) >= PRUNE_MS;
      if (isPruning) prunedAt = at;
      const [, refusal] = await commit([...reserveStatements(reservation), ...(isPruning ? pruneStatements(at) : [])]);
      return toRefusal(refusal, claims);
    },
    settle: async (id, used) => {
      await commit(settleStatements(id, used));
    },
    record: (entry) => {
      waiting.add(toHour(entry));
      schedule();
    },
    report: async (query) => {
      await flush();
      const { from, to } = hoursOf(query);
      return sumHours(
        read((reads) => reads.hours(from, to)),
        query,
      );
    },
    usage: (accounts, at) => read((reads) => reads.usage(accounts, at)),
    flush,
  };
}

function toRefusal(result: StatementResult | undefined, claims: readonly BudgetClaim[]): BudgetRefusal | undefined {
  const row = result?.rows[0];
  const claim = row && claims[Number(row['place'])];
  return claim && { claim, used: Number(row['used']), reserved: Number(row['held']) };
}
