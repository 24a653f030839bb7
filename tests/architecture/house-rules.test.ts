import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import type { Finding } from './boundaries.ts';
import { checkComments, checkDocstrings, checkFileName, checkFunctions, checkLength, checkTypes, checkWords, findUnexplainedLength } from './house-rules.ts';
import { readSources, type SourceFile } from './source-files.ts';

const product = readSources('src');
const everything = [...product, ...readSources('tests', 'tools', 'bench', 'examples')];
const gapsFile = join(root, 'docs/known-gaps.md');
const knownGaps = existsSync(gapsFile) ? readFileSync(gapsFile, 'utf8') : '';
const print = (findings: readonly Finding[]): string[] => findings.map(({ path, line, message }) => `${path}:${line} ${message}`);
const file = (text: string, path = 'src/core/a.ts'): SourceFile => ({ path, text });

describe('every source file', () => {
  it('has at most 400 lines', () => {
    for (const warning of print(product.flatMap(findUnexplainedLength))) console.warn(`warning: ${warning}`);
    expect(print(everything.flatMap(checkLength))).toEqual([]);
  });

  it('has a name that says what it holds', () => expect(print(product.flatMap(checkFileName))).toEqual([]));
  it('has erasable types without any and !', () => expect(print(everything.flatMap(checkTypes))).toEqual([]));
  it('has no default export and no clipped names', () => expect(print(product.flatMap(checkWords))).toEqual([]));
  it('has no open promise and no dead code in comments', () => expect(print(everything.flatMap((source) => checkComments(source, knownGaps)))).toEqual([]));
  it('has docstrings on its exports', () => expect(print(product.flatMap(checkDocstrings))).toEqual([]));
  it('has functions under 50 lines', () => expect(print(product.flatMap(checkFunctions))).toEqual([]));
});

describe('the checks themselves', () => {
  const lines = (count: number): string => '// line\n'.repeat(count);

  it('see a long file and accept a reason up to 400', () => {
    expect(findUnexplainedLength(file(lines(251)))).toHaveLength(1);
    expect(findUnexplainedLength(file(`/* A table, longer than others. */\n${lines(251)}`))).toEqual([]);
    expect(checkLength(file(lines(400)))).toEqual([]);
    expect(checkLength(file(`/* A table, longer than others. */\n${lines(400)}`))).toHaveLength(1);
  });

  it.each([
    'src/core/utils.ts',
    'src/core/string-utils.ts',
    'src/core/helpers/a.ts',
    'src/core/common.ts',
    'src/core/session-manager.ts',
    'src/core/camelCase.ts',
  ])('refuse the name %s', (path) => {
    expect(checkFileName(file('', path))).toHaveLength(1);
  });

  it.each(['src/core/ids.ts', 'src/core/utility-belt.ts', 'src/core/commonmark.ts', 'src/storage/writer.worker.ts'])('accept the name %s', (path) => {
    expect(checkFileName(file('', path))).toEqual([]);
  });

  it.each([
    ['const a: any = 1;', 'any'],
    ['const a = b as any;', 'any'],
    ['function f(a: Map<string, any[]>) {}', 'any'],
    ['const a = b!;', 'non-null !'],
    ['const a = b![0]!.c;', 'non-null !'],
    ['class A { b!: string }', 'non-null !'],
    ['enum A { B }', 'not erasable'],
    ['namespace A { export const b = 1; }', 'not erasable'],
    ['class A { constructor(private b: string) {} }', 'not erasable'],
  ])('refuse %j', (text, message) => {
    expect(checkTypes(file(text))[0]?.message).toContain(message);
  });

  it.each(['const a = !b && c !== d;', "const any = 'any'; // any", 'expect.any(String);', 'interface A { any: string }', 'await Promise.any([]);'])(
    'accept %j',
    (text) => {
      expect(checkTypes(file(text))).toEqual([]);
    },
  );

  it.each(['export default 1;', 'const a = 1; export { a as default };', 'const msg = 1;', 'function f(req: string) {}', 'const f = (a: 1, cfg: 2) => a;'])(
    'refuse the words of %j',
    (text) => {
      expect(checkWords(file(text))).toHaveLength(1);
    },
  );

  it.each(["const a = { msg: 'wire' };", 'const message = error.msg;', "const text = 'req';"])('accept the words of %j', (text) => {
    expect(checkWords(file(text))).toEqual([]);
  });

  it.each(['// TODO later', '/* FIXME(unknown-gap): x */', '// const a = 1;', '// await run(a, b);', '// }'])('refuse the comment %j', (text) => {
    expect(checkComments(file(text), '## other-gap')).toHaveLength(1);
  });

  it.each(['// TODO(slow-path): measure', '// Returns at once; the rest follows.', '// `const` keeps the literal.'])('accept the comment %j', (text) => {
    expect(checkComments(file(text), '## slow-path')).toEqual([]);
  });

  it.each(['export const a = 1;', '// plain\nexport function a() {}', '/** Far. */\n\nexport class A {}', '/** Type. */\ntype B = 1;\nexport interface A {}'])(
    'miss the docstring of %j',
    (text) => {
      expect(checkDocstrings(file(text))).toHaveLength(1);
    },
  );

  it.each([
    '/** Says it. */\nexport const a = 1;',
    "export { a } from './a.ts';",
    "export type { A } from './a.ts';",
    '/** First. */\nexport function a(b: 1): void;\nexport function a(b: 2): void;',
  ])('accept the exports of %j', (text) => {
    expect(checkDocstrings(file(text))).toEqual([]);
  });

  const body = (count: number): string => 'step();\n'.repeat(count);

  it.each([
    ['a function', `function a(b: { c: string }): Promise<{ d: 1 }> {\n${body(48)}}`],
    ['an arrow', `const a = (b: string): void => {\n${body(48)}};`],
    ['a method', `class A {\n  #b(c = {}): void {\n${body(48)}}\n}`],
    ['the rest of a factory', `function a() {\n${body(48)}return () => {\n${body(5)}};\n}`],
  ])('see %s that is too long', (_name, text) => {
    expect(checkFunctions(file(text))).toHaveLength(1);
  });

  it.each([
    ['a function of 49 lines', `function a(): void {\n${body(47)}}`],
    ['a class', `class A {\n${'b = 1;\n'.repeat(80)}}`],
    ['a table', `const a = {\n${'b: 1,\n'.repeat(80)}};`],
    ['a factory of short functions', `function a() {\n${`const b = () => {\n${body(20)}};\n`.repeat(4)}}`],
  ])('accept %s', (_name, text) => {
    expect(checkFunctions(file(text))).toEqual([]);
  });
});
