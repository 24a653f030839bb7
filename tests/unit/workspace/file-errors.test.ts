import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { toFileError } from '../../../src/workspace/file-errors.ts';

const systemError = (code: string): Error => Object.assign(new Error(`${code}: something, open '/proc/self/fd/17/secret'`), { code });

describe('what the operating system says', () => {
  it.each([
    ['ENOENT', 'PATH_NOT_FOUND'],
    ['ENOTDIR', 'PATH_WRONG_KIND'],
    ['EISDIR', 'PATH_WRONG_KIND'],
    ['ELOOP', 'PATH_OUTSIDE'],
    ['ENAMETOOLONG', 'PATH_INVALID'],
    ['EACCES', 'PATH_FORBIDDEN'],
    ['EPERM', 'PATH_FORBIDDEN'],
    ['EROFS', 'PATH_FORBIDDEN'],
    ['ENOSPC', 'STORAGE_FULL'],
    ['EDQUOT', 'STORAGE_FULL'],
    ['EFBIG', 'FILE_TOO_LARGE'],
    ['EMFILE', 'OVERLOADED'],
    ['ENFILE', 'OVERLOADED'],
    ['EIO', 'WORKSPACE_UNAVAILABLE'],
    ['ESTALE', 'WORKSPACE_UNAVAILABLE'],
  ])('%s becomes %s, with the cause for the log and no path of the machine for the client', (errno, code) => {
    const error = toFileError(systemError(errno), 'src/a.ts');
    expect([error.code, (error.cause as { code: string }).code]).toEqual([code, errno]);
    expect(`${error.message} ${error.fix} ${JSON.stringify(error.data ?? {})}`).not.toMatch(/proc|secret/);
  });

  it("an error of the house stays what it is, and anything else is the disk's trouble", () => {
    const own = new AppError('PATH_OUTSIDE');
    expect(toFileError(own, 'a')).toBe(own);
    expect(toFileError('odd', 'a').code).toBe('WORKSPACE_UNAVAILABLE');
  });
});
