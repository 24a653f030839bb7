import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig, type Environment } from '../../../src/config/load.ts';
import { formatPlace, problemsOf } from '../../../src/config/problem.ts';
import { AppError } from '../../../src/core/errors.ts';
import { BROKEN_FILES } from './broken-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function failureOf(file: string, env: Environment): Promise<AppError> {
  const error = await loadConfig({ file, cwd: folder, home: join(folder, 'home'), env }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!AppError.is(error)) throw new Error('the file was accepted, or something else was thrown', { cause: error });
  return error;
}

// @requirement C2.h
describe('a broken configuration file names line, cause and fix', () => {
  it('the table has at least forty', () => {
    expect(BROKEN_FILES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(BROKEN_FILES.map(({ title }) => title + BROKEN_FILES.filter((other) => other.title === title).length))).toBeDefined();
  });

  it.each(BROKEN_FILES.map((file) => [`${file.name ?? 'switchyard.yaml'}: ${file.title}`, file] as const))(
    '%s',
    async (_, { name = 'switchyard.yaml', content, code, line, column, cause, fix }) => {
      writeFileSync(join(folder, name), content);
      const error = await failureOf(name, { WORD: 'many' });
      const [problem] = problemsOf(error);
      expect({ code: error.code, source: problem?.source, line: problem?.line, ...(column === undefined ? {} : { column: problem?.column }) }).toEqual({
        code,
        source: name,
        line,
        ...(column === undefined ? {} : { column }),
      });
      expect(problem?.message).toMatch(cause);
      expect(problem?.fix).toMatch(fix);
      expect(error.message).toContain(line === null ? name : formatPlace({ source: name, line, column: problem?.column ?? null }));
    },
  );

  it('reports every problem of a file at once, in the order of the file', async () => {
    writeFileSync(join(folder, 'many.yaml'), 'server:\n  prot: 1\n  host: 5\nlog:\n  level: x\nfoo: 1\n');
    const problems = problemsOf(await failureOf('many.yaml', {}));
    expect(problems.map(({ line, pointer }) => [line, pointer])).toEqual([
      [2, '/server/prot'],
      [3, '/server/host'],
      [5, '/log/level'],
      [6, '/foo'],
    ]);
  });

  it('counts lines the same with CRLF and a byte order mark', async () => {
    writeFileSync(join(folder, 'crlf.yaml'), '\uFEFFlog: {}\r\nserver:\r\n  prot: 1\r\n');
    expect(problemsOf(await failureOf('crlf.yaml', {}))).toMatchObject([{ line: 3, column: 3 }]);
  });

  it('never repeats a value that came from a variable, or a secret by its name', async () => {
    writeFileSync(join(folder, 'secret.yaml'), 'server:\n  port: ${SECRET}\nanthropic_api_key: 12345\n');
    const error = await failureOf('secret.yaml', { SECRET: 'hunter2' });
    expect(JSON.stringify([error.message, error.fix, error.data])).not.toMatch(/hunter2|12345/);
  });
});
