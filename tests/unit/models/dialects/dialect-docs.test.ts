/** The tables of docs/dialects.md are what the conversion does. */
// @requirement M3.b M3.c
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dialectDocsFile, renderDialectDocs } from '../../../../tools/build-dialect-docs.ts';

it('docs/dialects.md shows what is carried, reported and refused (npm run docs:dialects)', async () => {
  expect(readFileSync(dialectDocsFile, 'utf8')).toBe(await renderDialectDocs());
});
