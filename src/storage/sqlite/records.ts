/** @module storage/sqlite/records: records that expire, in the database. */
import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors.ts';
import type { RecordQuery, RecordStore, StoredRecord } from '../../contracts/records.ts';
import type { Statement, StatementResult } from './writer.ts';

type Row = Readonly<Record<string, unknown>>;

/** How the records reach their database. */
export interface RecordAccess {
  readonly run: (statements: readonly Statement[]) => Promise<readonly StatementResult[]>;
  readonly read: <T>(query: (reads: ReturnType<typeof prepareRecordReads>) => T) => T;
  readonly version: { readonly current: () => number; readonly bump: () => void };
}

const COLUMNS = '(kind, id, value, family, alias, created_at, expires_at, consumed_at)';
const INSERT = `INSERT INTO records ${COLUMNS} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const REPLACE = `${INSERT} ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, family = excluded.family, alias = excluded.alias,
  created_at = excluded.created_at, expires_at = excluded.expires_at, consumed_at = excluded.consumed_at`;
const IS_LIVE = '(expires_at IS NULL OR expires_at > ?)';
const NEWEST = 'ORDER BY created_at DESC, rowid DESC LIMIT ?';

/** Prepared reads of one connection. */
export function prepareRecordReads(database: DatabaseSync): {
  readonly get: (kind: string, id: string, now: number) => StoredRecord | undefined;
  readonly findByAlias: (kind: string, alias: string, now: number) => StoredRecord | undefined;
  readonly list: (query: RecordQuery, now: number) => readonly StoredRecord[];
} {
  const one = database.prepare(`SELECT * FROM records WHERE kind = ? AND id = ? AND ${IS_LIVE}`);
  const named = database.prepare(`SELECT * FROM records WHERE kind = ? AND alias = ? AND ${IS_LIVE} ${NEWEST}`);
  const ofKind = database.prepare(`SELECT * FROM records WHERE kind = ? AND ${IS_LIVE} ${NEWEST}`);
  const ofGroup = database.prepare(`SELECT * FROM records WHERE family = ? AND kind = ? AND ${IS_LIVE} ${NEWEST}`);
  const first = (row: Row | undefined): StoredRecord | undefined => row && toRecord(row);
  return {
    get: (kind, id, now) => first(one.get(kind, id, now)),
    findByAlias: (kind, alias, now) => first(named.get(kind, alias, now, 1)),
    list: ({ kind, group, limit }, now) => (group === undefined ? ofKind.all(kind, now, limit) : ofGroup.all(group, kind, now, limit)).map(toRecord),
  };
}

/** The RecordStore port on one table. Every operation @throws AppError as the store does, STORAGE_CORRUPT for a damaged row */
export function createSqliteRecords({ run, read, version }: RecordAccess): RecordStore {
  const change = async (statement: Statement): Promise<number> => {
    try {
      return (await run([statement]))[0]?.changes ?? 0;
    } finally {
      // Also after a failure: a commit whose answer was lost may have happened.
      version.bump();
    }
  };
  return {
    get: (kind, id, now) => read((reads) => reads.get(kind, id, now)),
    findByAlias: (kind, alias, now) => read((reads) => reads.findByAlias(kind, alias, now)),
    list: (query, now) => read((reads) => reads.list(query, now)),
    put: async (record) => {
      await change({ sql: REPLACE, parameters: valuesOf(record) });
    },
    insert: async (record, now) => (await change({ sql: `${REPLACE} WHERE records.expires_at <= ?`, parameters: [...valuesOf(record), now] })) === 1,
    consume: async (kind, id, at) => {
      const sql = `UPDATE records SET consumed_at = ? WHERE kind = ? AND id = ? AND consumed_at IS NULL AND ${IS_LIVE}`;
      return (await change({ sql, parameters: [at, kind, id, at] })) === 1;
    },
    delete: async (kind, id) => (await change({ sql: 'DELETE FROM records WHERE kind = ? AND id = ?', parameters: [kind, id] })) === 1,
    deleteGroup: async (group, kind) =>
      await change(
        kind === undefined
          ? { sql: 'DELETE FROM records WHERE family = ?', parameters: [group] }
          : { sql: 'DELETE FROM records WHERE family = ? AND kind = ?', parameters: [group, kind] },
      ),
    prune: async (now, limit) =>
      await change({ sql: 'DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires_at <= ? LIMIT ?)', parameters: [now, limit] }),
    version: version.current,
  };
}

function valuesOf({ kind, id, value, group, alias, createdAt, expiresAt, consumedAt }: StoredRecord): Statement['parameters'] {
  return [kind, id, value, group, alias, createdAt, expiresAt, consumedAt];
}

function toRecord(row: Row): StoredRecord {
  const { kind, id, value, family: group, alias, created_at: createdAt, expires_at: expiresAt, consumed_at: consumedAt } = row;
  if (
    typeof kind !== 'string' ||
    typeof id !== 'string' ||
    typeof value !== 'string' ||
    !isTextOrNull(group) ||
    !isTextOrNull(alias) ||
    typeof createdAt !== 'number' ||
    !isNumberOrNull(expiresAt) ||
    !isNumberOrNull(consumedAt)
  )
    throw new AppError('STORAGE_CORRUPT', { message: 'A record in the state database is damaged.' });
  return Object.freeze({ kind, id, value, group, alias, createdAt, expiresAt, consumedAt });
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';
const isNumberOrNull = (value: unknown): value is number | null => value === null || typeof value === 'number';
