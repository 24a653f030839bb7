/** Servers under load, and the peers' packages. */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../tools/paths.ts';
import type { Load, LoadResult } from './load.ts';

/** Folder of the peers' own manifest. */
export const peersFolder: string = join(root, 'bench/peers');

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A server that was started here. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts `node <parameters>` (the text PORT is replaced) and waits until it accepts connections. */
export async function startServer(parameters: readonly string[], env: NodeJS.ProcessEnv = process.env, isReady?: (port: number) => Promise<boolean>): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(process.execPath, parameters.map((parameter) => parameter.replace('PORT', String(port))), { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-2000); });
  const ready = isReady ?? acceptsConnections;
  for (const deadline = performance.now() + 20_000; !(await ready(port)); await sleep(20)) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`${parameters.join(' ')} did not start: ${errors}`);
  }
  if (child.pid === undefined) throw new Error('no process');
  return { pid: child.pid, port, stop: () => stopChild(child) };
}

async function acceptsConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(late);
}

/** The load generator, started once: its own compilation is over before anything is measured. */
export function createLoadGenerator(): { run(load: Load): Promise<LoadResult>; stop(): Promise<void> } {
  const child = fork(join(root, 'bench/load.ts'));
  return {
    async run(load) {
      const answered = once(child, 'message') as Promise<[LoadResult]>;
      child.send(load);
      const [result] = await answered;
      return result;
    },
    stop: () => stopChild(child),
  };
}

/** Versions of the peers by package, after installing them if they are missing; or the reason why they cannot be. */
export function installPeers(): Readonly<Record<string, string>> | { readonly reason: string } {
  const { dependencies } = JSON.parse(readFileSync(join(peersFolder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const installed = (name: string): string | undefined => {
    const manifest = join(peersFolder, 'node_modules', name, 'package.json');
    return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version : undefined;
  };
  if (Object.entries(dependencies).some(([name, version]) => installed(name) !== version)) {
    try {
      execFileSync('npm', ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: peersFolder, stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      return { reason: `npm install in bench/peers failed: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}` };
    }
  }
  return Object.fromEntries(Object.keys(dependencies).map((name) => [name, installed(name) ?? 'missing']));
}
