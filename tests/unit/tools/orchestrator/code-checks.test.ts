import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/core/errors.ts';
import { codeChecks } from '../../../../src/tools/orchestrator/code-checks.ts';

type Data = { readonly exit_code: number | null; readonly stdout?: string; readonly stderr?: string; readonly limits_hit?: readonly string[] };
const checksOf = (answer: () => Data): { readonly run: ReturnType<typeof codeChecks>['run']; readonly asked: { tool: string; input: unknown }[] } => {
  const asked: { tool: string; input: unknown }[] = [];
  const call = (tool: string, input: unknown): Promise<unknown> => {
    asked.push({ tool, input });
    return new Promise((resolve) => resolve(answer()));
  };
  return { run: codeChecks({ call }).run, asked };
};

describe('commands that check an output', () => {
  it('O4.b: run as calls of execute_code, with the output and its first fenced block as files', async () => {
    const { run, asked } = checksOf(() => ({ exit_code: 0 }));
    expect(await run('Here:\n```python\nx = 1\n```\nDone.', { compile: 'python3 -m py_compile $CODE', tests: 'true' })).toEqual([
      { check: 'compile', status: 'passed', detail: 'exit code 0.' },
      { check: 'tests', status: 'passed', detail: 'exit code 0.' },
    ]);
    expect(asked).toMatchObject([
      {
        tool: 'execute_code',
        input: {
          language: 'bash',
          code: expect.stringContaining('\npython3 -m py_compile $CODE\n') as string,
          files: [
            { path: 'orchestrator-check/output', content: expect.stringContaining('Here:') as string },
            { path: 'orchestrator-check/code', content: 'x = 1\n' },
          ],
        },
      },
      { tool: 'execute_code' },
    ]);
  });

  it('O4.b: fail with what they said; after a compile that failed no tests run', async () => {
    const { run, asked } = checksOf(() => ({ exit_code: 2, stdout: 'line', stderr: 'SyntaxError' }));
    expect(await run('x', { compile: 'a', tests: 'b' })).toEqual([
      { check: 'compile', status: 'failed', detail: 'exit code 2: line\nSyntaxError' },
      { check: 'tests', status: 'not_run', detail: 'not run: the output does not compile.' },
    ]);
    expect(asked).toHaveLength(1);
    expect(await checksOf(() => ({ exit_code: null, limits_hit: ['time'] })).run('x', { tests: 'b' })).toEqual([
      { check: 'tests', status: 'failed', detail: 'ended by the sandbox (time).' },
    ]);
  });

  it.each(['SANDBOX_UNAVAILABLE', 'PERMISSION_DENIED', 'QUOTA_EXCEEDED'] as const)(
    'O4.b: are not run, and do not pass, where the call ends with %s',
    async (code) => {
      const { run } = checksOf(() => {
        throw new AppError(code);
      });
      expect(await run('x', { tests: 'b' })).toMatchObject([{ check: 'tests', status: 'not_run', detail: expect.stringContaining(code) as string }]);
    },
  );

  it('a cancellation ends the whole', async () => {
    const { run } = checksOf(() => {
      throw new AppError('CANCELLED');
    });
    await expect(run('x', { tests: 'b' })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
