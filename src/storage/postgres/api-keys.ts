/** @module storage/postgres/api-keys: API keys on the server that all nodes share. */
import type { ApiKeyRecord, ApiKeyStore } from '../../contracts/store.ts';
import { KEY_COLUMNS, keyValues, toKeyRecord } from '../api-key-row.ts';
import type { PostgresPorts } from './changes.ts';
import type { PostgresDatabase, Row } from './database.ts';
import { fromStored, toStored } from './text.ts';

const PLACES = KEY_COLUMNS.split(', ')
  .map((_, at) => `$${at + 1}`)
  .join(', ');
const INSERT = `INSERT INTO api_keys (${KEY_COLUMNS}) VALUES (${PLACES})`;
const REVOKE = 'UPDATE api_keys SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2 RETURNING id';
const LIVE = 'SELECT id FROM api_keys WHERE id = $1 AND revoked_at IS NULL FOR UPDATE';
const EXPIRE = 'UPDATE api_keys SET expires_at = least(expires_at, $1::bigint) WHERE id = $2';
/** The keys of all nodes. */
export function createPostgresKeys({ database, lookout, change, ensureOpen }: PostgresPorts): ApiKeyStore {
  return {
    find: (id) => {
      ensureOpen();
      return findOne(database, id);
    },
    list: () => {
      ensureOpen();
      return findAll(database);
    },
    insert: async (record) => {
      await change('api_keys', async (run) => {
        await run(INSERT, storedValues(record));
        return true;
      });
    },
    revoke: (id, atEpochMs) => change('api_keys', async (run) => (await run(REVOKE, [atEpochMs, toStored(id)])).length > 0),
    rotate: (successor, oldExpiresAtEpochMs) =>
      change('api_keys', async (run) => {
        const old = toStored(successor.rotatedFrom ?? '');
        if ((await run(LIVE, [old])).length === 0) return false;
        await run(INSERT, storedValues(successor));
        await run(EXPIRE, [oldExpiresAtEpochMs, old]);
        return true;
      }),
    version: () => {
      ensureOpen();
      return lookout.version('api_keys');
    },
  };
}

async function findOne(database: PostgresDatabase, id: string): Promise<ApiKeyRecord | undefined> {
  const [row] = await database.query('SELECT * FROM api_keys WHERE id = $1', [toStored(id)]);
  return row && toRecord(row);
}

async function findAll(database: PostgresDatabase): Promise<readonly ApiKeyRecord[]> {
  return (await database.query('SELECT * FROM api_keys ORDER BY created_at DESC, place DESC', [])).map(toRecord);
}

function storedValues(record: ApiKeyRecord): readonly (string | number | null)[] {
  return keyValues(record).map((value) => (typeof value === 'string' ? toStored(value) : value));
}

function toRecord(row: Row): ApiKeyRecord {
  return toKeyRecord(Object.fromEntries(Object.entries(row).map(([column, value]) => [column, typeof value === 'string' ? fromStored(value) : value])));
}
