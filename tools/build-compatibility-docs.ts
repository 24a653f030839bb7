/** `npm run docs:compatibility`: runs every published server behind the gateway and writes what was seen to docs/compatibility.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compatibilityPage } from '../tests/helpers/compatibility-docs.ts';
import { tryServer } from '../tests/helpers/compatibility.ts';
import { startPublishedGateway } from '../tests/helpers/published-gateway.ts';
import { root } from './paths.ts';

async function main(): Promise<number> {
  const published = await startPublishedGateway();
  const missing = 'missing' in published ? published.missing : published.servers.find((server) => server.missing !== undefined)?.missing;
  if ('missing' in published || missing !== undefined) {
    process.stderr.write(`nothing is written, since not every server can run here: ${missing}\n`);
    if (!('missing' in published)) await published.stop();
    return 1;
  }
  try {
    const rows = [];
    for (const server of published.servers) rows.push(await tryServer(server, published.gateway, published.speaker));
    writeFileSync(join(root, 'docs/compatibility.md'), compatibilityPage(rows));
  } finally {
    await published.stop();
  }
  return 0;
}

process.exitCode = await main();
