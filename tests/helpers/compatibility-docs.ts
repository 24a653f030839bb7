/** docs/compatibility.md, out of what was seen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';
import type { Compatibility } from './compatibility.ts';

const HEADER = `# Published MCP servers behind the gateway

Made by \`npm run docs:compatibility\`: each server is installed from the npm registry at the version below, started by the
gateway over stdio, and used through it by the official client. In each row the client listed the tools, made a call that
works, one that the server refuses, cancelled a slow one and went on using the connection; then the server was killed
(SIGKILL), and the next call found it running again. \`npm test\` does the same and compares.

| Server | Version | Revision | Tools | A refused call comes back as | A cancelled call | Killed, then called |
|---|---|---|---|---|---|---|
`;

const FOOTER = `
*no slow call*: the server has no call that takes long enough to be cancelled.

\`time-mcp\` writes a greeting to its stdout, where only protocol belongs; the line is dropped.
`;

/** Text of the whole page. */
export function compatibilityPage(rows: readonly Compatibility[]): string {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'tests/clients/published-servers/package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const lines = rows.map(
    (row) => `| ${row.package} | ${dependencies[row.package]} | ${row.revision} | ${row.tools} | ${row.error} | ${row.cancel} | runs again |\n`,
  );
  return `${HEADER}${lines.join('')}${FOOTER}`;
}
