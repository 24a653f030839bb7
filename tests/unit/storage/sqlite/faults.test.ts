import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/core/errors.ts';
import { isBusy, toStorageError } from '../../../../src/storage/sqlite/faults.ts';

describe('what SQLite reports', () => {
  it.each([
    [5, 'STORAGE_UNAVAILABLE'],
    [517, 'STORAGE_UNAVAILABLE'],
    [6, 'STORAGE_UNAVAILABLE'],
    [8, 'STORAGE_UNAVAILABLE'],
    [1032, 'STORAGE_UNAVAILABLE'],
    [10, 'STORAGE_UNAVAILABLE'],
    [11, 'STORAGE_CORRUPT'],
    [26, 'STORAGE_CORRUPT'],
    [13, 'STORAGE_FULL'],
    [14, 'STORAGE_UNAVAILABLE'],
    [1555, 'DUPLICATE_NAME'],
    [2067, 'DUPLICATE_NAME'],
    [275, 'STORAGE_UNAVAILABLE'],
    [1, 'STORAGE_UNAVAILABLE'],
  ])('with the code %i is %s, without its own text', (errcode, code) => {
    const cause = Object.assign(new Error('near "secret": /root/x'), { code: 'ERR_SQLITE_ERROR', errcode });
    const error = toStorageError(cause);
    expect(error).toMatchObject({ code, cause });
    expect(error.message).not.toMatch(/secret|root/);
    expect(isBusy(cause)).toBe((errcode & 0xff) === 5);
  });

  it('beside it: a full disk, anything unknown, and what was typed already', () => {
    expect(toStorageError(Object.assign(new Error(), { code: 'ENOSPC' })).code).toBe('STORAGE_FULL');
    for (const value of [new Error('x'), 'text', null, undefined, { errcode: 'x' }]) expect(toStorageError(value).code).toBe('STORAGE_UNAVAILABLE');
    const typed = new AppError('STORAGE_SCHEMA');
    expect(toStorageError(typed)).toBe(typed);
  });
});
