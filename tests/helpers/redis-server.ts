/** A Redis server of a test's own, on a free port of loopback, that keeps nothing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';

/** Path of an installed Redis server, or undefined: tests are skipped with that reason. */
export const redisPath: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'redis-server'))
  .find((path) => existsSync(path));

const started = new Map<ChildProcess, NodeJS.Signals>();
// Only where this process ends by itself: a runner that kills it leaves what its tests did not stop.
process.on('exit', () => {
  for (const [child, signal] of started) child.kill(signal);
});

/** Ends the process when this one exits. Tests stop their servers themselves: a runner may kill this process instead. */
export function endWithTest(child: ChildProcess, signal: NodeJS.Signals): void {
  started.set(child, signal);
  child.once('exit', () => started.delete(child));
}

/** A running server. */
export interface RedisServer {
  readonly url: string;
  /** Keeps the connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Ends it at once. */
  stop(): Promise<void>;
}

/** @param port absent = a free one */
export async function startRedisServer(port?: number, options: readonly string[] = []): Promise<RedisServer> {
  if (redisPath === undefined) throw new Error('redis-server is not installed');
  const chosen = port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'sy-redis-'));
  const flags = ['--port', String(chosen), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', '--daemonize', 'no', ...options];
  const child = spawn(redisPath, flags, { stdio: 'ignore' });
  endWithTest(child, 'SIGKILL');
  await untilItListens(chosen, child);
  return {
    url: `redis://127.0.0.1:${chosen}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the port takes connections. @throws when the process ends before, or after five seconds */
export async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens on port ${port}`);
}
