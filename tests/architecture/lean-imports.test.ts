import { describe, expect, it } from 'vitest';
import { leanImports } from '../../tools/lean-imports.ts';

const get = (name: string): string => `globalThis.process.getBuiltinModule('${name}')`;

describe('imports of built-in modules in the bundle', () => {
  it.each([
    ["import { createServer } from 'node:http';", `const { createServer } = ${get('node:http')};`],
    ["import { type Server, createServer, request as ask } from 'node:http';", `const { createServer, request: ask } = ${get('node:http')};`],
    ["import {\n  a,\n  b,\n} from 'node:fs';", `const { a, b } = ${get('node:fs')};\n\n\n`],
    ["import process from 'node:process';", `const process = ${get('node:process')};`],
    ["import * as path from 'node:path';", `const path = ${get('node:path')};`],
    ["import fs, { readFileSync } from 'node:fs';", `const fs = ${get('node:fs')}; const { readFileSync } = ${get('node:fs')};`],
    ['import{a as b}from"http";', `const { a: b } = ${get('http')};`],
    ["import { type Server } from 'node:http';", ''],
    ["const { a } = await import('node:http');", `const { a } = await ${get('node:http')};`],
  ])('%j', (source, expected) => {
    expect(leanImports(source)).toBe(expected);
  });

  it.each([
    "import type { Server } from 'node:http';",
    "import type Server from 'node:http';",
    "import { a } from './http.ts';",
    "import { a } from 'hono';",
    "import 'node:http';",
    "let server: import('node:net').Server;",
    'const text = "import a from \'node:fs\'";',
    "export { a } from 'node:fs';",
  ])('leaves %j alone', (source) => {
    expect(leanImports(source)).toBe(source);
  });

  it('gives the same values as the facade', async () => {
    const facade = await import('node:path');
    expect(process.getBuiltinModule('node:path').posix).toBe(facade.posix);
  });
});
