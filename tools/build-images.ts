/**
 * `node tools/build-images.ts`: takes the pictures of docs/images from a running gateway. Needs a
 * Chromium and a build.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChromium } from '../tests/helpers/chromium.ts';
import { bin, cleanEnv, startGateway, startStdio, type Gateway } from '../tests/helpers/gateway.ts';
import { root } from './paths.ts';

/** What the picture shows instead of the places of the machine it is taken on. */
const NEUTRAL_NODE = '/usr/bin/node';
const NEUTRAL_BIN = '/opt/switchyard/dist/cli/main.js';

function command(gateway: Gateway, ...args: readonly string[]): string {
  return execFileSync(process.execPath, [bin, '--home', gateway.home, ...args], { encoding: 'utf8', env: cleanEnv(), stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Some life to look at: two clients, an allowed, a failed and a denied call. */
async function live(gateway: Gateway): Promise<() => Promise<unknown>> {
  const { key } = JSON.parse(command(gateway, '--json', 'keys', 'create', 'ci', '--role', 'guest')) as { key: string };
  const post = (tool: string, input: unknown, credential: string): Promise<Response> =>
    fetch(`${gateway.url}/mcp/v1/tools/${tool}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json', 'User-Agent': 'ci-job/2.1' },
      body: JSON.stringify(input),
    });
  const client = startStdio(gateway.home);
  await client.initialize();
  await client.request('tools/list');
  await client.request('tools/call', { name: 'write_file', arguments: { path: 'notes.md', content: '# Notes\n' } });
  await client.request('tools/call', { name: 'read_file', arguments: { path: 'notes.md' } });
  await client.request('tools/call', { name: 'read_file', arguments: { path: '../../etc/passwd' } });
  await post('echo', { message: 'hello' }, key);
  await post('write_file', { path: 'a', content: 'b' }, key);
  await post('list_directory', { path: '.' }, gateway.key);
  return () => client.end();
}

async function main(): Promise<void> {
  const gateway = await startGateway();
  const browser = await startChromium();
  const leave = await live(gateway);
  try {
    const { page } = browser;
    await page.resize(1200, 900, false);
    await page.goto(command(gateway, 'console').trim());
    await page.evaluate(`(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const places = ${JSON.stringify([
        [process.execPath, NEUTRAL_NODE],
        [bin, NEUTRAL_BIN],
      ])};
      while (walker.nextNode()) for (const [from, to] of places) walker.currentNode.data = walker.currentNode.data.replaceAll(from, to);
    })()`);
    mkdirSync(join(root, 'docs/images'), { recursive: true });
    writeFileSync(join(root, 'docs/images/status.png'), await page.screenshot());
  } finally {
    await browser.close();
    await leave();
    await gateway.stop();
  }
}

await main();
