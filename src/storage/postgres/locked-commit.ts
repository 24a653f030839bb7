/** @module storage/postgres/locked-commit: transactions that run one after the other on all nodes. */
import { createGroupCommit, type Commit } from '../group-commit.ts';
import type { PostgresDatabase, Row } from './database.ts';

/** A statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** The rows of each statement. One transaction of all nodes runs at a time with this lock; see createGroupCommit. @throws AppError STORAGE_* */
export function createLockedCommit(database: Pick<PostgresDatabase, 'transaction'>, lock: number): Commit<Statement, readonly Row[]> {
  return createGroupCommit((statements) =>
    database.transaction(async (run) => {
      await run('SELECT pg_advisory_xact_lock($1)', [lock]);
      const rows: (readonly Row[])[] = [];
      for (const { sql, parameters } of statements) rows.push(await run(sql, parameters));
      return rows;
    }),
  );
}
