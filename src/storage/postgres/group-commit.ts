/** @module storage/postgres/group-commit: changes that come together share one transaction. */
import type { PostgresDatabase, Row } from './database.ts';

const MAX_MEMBERS = 256;

/** A statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}
interface Member {
  readonly statements: readonly Statement[];
  readonly resolve: (results: readonly (readonly Row[])[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gives the rows of each statement. One transaction of this node runs at a time, and one of all nodes with this lock; what is handed in meanwhile goes together
 * into the next, in its order. Each is all or nothing with the others of its transaction: hand in only what fails with the
 * storage and not for reasons of its own.
 *
 * @throws AppError STORAGE_*
 */
export function createGroupCommit(
  database: Pick<PostgresDatabase, 'transaction'>,
  lock: number,
): (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]> {
  let waiting: Member[] = [];
  let isBusy = false;

  const commit = async (group: readonly Member[]): Promise<void> => {
    try {
      const results = await database.transaction(async (run) => {
        await run('SELECT pg_advisory_xact_lock($1)', [lock]);
        const rows: (readonly Row[])[] = [];
        for (const { sql, parameters } of group.flatMap(({ statements }) => statements)) rows.push(await run(sql, parameters));
        return rows;
      });
      let next = 0;
      for (const { statements, resolve } of group) {
        resolve(results.slice(next, next + statements.length));
        next += statements.length;
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, MAX_MEMBERS);
      waiting = waiting.slice(MAX_MEMBERS);
      await commit(group);
    }
    isBusy = false;
  };

  return (statements) =>
    new Promise((resolve, reject) => {
      waiting.push({ statements, resolve, reject });
      if (isBusy) return;
      isBusy = true;
      queueMicrotask(() => void work());
    });
}
