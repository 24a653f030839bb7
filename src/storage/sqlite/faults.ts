/** @module storage/sqlite/faults: what SQLite's errors mean to the rest of the house. */
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { systemCode } from '../../core/private-file.ts';

/** Primary result codes. @see https://www.sqlite.org/rescode.html */
const FAULTS: Readonly<Record<number, readonly [code: ErrorCode, message: string]>> = {
  5: ['STORAGE_UNAVAILABLE', 'The state database is locked by another process.'],
  6: ['STORAGE_UNAVAILABLE', 'The state database is locked by another connection.'],
  8: ['STORAGE_UNAVAILABLE', 'The state database can only be read.'],
  10: ['STORAGE_UNAVAILABLE', 'The disk failed while the state database was used.'],
  11: ['STORAGE_CORRUPT', 'The state database is damaged.'],
  13: ['STORAGE_FULL', 'The disk that holds the state database is full.'],
  14: ['STORAGE_UNAVAILABLE', 'The state database cannot be opened; its folder must be writable.'],
  26: ['STORAGE_CORRUPT', 'The file of the state database is not a database.'],
};

/** Extended codes of a violated PRIMARY KEY or UNIQUE constraint. */
const DUPLICATES: ReadonlySet<number> = new Set([1555, 2067]);

/** Whether another connection holds the lock that was wanted. */
export function isBusy(error: unknown): boolean {
  return (resultCode(error) & 0xff) === 5;
}

/** SQLite's extended code of an error that node:sqlite threw, also after it crossed a thread; 0 = none. */
function resultCode(error: unknown): number {
  return typeof error === 'object' && error !== null && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0;
}

/** The error as callers of the store see it: STORAGE_*, HOME_INSECURE or DUPLICATE_NAME. */
export function toStorageError(error: unknown): AppError {
  if (AppError.is(error)) return error;
  const result = resultCode(error);
  if (DUPLICATES.has(result)) return new AppError('DUPLICATE_NAME', { message: 'The state already holds an entry with this id.', cause: error });
  const known = FAULTS[result & 0xff];
  if (known) return new AppError(known[0], { message: known[1], cause: error });
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('STORAGE_FULL', { cause: error });
  return new AppError('STORAGE_UNAVAILABLE', { cause: error });
}
