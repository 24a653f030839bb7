/** @module storage/sqlite/migrations: the schema, one step per release that changed it. */
import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors.ts';

/**
 * Step n brings the schema from version n to n + 1 (`PRAGMA user_version`). Steps are only ever
 * added: a released one is never edited.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'service')),
    roles TEXT NOT NULL,
    scopes TEXT,
    tenant TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    rotated_from TEXT
  ) STRICT;
  CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL) STRICT;`,
  `ALTER TABLE api_keys ADD COLUMN models TEXT;
  ALTER TABLE api_keys ADD COLUMN budgets TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE api_keys ADD COLUMN budgets_of TEXT NOT NULL DEFAULT '';
  UPDATE api_keys SET budgets_of = id;
  CREATE TABLE budget_use (
    account TEXT NOT NULL,
    unit TEXT NOT NULL,
    span TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (account, unit, span, starts)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE budget_holds (
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    unit TEXT NOT NULL,
    span TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (id, account, unit, span)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX budget_holds_by_place ON budget_holds (account, unit, span, starts, expires, amount);
  CREATE TABLE spend_hours (
    hour INTEGER NOT NULL,
    principal TEXT NOT NULL,
    tenant TEXT NOT NULL,
    target TEXT NOT NULL,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    unmeasured INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    PRIMARY KEY (hour, principal, tenant, target)
  ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE records (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    value TEXT NOT NULL,
    family TEXT,
    alias TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    consumed_at INTEGER,
    PRIMARY KEY (kind, id)
  ) STRICT;
  CREATE INDEX records_by_family ON records (family) WHERE family IS NOT NULL;
  CREATE INDEX records_by_alias ON records (kind, alias) WHERE alias IS NOT NULL;
  CREATE INDEX records_by_end ON records (expires_at) WHERE expires_at IS NOT NULL;`,
  `CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    owner TEXT NOT NULL,
    lease INTEGER,
    expires INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX tasks_by_principal ON tasks (principal);
  CREATE INDEX tasks_by_owner ON tasks (owner) WHERE lease IS NOT NULL;
  CREATE INDEX tasks_by_end ON tasks (expires);
  CREATE TABLE task_wishes (place INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT NOT NULL, text TEXT NOT NULL) STRICT;`,
  `CREATE TABLE revocations (
    subject TEXT PRIMARY KEY,
    revoked_at INTEGER NOT NULL,
    expires_at INTEGER,
    reason TEXT
  ) STRICT;`,
  'ALTER TABLE api_keys ADD COLUMN profiles TEXT;',
];

function schemaVersion(database: DatabaseSync): number {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  return typeof version === 'number' ? version : 0;
}

/**
 * Brings the schema up to date, all steps in one transaction. Of several processes one does the
 * work and the others wait for it.
 *
 * @throws AppError STORAGE_SCHEMA when the file is of a newer version; SQLite's errors as they are
 */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  if (isCurrent(database, migrations)) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have migrated while this one waited for the lock.
    if (!isCurrent(database, migrations)) {
      for (const step of migrations.slice(schemaVersion(database))) database.exec(step);
      database.exec(`PRAGMA user_version = ${migrations.length}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function isCurrent(database: DatabaseSync, migrations: readonly string[]): boolean {
  const version = schemaVersion(database);
  if (version > migrations.length) {
    throw new AppError('STORAGE_SCHEMA', { data: { found: version, supported: migrations.length } });
  }
  return version === migrations.length;
}
