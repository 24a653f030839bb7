/** @module storage/sqlite/api-keys: API keys in the database. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { AppError } from '../../core/errors.ts';
import { isBudget } from '../../contracts/budget-text.ts';
import type { Budget } from '../../contracts/spend.ts';
import type { ApiKeyRecord } from '../../contracts/store.ts';
import type { Statement } from './writer.ts';

type Row = Record<string, unknown>;

const INSERT = `INSERT INTO api_keys (id, hash, name, kind, roles, scopes, tenant, created_at, expires_at, revoked_at, rotated_from, models, budgets, budgets_of)`;
const LIVE_PREDECESSOR = 'FROM api_keys WHERE id = ? AND revoked_at IS NULL';

const valuesOf = (key: ApiKeyRecord): readonly SQLInputValue[] => [
  key.id,
  key.hash,
  key.name,
  key.kind,
  JSON.stringify(key.roles),
  key.scopes === null ? null : JSON.stringify(key.scopes),
  key.tenant,
  key.createdAt,
  key.expiresAt,
  key.revokedAt,
  key.rotatedFrom,
  key.models === null ? null : JSON.stringify(key.models),
  JSON.stringify(key.budgets),
  key.budgetsOf,
];

/** Writes a new key. */
export function insertKey(key: ApiKeyRecord): readonly Statement[] {
  return [{ sql: `${INSERT} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, parameters: valuesOf(key) }];
}

/** Changes a row exactly when the id exists. */
export function revokeKey(id: string, atEpochMs: number): readonly Statement[] {
  return [{ sql: 'UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?', parameters: [atEpochMs, id] }];
}

/** The first statement changes a row exactly when the predecessor exists and is not revoked. */
export function rotateKey(successor: ApiKeyRecord, oldExpiresAtEpochMs: number): readonly Statement[] {
  return [
    { sql: `${INSERT} SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? ${LIVE_PREDECESSOR}`, parameters: [...valuesOf(successor), successor.rotatedFrom] },
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
      return row && toRecord(row);
    },
    list: () => findAll.all().map(toRecord),
  };
}

function toRecord(row: Row): ApiKeyRecord {
  return Object.freeze({
    id: text(row, 'id'),
    hash: text(row, 'hash'),
    name: text(row, 'name'),
    kind: row['kind'] === 'service' ? 'service' : 'user',
    roles: texts(text(row, 'roles')),
    scopes: row['scopes'] === null ? null : texts(text(row, 'scopes')),
    tenant: row['tenant'] === null ? null : text(row, 'tenant'),
    createdAt: time(row, 'created_at') ?? 0,
    expiresAt: time(row, 'expires_at'),
    revokedAt: time(row, 'revoked_at'),
    rotatedFrom: row['rotated_from'] === null ? null : text(row, 'rotated_from'),
    models: row['models'] === null ? null : texts(text(row, 'models')),
    budgets: budgets(text(row, 'budgets')),
    budgetsOf: text(row, 'budgets_of'),
  });
}

const damaged = (column: string): AppError => new AppError('STORAGE_CORRUPT', { message: `An API key in the state database has a damaged field ${column}.` });

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged(column);
  return value;
}

function time(row: Row, column: string): number | null {
  const value = row[column];
  if (value !== null && typeof value !== 'number') throw damaged(column);
  return value;
}

/** A list of names; anything else must not be mistaken for "no restriction". */
function texts(json: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return Object.freeze(value);
  } catch {
    /* falls through to the same answer */
  }
  throw damaged('roles, scopes or models');
}

/** A damaged budget must not be mistaken for none. */
function budgets(json: string): readonly Budget[] {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value) && value.every(isBudget)) return Object.freeze(value);
  } catch {
    /* falls through to the same answer */
  }
  throw damaged('budgets');
}
