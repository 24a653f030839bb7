/**
 * `npm run docs:errors`: writes docs/errors.md from the table in src/core/error-codes.ts. With
 * `--check` it writes nothing and fails when the file is not what the table says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../src/core/error-codes.ts';
import { root } from './paths.ts';

const HEADER = `# Errors

Every failure has a stable code. It appears as \`code\` in HTTP problem bodies, as \`data.code\` in JSON-RPC
errors, as \`error.code\` in a tool's result, and in the audit trail. Messages may become better; codes stay.

A *tool failure* reaches an MCP client as a result with \`isError\`, everything else as a JSON-RPC error.
*Retry* means that the same call may succeed later. This file is generated (\`npm run docs:errors\`).

| Code | Cause | What to do | HTTP | JSON-RPC | Exit | Retry | Tool failure |
|---|---|---|---|---|---|---|---|
`;

/** Text of docs/errors.md. */
export function renderErrorDocs(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, rpcCode, exitCode, isRetryable, isToolFailure, cause, fix }]) => {
    const cells = [`\`${code}\``, cause, fix, status, String(rpcCode).replace('-', '−'), exitCode, isRetryable ? 'yes' : '', isToolFailure ? 'yes' : ''];
    return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`;
  });
  return HEADER + rows.join('');
}

/** Where the file lies. */
export const errorDocsFile: string = join(root, 'docs/errors.md');

function main(): number {
  const text = renderErrorDocs();
  if (!process.argv.includes('--check')) writeFileSync(errorDocsFile, text);
  const isCurrent = readFileSync(errorDocsFile, 'utf8') === text;
  if (!isCurrent) process.stderr.write('docs/errors.md is out of date; run: npm run docs:errors\n');
  return isCurrent ? 0 : 1;
}

if (import.meta.main) process.exitCode = main();
