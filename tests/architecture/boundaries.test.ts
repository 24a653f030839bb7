import { describe, expect, it } from 'vitest';
import { ARROWS, checkBoundaries, findCycles } from './boundaries.ts';
import { findImports } from './imports.ts';
import { readSources } from './source-files.ts';

const sources = readSources('src');
const messagesOf = (path: string, text: string): string[] => checkBoundaries([{ path, text }]).map(({ message }) => message);

describe('the house', () => {
  it('imports only along the listed arrows', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(checkBoundaries(sources)).toEqual([]);
  });

  it('has no ring of files that load each other', () => {
    expect(findCycles(sources)).toEqual([]);
  });

  it('lists arrows that point one way', () => {
    for (const [from, targets] of Object.entries(ARROWS)) for (const to of targets) expect(ARROWS[to], `${from} → ${to} → ${from}`).not.toContain(from);
  });
});

describe('the import scanner', () => {
  it.each([
    ["import './a.ts';", './a.ts', 'static'],
    ["import a, { b as c } from './a.ts';", './a.ts', 'static'],
    ["import * as all from './a.ts';", './a.ts', 'static'],
    ["import {\n  a, // 'b'\n  b,\n} from './a.ts';", './a.ts', 'static'],
    ["import type { A } from './a.ts';", './a.ts', 'type'],
    ["import { type A, type B } from './a.ts';", './a.ts', 'type'],
    ["import { type A, b } from './a.ts';", './a.ts', 'static'],
    ["import type from './a.ts';", './a.ts', 'static'],
    ["export { a } from './a.ts';", './a.ts', 'static'],
    ["export * from './a.ts';", './a.ts', 'static'],
    ["export type { A } from './a.ts';", './a.ts', 'type'],
    ["const a = await import('./a.ts');", './a.ts', 'dynamic'],
    ["type A = typeof import('./a.ts');", './a.ts', 'type'],
    ["type A = import('./a.ts').B;", './a.ts', 'dynamic'],
    ["const a = require('./a.ts');", './a.ts', 'dynamic'],
    ["new Worker(new URL('./a.worker.ts', import.meta.url));", './a.worker.ts', 'worker'],
    ['const a = await import(name);', null, 'dynamic'],
    ["const a = await import('./' + name);", null, 'dynamic'],
  ])('finds %j', (text, specifier, kind) => {
    expect(findImports(text)).toMatchObject([{ specifier, kind }]);
  });

  it.each([
    "// import './a.ts';",
    "/* import './a.ts'; */",
    'const text = "import \'./a.ts\'";',
    'const text = `import "./a.ts" ${`import("./b.ts")`}`;',
    "const pattern = /import '.\\/a.ts'/;",
    'const here = import.meta.url;',
    "loader.import('./a.ts');",
    "export const from = 'x';",
    "export function a() { return 'b'; }",
  ])('is not fooled by %j', (text) => {
    expect(findImports(text)).toEqual([]);
  });
});

describe('the boundary check', () => {
  it.each([
    ['src/core/a.ts', "import '../contracts/call.ts';", 'core must not import contracts'],
    ['src/policy/a.ts', "import type { A } from '../limits/a.ts';", 'policy must not import limits'],
    ['src/doors/mcp/a.ts', "const a = await import('../../audit/a.ts');", 'doors must not import audit'],
    ['src/app/a.ts', "import '../cli/a.ts';", 'app must not import cli'],
    ['src/cli/a.ts', "import '../calls/a.ts';", 'cli must not import calls'],
    ['src/index.ts', "export * from './doors/a.ts';", 'index.ts must not import doors'],
    ['src/novelty/a.ts', "import '../core/a.ts';", 'novelty has no row in the table of arrows'],
    ['src/core/a.ts', "import '../../tests/a.ts';", 'tests/a.ts lies outside of src'],
    ['src/app/a.ts', "import { Hono } from 'hono/tiny';", 'hono may be loaded only in doors'],
    ['src/app/a.ts', "import { serve } from '@hono/node-server';", '@hono/node-server may be loaded only in doors'],
    ['src/sandbox/native/a.ts', "await import('pyodide');", 'pyodide may be loaded only in sandbox/wasm'],
    ['src/identity/a.ts', "import { DatabaseSync } from 'node:sqlite';", 'node:sqlite may be loaded only in storage'],
    ['src/core/a.ts', "import leftPad from 'left-pad';", 'left-pad is not on the list of packages'],
    ['src/core/a.ts', 'await import(name);', 'a computed import cannot be checked'],
  ])('refuses %s with %s', (path, text, message) => {
    expect(messagesOf(path, text)).toEqual([message]);
  });

  it.each([
    ['src/calls/a.ts', "import '../core/a.ts'; import type { A } from '../contracts/a.ts'; import './b.ts';"],
    ['src/app/a.ts', "import '../doors/mcp/a.ts'; import '../audit/a.ts'; await import('../storage/sqlite/a.ts');"],
    ['src/doors/rest/a.ts', "import { Hono } from 'hono'; import '../../calls/a.ts'; import 'node:http';"],
    ['src/contracts/a.ts', "import type { Hono } from 'hono';"],
  ])('lets %s import %s', (path, text) => {
    expect(messagesOf(path, text)).toEqual([]);
  });

  it('finds a ring, also through a lazy import, but none of types', () => {
    const ring = (kind: string): string[][] =>
      findCycles([
        { path: 'src/core/a.ts', text: "import './b.ts';" },
        { path: 'src/core/b.ts', text: "export * from './c.ts';" },
        { path: 'src/core/c.ts', text: kind },
      ]);
    expect(ring("await import('./a.ts');")).toEqual([['src/core/a.ts', 'src/core/b.ts', 'src/core/c.ts', 'src/core/a.ts']]);
    expect(ring("import type { A } from './a.ts';")).toEqual([]);
  });
});
