import { describe, expect, it } from 'vitest';
import { createOutput, type Output, type Streams } from '../../../src/cli/output.ts';
import { AppError } from '../../../src/core/errors.ts';

function capture(
  isJson: boolean,
  { isTTY = false, env = {} }: { readonly isTTY?: boolean; readonly env?: Streams['env'] } = {},
): { output: Output; out: () => string; err: () => string } {
  const written = { out: '', err: '' };
  const output = createOutput(isJson, {
    stdout: {
      isTTY,
      write: (text) => {
        written.out += text;
      },
    },
    stderr: {
      isTTY,
      write: (text) => {
        written.err += text;
      },
    },
    env,
  });
  return { output, out: () => written.out, err: () => written.err };
}

describe('the output of a command', () => {
  it('C1.h is coloured on a terminal only, and not with NO_COLOR or --json', () => {
    expect(capture(false, { isTTY: true }).output.style('red', 'x')).toBe('\u001b[31mx\u001b[0m');
    for (const { output } of [capture(false), capture(true, { isTTY: true }), capture(false, { isTTY: true, env: { NO_COLOR: '1' } })])
      expect(output.style('red', 'x')).toBe('x');
    // An empty variable is none. https://no-color.org
    expect(capture(false, { isTTY: true, env: { NO_COLOR: '' } }).output.style('red', 'x')).not.toBe('x');
  });

  it('is one JSON value for programs, without remarks', () => {
    const { output, out, err } = capture(true);
    output.note('a remark');
    output.result({ a: 1 }, () => {
      throw new Error('not asked for');
    });
    expect([JSON.parse(out()), err()]).toEqual([{ a: 1 }, '']);
  });

  it('is text with remarks aside for people', () => {
    const { output, out, err } = capture(false);
    output.note('a remark');
    output.result({ a: 1 }, 'text');
    expect([out(), err()]).toEqual(['text\n', 'a remark\n']);
  });

  it('tells code, cause and fix of a failure and returns its exit code', () => {
    const text = capture(false);
    expect(text.output.failure(new AppError('PATH_NOT_FOUND', { message: 'No\u001b[31m file' }))).toBe(66);
    expect(text.err()).toMatch(/^PATH_NOT_FOUND No \[31m file\n {2}fix: .+\n$/);
    const json = capture(true);
    json.output.failure(new AppError('USAGE', { data: { word: 'x' } }));
    expect(JSON.parse(json.err())).toMatchObject({ error: { code: 'USAGE', data: { word: 'x' } } });
  });

  it('shows the cause of an internal error, and of no other', () => {
    const internal = capture(false);
    expect(internal.output.failure(new TypeError('broken'))).toBe(70);
    expect(internal.err()).toContain('cause: TypeError: broken');
    const other = capture(false);
    other.output.failure(new AppError('USAGE', { cause: new Error('inner') }));
    expect(other.err()).not.toContain('inner');
  });

  it('aligns tables and takes control characters out of cells', () => {
    expect(
      capture(false).output.table([
        ['A', 'B'],
        ['long\u0007er', 'x'],
      ]),
    ).toBe('A        B\nlong er  x');
  });
});
