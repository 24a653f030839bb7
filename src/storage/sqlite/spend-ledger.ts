/** @module storage/sqlite/spend-ledger: the books in the database. */
import type { SpendLedger } from '../../contracts/spend.ts';
import { createGroupCommit } from '../group-commit.ts';
import { createLateHours } from '../late-hours.ts';
import { everyHour, toRefusal } from '../spend-rows.ts';
import { hoursOf, sumHours } from '../spend-sums.ts';
import { pruneStatements, recordStatement, reserveStatements, settleStatements, type SpendReads } from './spend-statements.ts';
import type { Writer } from './writer.ts';

export { prepareSpendReads } from './spend-statements.ts';

/** What the books stand on. */
export interface LedgerPorts {
  readonly run: Writer['run'];
  readonly read: <T>(query: (reads: SpendReads) => T) => T;
}

/** The books, and a way to have everything on disk. */
export interface SqliteLedger extends SpendLedger {
  /** Writes the entries on their way, for the last time. @throws AppError STORAGE_* */
  close(): Promise<void>;
}

/**
 * Reservations and bookings of calls that come together share one transaction and one flush of the
 * disk. Entries are added up in memory and written twice a second.
 */
export function createSqliteLedger({ run, read }: LedgerPorts): SqliteLedger {
  const commit = createGroupCommit(run);
  const late = createLateHours((hours) => run(hours.map(recordStatement)));
  const isPruning = everyHour();

  return {
    reserve: async (reservation) => {
      const { at, claims } = reservation;
      if (claims.length === 0) return undefined;
      const [, refusal] = await commit([...reserveStatements(reservation), ...(isPruning(at) ? pruneStatements(at) : [])]);
      return toRefusal(refusal?.rows[0], claims);
    },
    settle: async (id, used) => {
      await commit(settleStatements(id, used));
    },
    record: (entry) => late.add(entry),
    report: async (query) => {
      await late.flush();
      const { from, to } = hoursOf(query);
      return sumHours(
        read((reads) => reads.hours(from, to)),
        query,
      );
    },
    usage: (accounts, at) => read((reads) => reads.usage(accounts, at)),
    close: late.close,
  };
}
