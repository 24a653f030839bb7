import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/core/error-codes.ts';
import { errorDocsFile, renderErrorDocs } from '../../tools/build-error-docs.ts';
import { NOT_CITED, NOT_USED } from './errors-burn-down.ts';
import { tokenize } from './lexer.ts';
import { readSources, type SourceFile } from './source-files.ts';

const codes = Object.keys(ERRORS);

/** Codes that stand in a string of the sources, the table itself and comments left out. */
function codesIn(files: readonly SourceFile[]): Set<string> {
  const words = files
    .filter(({ path }) => path !== 'src/core/error-codes.ts')
    .flatMap(({ text }) =>
      tokenize(text)
        .filter(({ kind }) => kind === 'string' || kind === 'template')
        .flatMap(({ text: content }) => content.match(/[A-Z][A-Z_]+/g) ?? []),
    );
  return new Set(words.filter((word) => word in ERRORS));
}

const used = codesIn(readSources('src'));
const cited = codesIn(readSources('tests').filter(({ path }) => !path.startsWith('tests/architecture/')));

describe('the table of errors', () => {
  it('is what docs/errors.md shows (npm run docs:errors)', () => {
    expect(readFileSync(errorDocsFile, 'utf8')).toBe(renderErrorDocs());
  });

  it('own numbers of JSON-RPC stand for one failure each: a client that has nothing else can tell them apart', () => {
    const own = codes.map((code) => ERRORS[code as ErrorCode].rpcCode).filter((rpcCode) => rpcCode > 0);
    expect(own.filter((rpcCode, index) => own.indexOf(rpcCode) !== index)).toEqual([]);
  });

  it.each(codes)('%s: a client is told cause and fix in one sentence each, and its numbers agree', (code) => {
    const { cause, fix, status, rpcCode, exitCode } = ERRORS[code as ErrorCode];
    expect(cause).toMatch(/^[A-Z].*\.$/);
    expect(fix).toMatch(/^[A-Z`].*\.$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(exitCode).toBeGreaterThan(0);
    expect(exitCode).toBeLessThan(126);
    // JSON-RPC reserves −32768…−32000; only the standard's own and MCP's codes may come from there.
    if (rpcCode < 0) expect([-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022]).toContain(rpcCode);
    // A client's fault is never reported as an error of the gateway, nor the other way round.
    if (rpcCode === -32603) expect(status).toBeGreaterThanOrEqual(500);
    if (status < 500) expect(rpcCode).not.toBe(-32603);
  });

  it('has no code that nothing throws', () => {
    expect(codes.filter((code) => !used.has(code) && !NOT_USED.has(code))).toEqual([]);
  });

  it('has no code that no test cites', () => {
    expect(codes.filter((code) => !cited.has(code) && !NOT_CITED.has(code))).toEqual([]);
  });

  it('keeps no code on a burn-down list that is used or cited by now', () => {
    expect([...NOT_USED].filter((code) => used.has(code) || !(code in ERRORS))).toEqual([]);
    expect([...NOT_CITED].filter((code) => cited.has(code) || !(code in ERRORS))).toEqual([]);
  });

  it('is searched in code, not in comments', () => {
    expect([...codesIn([{ path: 'a.ts', text: "// 'INTERNAL'\nfail('PARSE_ERROR', `x ${'USAGE'}`); const CANCELLED = 1;" }])]).toEqual([
      'PARSE_ERROR',
      'USAGE',
    ]);
  });
});
