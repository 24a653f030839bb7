import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import { findImports } from '../architecture/imports.ts';

const run = promisify(execFile);

/** Output of the compiler: empty when all is well. */
async function compile(...parameters: readonly string[]): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return run(process.execPath, [compiler, ...parameters], { cwd: root }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  );
}

describe('types', () => {
  it('of sources, tests, tools and benchmarks are sound', async () => {
    expect(await compile('-p', 'tsconfig.json')).toBe('');
  });

  it('would be reported if they were not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchyard-types-'));
    try {
      writeFileSync(join(folder, 'broken.ts'), 'export const broken: string = 1;\n');
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: { rootDir: folder, types: [] }, include: [], files: ['broken.ts'] }),
      );
      expect(await compile('-p', folder)).toContain('error TS2322');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('of the public surface need no package but Node itself', () => {
    const files = globSync('dist/types/**/*.d.ts', { cwd: root });
    const foreign = files.flatMap((file) =>
      findImports(readFileSync(join(root, file), 'utf8')).flatMap(({ specifier }) =>
        specifier?.startsWith('.') || specifier?.startsWith('node:') ? [] : [`${file}: ${specifier}`],
      ),
    );
    expect(files.length).toBeGreaterThan(0);
    expect(foreign).toEqual([]);
  });
});
