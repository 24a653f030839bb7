/**
 * Starts the built program once, so that the compiled code of its start lies in dist/cache before the
 * first user waits for it. A program that does not start here is no fault of the build: the tests
 * say so better.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CLIENT = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'build', version: '1' } };
const REQUESTS = ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'].map((method, index) => ({
  jsonrpc: '2.0',
  id: index + 2,
  method,
}));
const LINES = [
  { jsonrpc: '2.0', id: 1, method: 'initialize', params: CLIENT },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  ...REQUESTS,
  { jsonrpc: '2.0', id: 6, method: 'tools/call', params: { name: 'ping', arguments: {} } },
];

/** Runs `stdio` through a client's handshake and lets it end by itself: only a clean end writes the cache. */
export async function warmStart(program: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-build-'));
  const child = spawn(process.execPath, [program, 'stdio'], {
    cwd: folder,
    env: { ...process.env, SWITCHYARD_HOME: join(folder, 'home') },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
  child.stdin.on('error', () => undefined);
  child.stdin.write(LINES.map((line) => `${JSON.stringify(line)}\n`).join(''));
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('"id":6')) child.stdin.end();
  await exited;
  clearTimeout(late);
  await rm(folder, { recursive: true, force: true });
}
