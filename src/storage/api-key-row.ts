/** @module storage/api-key-row: an API key as a row of a database, checked when it comes back. */
import { AppError } from '../core/errors.ts';
import { isBudget } from '../contracts/budget-text.ts';
import type { Budget } from '../contracts/spend.ts';
import type { ApiKeyRecord } from '../contracts/store.ts';

type Row = Readonly<Record<string, unknown>>;

/** Columns in the order of `keyValues`. */
export const KEY_COLUMNS =
  'id, hash, name, kind, roles, scopes, tenant, created_at, expires_at, revoked_at, rotated_from, models, profiles, budgets, budgets_of';

/** What stands in the columns; lists as JSON. */
export function keyValues(key: ApiKeyRecord): readonly (string | number | null)[] {
  return [
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
    key.profiles === null ? null : JSON.stringify(key.profiles),
    JSON.stringify(key.budgets),
    key.budgetsOf,
  ];
}

/** The key of a row, frozen. @throws AppError STORAGE_CORRUPT: a damaged field must not be mistaken for "no restriction" */
export function toKeyRecord(row: Row): ApiKeyRecord {
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
    profiles: row['profiles'] === null ? null : texts(text(row, 'profiles')),
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
  throw damaged('roles, scopes, models or profiles');
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
