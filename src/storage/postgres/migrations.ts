/** @module storage/postgres/migrations: the schema, one step per release that changed it. */
import { AppError } from '../../core/errors.ts';
import type { Run } from './database.ts';
import { RATES } from './rates-schema.ts';

/** Any constant: nodes that migrate at once wait for each other on it. */
const LOCK = 7_239_114_002;

/**
 * Step n brings the schema from version n to n + 1. Steps are only ever added: a released one is never edited. Names are
 * not qualified: every connection's search_path is the gateway's own schema.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE api_keys (
    place bigint GENERATED ALWAYS AS IDENTITY,
    id text PRIMARY KEY,
    hash text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('user', 'service')),
    roles text NOT NULL,
    scopes text,
    tenant text,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    rotated_from text,
    models text,
    budgets text NOT NULL,
    budgets_of text NOT NULL
  );
  CREATE TABLE probe (id int PRIMARY KEY CHECK (id = 1), value text NOT NULL);
  CREATE TABLE versions (name text PRIMARY KEY, version bigint NOT NULL);
  INSERT INTO versions VALUES ('api_keys', 0), ('kill', 0), ('records', 0), ('revocations', 0);
  CREATE TABLE budget_use (
    account text NOT NULL,
    unit text NOT NULL,
    span text NOT NULL,
    starts bigint NOT NULL,
    ends bigint NOT NULL,
    used bigint NOT NULL,
    PRIMARY KEY (account, unit, span, starts)
  );
  CREATE INDEX budget_use_by_end ON budget_use (ends);
  CREATE TABLE budget_holds (
    id text NOT NULL,
    account text NOT NULL,
    unit text NOT NULL,
    span text NOT NULL,
    starts bigint NOT NULL,
    ends bigint NOT NULL,
    amount bigint NOT NULL,
    expires bigint NOT NULL,
    PRIMARY KEY (id, account, unit, span)
  );
  CREATE INDEX budget_holds_by_place ON budget_holds (account, unit, span, starts);
  CREATE INDEX budget_holds_by_end ON budget_holds (expires);
  CREATE TABLE spend_hours (
    hour bigint NOT NULL,
    principal text NOT NULL,
    tenant text NOT NULL,
    target text NOT NULL,
    requests bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micro_usd bigint NOT NULL,
    unpriced bigint NOT NULL,
    unmeasured bigint NOT NULL,
    estimated bigint NOT NULL,
    PRIMARY KEY (hour, principal, tenant, target)
  );
  CREATE TABLE records (
    place bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    id text NOT NULL,
    value text NOT NULL,
    family text,
    alias text,
    created_at bigint NOT NULL,
    expires_at bigint,
    consumed_at bigint,
    PRIMARY KEY (kind, id)
  );
  CREATE INDEX records_by_family ON records (family) WHERE family IS NOT NULL;
  CREATE INDEX records_by_alias ON records (kind, alias) WHERE alias IS NOT NULL;
  CREATE INDEX records_by_end ON records (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE tasks (
    id text PRIMARY KEY,
    principal text NOT NULL,
    owner text NOT NULL,
    lease bigint,
    expires bigint NOT NULL,
    chars bigint NOT NULL,
    body text NOT NULL
  );
  CREATE INDEX tasks_by_principal ON tasks (principal);
  CREATE INDEX tasks_by_owner ON tasks (owner) WHERE lease IS NOT NULL;
  CREATE INDEX tasks_by_end ON tasks (expires);
  CREATE TABLE task_wishes (place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, task text NOT NULL REFERENCES tasks (id) ON DELETE CASCADE, text text NOT NULL);
  CREATE TABLE kill_entries (id text PRIMARY KEY, scope text, name text, reason text, at bigint, lifted_at bigint);
  CREATE TABLE revocations (
    place bigint GENERATED ALWAYS AS IDENTITY,
    subject text PRIMARY KEY,
    revoked_at bigint NOT NULL,
    expires_at bigint,
    reason text
  );`,
  RATES,
  'ALTER TABLE api_keys ADD COLUMN profiles text;',
];

/**
 * Brings the schema up to date, all steps in one transaction. Of several nodes one does the work and the others wait for
 * it. A schema that is current costs one read.
 *
 * @param run statements of one transaction that has begun
 * @throws AppError STORAGE_SCHEMA when the schema is of a newer version; PostgreSQL's errors as they are
 */
export async function migrate(run: Run, schema: string, migrations: readonly string[] = MIGRATIONS): Promise<void> {
  if ((await versionOf(run, schema)) === migrations.length) return;
  await run('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  // Another node may have migrated while this one waited for the lock.
  const version = await versionOf(run, schema);
  if (version > migrations.length) throw new AppError('STORAGE_SCHEMA', { data: { found: version, supported: migrations.length } });
  if (version === migrations.length) return;
  // The name was checked to be a plain one.
  if (version === 0) await run(`CREATE SCHEMA IF NOT EXISTS ${schema}`, []);
  if (version === 0) await run('CREATE TABLE schema_version (version int NOT NULL)', []);
  if (version === 0) await run('INSERT INTO schema_version VALUES (0)', []);
  for (const step of migrations.slice(version)) await run(step, []);
  await run('UPDATE schema_version SET version = $1', [migrations.length]);
}

async function versionOf(run: Run, schema: string): Promise<number> {
  // Not to_regclass: it may answer from a cache that the wait for the lock did not renew.
  const tables = await run(
    'SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2',
    [schema, 'schema_version'],
  );
  if (tables.length === 0) return 0;
  const [row] = await run('SELECT version FROM schema_version', []);
  return Number(row?.['version'] ?? 0);
}
