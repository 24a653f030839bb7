import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { joinPath, parsePath, splitAbsolute } from '../../../src/workspace/path-rules.ts';

const posix = { roots: [splitAbsolute('/srv/project', false), splitAbsolute('/private/srv/project', false)], isWindows: false };
const windows = { roots: [splitAbsolute('C:\\Work\\project', true)], isWindows: true };

function outcome(path: string, rules = posix): string {
  try {
    return joinPath(parsePath(path, rules));
  } catch (error) {
    if (AppError.is(error)) return error.code;
    throw error;
  }
}

describe('paths are normalized without touching the disk', () => {
  it.each([
    ['.', '.'],
    ['./', '.'],
    ['a', 'a'],
    ['./a//b/', 'a/b'],
    ['a/./b', 'a/b'],
    ['.hidden', '.hidden'],
    ['a..b', 'a..b'],
    ['..a', '..a'],
    ['a.', 'a.'],
    ['/srv/project', '.'],
    ['/srv/project/', '.'],
    ['/srv/project/src/x.ts', 'src/x.ts'],
    ['//srv/./project//x', 'x'],
    ['/private/srv/project/x', 'x'],
    ['~/x', '~/x'],
    ['%2e%2e/x', '%2e%2e/x'],
    ['C:x', 'C:x'],
    ['file:///etc/passwd', 'file:/etc/passwd'],
    ['nul', 'nul'],
    ['\uff0e\uff0e\uff0fetc', '\uff0e\uff0e\uff0fetc'],
    ['e\u0301', 'e\u0301'],
    ['\u00e9', '\u00e9'],
  ])('%j is %j', (path, expected) => {
    expect(outcome(path)).toBe(expected);
  });

  it.each([
    ['..', 'PATH_OUTSIDE'],
    ['a/../b', 'PATH_OUTSIDE'],
    ['/srv/project/../x', 'PATH_OUTSIDE'],
    ['/srv/projects/x', 'PATH_OUTSIDE'],
    ['/', 'PATH_OUTSIDE'],
    ['', 'PATH_INVALID'],
    ['a\0b', 'PATH_INVALID'],
    ['a\nb', 'PATH_INVALID'],
    ['a\u007f', 'PATH_INVALID'],
    ['a\u0085', 'PATH_INVALID'],
    ['a\u202egnp', 'PATH_INVALID'],
    ['a\ud800', 'PATH_INVALID'],
    ['a\\b', 'PATH_INVALID'],
    ['..\\b', 'PATH_INVALID'],
    ['...', 'PATH_INVALID'],
    ['.. /x', 'PATH_INVALID'],
    [' ', 'PATH_INVALID'],
  ])('%j is refused with %s', (path, code) => {
    expect(outcome(path)).toBe(code);
  });

  it('names and paths have a length, in bytes', () => {
    expect(outcome('x'.repeat(255))).toBe('x'.repeat(255));
    for (const path of ['x'.repeat(256), 'é'.repeat(128), 'a/'.repeat(2100), 'a/'.repeat(129)]) expect(outcome(path)).toBe('PATH_INVALID');
  });

  it.each([
    ['src\\main.ts', 'src/main.ts'],
    ['c:\\work\\PROJECT\\a', 'a'],
    ['C:/Work/project', '.'],
    ['..\\x', 'PATH_OUTSIDE'],
    ['C:\\Windows\\x', 'PATH_OUTSIDE'],
    ['C:x', 'PATH_OUTSIDE'],
    ['\\\\server\\share\\x', 'PATH_OUTSIDE'],
    ['\\\\?\\C:\\x', 'PATH_OUTSIDE'],
    ['x/a:stream', 'PATH_INVALID'],
    ['NUL', 'PATH_INVALID'],
    ['com1.txt', 'PATH_INVALID'],
    ['a.', 'PATH_INVALID'],
    ['a ', 'PATH_INVALID'],
    ['console', 'console'],
  ])('on Windows %j is %j', (path, expected) => {
    expect(outcome(path, windows)).toBe(expected);
  });

  it('a result never holds `..`, an empty name or a separator of the other kind, and is its own normal form', () => {
    const piece = fc.constantFrom('..', '.', '', 'a', 'b c', '\\', '/', '~', '%2e', '\uff0e\uff0e', '\0', 'srv', 'project', '...');
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), fc.constantFrom('', '/', '//', '/srv/project/'), (pieces, start) => {
        const path = start + pieces.join('/');
        const result = outcome(path);
        if (result.startsWith('PATH_')) return;
        expect(result.split('/').some((name) => name === '..' || name === '' || name.includes('\\'))).toBe(false);
        expect(outcome(result)).toBe(result);
      }),
      { numRuns: 5000 },
    );
  });
});
