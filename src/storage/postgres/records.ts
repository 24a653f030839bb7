/** @module storage/postgres/records: records that expire, on the server that all nodes share. */
import type { RecordStore, StoredRecord } from '../../contracts/records.ts';
import { AppError } from '../../core/errors.ts';
import type { PostgresPorts } from './changes.ts';
import type { Row, Run } from './database.ts';
import { fromStored, toStored } from './text.ts';

const REPLACE = `INSERT INTO records (kind, id, value, family, alias, created_at, expires_at, consumed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, family = excluded.family, alias = excluded.alias,
    created_at = excluded.created_at, expires_at = excluded.expires_at, consumed_at = excluded.consumed_at`;
const NEWEST = 'ORDER BY created_at DESC, place DESC LIMIT';
const LIVE = '(expires_at IS NULL OR expires_at > $1)';

/** The RecordStore port. Every operation @throws AppError as the store does, STORAGE_CORRUPT for a damaged row */
export function createPostgresRecords({ database, lookout, change, ensureOpen }: PostgresPorts): RecordStore {
  const select = (sql: string, parameters: readonly unknown[]): Promise<readonly StoredRecord[]> => {
    ensureOpen();
    return database.query(sql, parameters).then((rows) => rows.map(toRecord));
  };
  const first = (sql: string, parameters: readonly unknown[]): Promise<StoredRecord | undefined> => select(sql, parameters).then(([record]) => record);
  const count = (sql: string, parameters: readonly unknown[]): Promise<number> => change('records', (run: Run) => rowsOf(run, sql, parameters));

  return {
    get: (kind, id, now) => first(`SELECT * FROM records WHERE kind = $2 AND id = $3 AND ${LIVE}`, [now, toStored(kind), toStored(id)]),
    findByAlias: (kind, alias, now) =>
      first(`SELECT * FROM records WHERE kind = $2 AND alias = $3 AND ${LIVE} ${NEWEST} 1`, [now, toStored(kind), toStored(alias)]),
    list: ({ kind, group, limit }, now) => {
      const family = group === undefined ? null : toStored(group);
      return select(`SELECT * FROM records WHERE kind = $2 AND ($3::text IS NULL OR family = $3) AND ${LIVE} ${NEWEST} $4`, [
        now,
        toStored(kind),
        family,
        limit,
      ]);
    },
    put: async (record) => {
      await count(`${REPLACE} RETURNING 1`, valuesOf(record));
    },
    insert: async (record, now) => (await count(`${REPLACE} WHERE records.expires_at <= $9 RETURNING 1`, [...valuesOf(record), now])) === 1,
    consume: async (kind, id, at) =>
      (await count(`UPDATE records SET consumed_at = $1 WHERE kind = $2 AND id = $3 AND consumed_at IS NULL AND ${LIVE} RETURNING 1`, [
        at,
        toStored(kind),
        toStored(id),
      ])) === 1,
    delete: async (kind, id) => (await count('DELETE FROM records WHERE kind = $1 AND id = $2 RETURNING 1', [toStored(kind), toStored(id)])) === 1,
    deleteGroup: (group, kind) =>
      count('DELETE FROM records WHERE family = $1 AND ($2::text IS NULL OR kind = $2) RETURNING 1', [
        toStored(group),
        kind === undefined ? null : toStored(kind),
      ]),
    prune: (now, limit) =>
      count('DELETE FROM records WHERE (kind, id) IN (SELECT kind, id FROM records WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING 1', [
        now,
        limit,
      ]),
    version: () => {
      ensureOpen();
      return lookout.version('records');
    },
  };
}

async function rowsOf(run: Run, sql: string, parameters: readonly unknown[]): Promise<number> {
  return (await run(sql, parameters)).length;
}

function valuesOf({ kind, id, value, group, alias, createdAt, expiresAt, consumedAt }: StoredRecord): readonly (string | number | null)[] {
  const optional = (text: string | null): string | null => (text === null ? null : toStored(text));
  return [toStored(kind), toStored(id), toStored(value), optional(group), optional(alias), createdAt, expiresAt, consumedAt];
}

function toRecord(row: Row): StoredRecord {
  const { kind, id, value, family, alias, created_at: createdAt, expires_at: expiresAt, consumed_at: consumedAt } = row;
  if (typeof kind !== 'string' || typeof id !== 'string' || typeof value !== 'string' || typeof createdAt !== 'number') {
    throw new AppError('STORAGE_CORRUPT', { message: 'A record in the state database is damaged.' });
  }
  return Object.freeze({
    kind: fromStored(kind),
    id: fromStored(id),
    value: fromStored(value),
    group: typeof family === 'string' ? fromStored(family) : null,
    alias: typeof alias === 'string' ? fromStored(alias) : null,
    createdAt,
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
    consumedAt: typeof consumedAt === 'number' ? consumedAt : null,
  });
}
