/**
 * Starts the built program once in each of its long-running ways, so that the compiled code of its start
 * lies in dist/cache before the first user waits for it: that is a quarter of the start. A program
 * that does not start here is no fault of the build: the tests say so better.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const CLIENT = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'build', version: '1' } };
const LISTS = ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'].map((method, index) => ({ jsonrpc: '2.0', id: index + 2, method }));
const LINES = [
  { jsonrpc: '2.0', id: 1, method: 'initialize', params: CLIENT },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  ...LISTS,
  { jsonrpc: '2.0', id: 6, method: 'tools/call', params: { name: 'ping', arguments: {} } },
];
const PATIENCE_MS = 15_000;

type Program = ChildProcessByStdio<Writable, Readable, null>;

/** Runs the program until `drive` has brought it to its own end: only a clean end writes the cache. */
async function runOnce(folder: string, parameters: readonly string[], drive: (program: Program) => Promise<void>): Promise<void> {
  const env = { ...process.env, SWITCHYARD_HOME: join(folder, 'home') };
  const child = spawn(process.execPath, [...parameters], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  child.stdin.on('error', () => undefined);
  await drive(child);
  await exited;
  clearTimeout(late);
}

/** A client's handshake to the first answer of a tool, then the end of input. */
async function driveStdio({ stdin, stdout }: Program): Promise<void> {
  stdin.write(LINES.map((line) => `${JSON.stringify(line)}\n`).join(''));
  for await (const line of createInterface({ input: stdout })) if (line.includes('"id":6')) stdin.end();
}

/** Until it says that it is ready, then SIGTERM, once: a second one would end it in haste. */
async function driveServe(program: Program): Promise<void> {
  let isAsked = false;
  for await (const _line of createInterface({ input: program.stdout })) {
    if (!isAsked) program.kill('SIGTERM');
    isAsked = true;
  }
}

/** @param program the launcher in dist */
export async function warmStart(program: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-build-'));
  try {
    // The command that clients wait for goes first: the code both share is kept as the first one compiled it.
    await runOnce(folder, [program, 'stdio'], driveStdio);
    await runOnce(folder, [program, 'serve', '--port', '0'], driveServe);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
