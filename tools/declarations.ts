/** The declarations of the public surface: those that src/index.ts leads to, and no other. */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './paths.ts';

const run = promisify(execFile);
const REFERENCE = /(?:\bfrom\s*|\bimport\(\s*)(['"])(\.[^'"]+)\.ts\1/g;

/** Files that the declaration leads to, itself included. */
async function reachable(file: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await readFile(file, 'utf8');
  for (const [, , path = ''] of text.matchAll(REFERENCE)) await reachable(join(dirname(file), `${path}.d.ts`), seen);
  return seen;
}

/** Writes them. The compiler emits whatever the program is made of; the rest is taken away again. @throws Error with the compiler's own text */
export async function declarationsInto(folder: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', folder], { cwd: root }).catch((error: unknown) => {
    throw new Error(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error));
  });
  const wanted = await reachable(join(folder, 'index.d.ts'));
  for (const file of globSync(`${folder}/**/*.d.ts`)) if (!wanted.has(file)) await rm(file);
}
