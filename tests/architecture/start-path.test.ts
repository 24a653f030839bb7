import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findImports } from './imports.ts';
import { readSources, type SourceFile } from './source-files.ts';
import { isHeavy } from './start-path.ts';

const sources = readSources('src');

/** Modules outside of src that the files load before anything runs, followed through static imports. */
function staticImportsOf(files: readonly SourceFile[], entries: readonly string[]): Set<string> {
  const outside = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { specifier, kind } of findImports(files.find((file) => file.path === path)?.text ?? '')) {
      if (kind !== 'static' || specifier === null) continue;
      if (specifier.startsWith('.')) visit(posix.normalize(posix.join(posix.dirname(path), specifier)));
      else outside.add(specifier);
    }
  };
  for (const entry of entries) visit(entry);
  return outside;
}

// What is really loaded is listed from the running program by tests/packaging/start-path.test.ts; this is the quick look at the sources.
describe('the start path of stdio', () => {
  const loaded = staticImportsOf(sources, ['src/cli/main.ts', 'src/cli/stdio.ts']);

  // @requirement P4.e
  it('imports nothing heavy', () => {
    expect([...loaded].filter(isHeavy)).toEqual([]);
    expect(loaded.size).toBeGreaterThan(5);
  });

  it('would be caught importing something heavy, at any depth, but not lazily', () => {
    const files = [
      { path: 'src/a.ts', text: "import './b/c.ts';" },
      { path: 'src/b/c.ts', text: "import { Hono } from 'hono/tiny'; import 'node:http'; await import('pg');" },
    ];
    expect([...staticImportsOf(files, ['src/a.ts'])].filter(isHeavy)).toEqual(['hono/tiny', 'node:http']);
  });
});
