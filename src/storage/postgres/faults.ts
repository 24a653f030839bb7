/** @module storage/postgres/faults: what PostgreSQL's errors mean to the rest of the house. */
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { systemCode } from '../../core/private-file.ts';

/** A code of five characters, or its class of two. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const FAULTS: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  '23505': ['DUPLICATE_NAME', 'The state already holds an entry with this id.'],
  '25006': ['STORAGE_UNAVAILABLE', 'The PostgreSQL server takes no writes (it is a replica, or read-only).'],
  '28': ['STORAGE_UNAVAILABLE', 'The PostgreSQL server refuses the user or the password.'],
  '3D': ['STORAGE_UNAVAILABLE', 'The PostgreSQL server has no database of this name.'],
  '42501': ['STORAGE_UNAVAILABLE', 'The PostgreSQL user may not do this; it needs its own schema, or CREATE on the database.'],
  '53100': ['STORAGE_FULL', 'The disk of the PostgreSQL server is full.'],
  '53300': ['STORAGE_UNAVAILABLE', 'The PostgreSQL server takes no more connections.'],
  '57014': ['STORAGE_UNAVAILABLE', 'The PostgreSQL server took too long.'],
  '55P03': ['STORAGE_UNAVAILABLE', 'Another connection held a lock for too long.'],
  '57': ['STORAGE_UNAVAILABLE', 'The PostgreSQL server is starting or stopping.'],
  XX: ['STORAGE_CORRUPT', 'The PostgreSQL server reports damaged data.'],
};
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Whether the connection can be used again: the server has answered, and nothing but the statement failed. */
export function isOfStatement(error: unknown): boolean {
  const code = systemCode(error);
  return (
    SQLSTATE.test(code) &&
    !code.startsWith('08') &&
    !code.startsWith('57P') &&
    typeof error === 'object' &&
    error !== null &&
    'severity' in error &&
    error.severity === 'ERROR'
  );
}

/** The error as callers of the store see it: STORAGE_*, DUPLICATE_NAME or CONFIG_INVALID. Holds no address and no password. */
export function toPostgresError(error: unknown): AppError {
  if (AppError.is(error)) return error;
  const code = systemCode(error);
  const known = SQLSTATE.test(code) ? (FAULTS[code] ?? FAULTS[code.slice(0, 2)]) : undefined;
  if (known) return new AppError(known[0], { message: known[1], cause: error });
  return new AppError('STORAGE_UNAVAILABLE', { message: `The PostgreSQL server cannot be used: ${describe(code, error)}.`, fix: FIX, cause: error });
}

const FIX = 'Check storage.url and that the server runs; `switchyard doctor` says more. Calls go on by themselves when it is back.';

const CONDITIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens at its address',
  ENOTFOUND: 'the name of its host is not known',
  ETIMEDOUT: 'no answer in time',
};

/** In words, without addresses. The driver's own errors have no code. */
function describe(code: string, error: unknown): string {
  if (SQLSTATE.test(code)) return `it answers ${code}`;
  const text = error instanceof Error ? error.message : '';
  if (/timeout/i.test(text)) return 'no answer in time';
  if (/certificate|TLS|SSL/i.test(text)) return 'TLS cannot be agreed on';
  return CONDITIONS[code] ?? 'the connection ended';
}
