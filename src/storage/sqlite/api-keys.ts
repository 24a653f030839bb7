/** @module storage/sqlite/api-keys: API keys in the database. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ApiKeyRecord } from '../../contracts/store.ts';
import { KEY_COLUMNS, keyValues, toKeyRecord } from '../api-key-row.ts';
import type { Statement } from './writer.ts';

const INSERT = `INSERT INTO api_keys (${KEY_COLUMNS})`;
const PLACES = KEY_COLUMNS.replace(/\w+/g, '?');
const LIVE_PREDECESSOR = 'FROM api_keys WHERE id = ? AND revoked_at IS NULL';

/** Writes a new key. */
export function insertKey(key: ApiKeyRecord): readonly Statement[] {
  return [{ sql: `${INSERT} VALUES (${PLACES})`, parameters: keyValues(key) }];
}

/** Changes a row exactly when the id exists. */
export function revokeKey(id: string, atEpochMs: number): readonly Statement[] {
  return [{ sql: 'UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?', parameters: [atEpochMs, id] }];
}

/** The first statement changes a row exactly when the predecessor exists and is not revoked. */
export function rotateKey(successor: ApiKeyRecord, oldExpiresAtEpochMs: number): readonly Statement[] {
  return [
    { sql: `${INSERT} SELECT ${PLACES} ${LIVE_PREDECESSOR}`, parameters: [...keyValues(successor), successor.rotatedFrom] },
    {
      sql: 'UPDATE api_keys SET expires_at = min(coalesce(expires_at, ?), ?) WHERE id = ? AND revoked_at IS NULL',
      parameters: [oldExpiresAtEpochMs, oldExpiresAtEpochMs, successor.rotatedFrom],
    },
  ];
}

/** Prepared reads of one connection. */
export function prepareKeyReads(database: DatabaseSync): {
  readonly find: (id: string) => ApiKeyRecord | undefined;
  readonly list: () => readonly ApiKeyRecord[];
} {
  const findOne: StatementSync = database.prepare('SELECT * FROM api_keys WHERE id = ?');
  const findAll: StatementSync = database.prepare('SELECT * FROM api_keys ORDER BY created_at DESC, rowid DESC');
  return {
    find: (id) => {
      const row = findOne.get(id);
      return row && toKeyRecord(row);
    },
    list: () => findAll.all().map(toKeyRecord),
  };
}
