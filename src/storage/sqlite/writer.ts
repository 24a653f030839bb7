/** @module storage/sqlite/writer: how changes reach the file. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { toStorageError } from './faults.ts';

/** One statement of a transaction. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
  /** Whether its rows are wanted; it changes nothing then. */
  readonly isQuery?: boolean;
}

/** What a statement did. */
export interface StatementResult {
  /** Rows it changed. */
  readonly changes: number;
  /** Rows of a query; else none. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Runs transactions in the order they were handed in. */
export interface Writer {
  /**
   * All statements in one transaction, or none of them. Resolves with what each did, once the commit is flushed to the disk (it survives a power cut).
   *
   * @throws AppError STORAGE_*, DUPLICATE_NAME
   */
  run(statements: readonly Statement[]): Promise<readonly StatementResult[]>;
  /** Resolves when everything handed in has ended. */
  close(): Promise<void>;
}

/**
 * Writes on the caller's own connection and thread: for processes that live for one command, where
 * a thread costs more than waiting.
 */
export function createDirectWriter(database: DatabaseSync): Writer {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  database.exec('PRAGMA synchronous = FULL');

  return {
    run: async (statements) => {
      try {
        database.exec('BEGIN IMMEDIATE');
        const results = statements.map(({ sql, parameters, isQuery }) =>
          isQuery === true ? { changes: 0, rows: prepare(sql).all(...parameters) } : { changes: Number(prepare(sql).run(...parameters).changes), rows: [] },
        );
        database.exec('COMMIT');
        return results;
      } catch (error) {
        if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
        throw toStorageError(error);
      }
    },
    close: async () => undefined,
  };
}
