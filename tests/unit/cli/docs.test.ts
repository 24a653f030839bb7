import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cliDocsFile, renderCliDocs } from '../../../tools/build-cli-docs.ts';

it('C1.h docs/cli.md documents every command and exit code as they are', () => {
  expect(readFileSync(cliDocsFile, 'utf8')).toBe(renderCliDocs());
});
