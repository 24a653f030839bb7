/** A PostgreSQL server of a test's own, on a free port of loopback, that keeps nothing. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Debian keeps its programs apart, by version; the newest counts. */
const DEBIAN = '/usr/lib/postgresql';
const folders = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  ...(existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .toSorted((left, right) => Number(right) - Number(left))
        .map((version) => join(DEBIAN, version, 'bin'))
    : []),
];

/** Folder of an installed server's programs, or undefined: tests are skipped with that reason. */
export const postgresPath: string | undefined = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));

/** A running server. */
export interface PostgresServer {
  /** Database `postgres`, as its only user. */
  readonly url: string;
  /** Keeps the connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Ends it at once. */
  stop(): Promise<void>;
}

/** It refuses to run as root, so root runs it as nobody. */
const NOBODY = 65_534;
const asWhom = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** @param options `name=value` of its configuration */
export async function startPostgresServer(port?: number, options: readonly string[] = []): Promise<PostgresServer> {
  if (postgresPath === undefined) throw new Error('PostgreSQL is not installed');
  const chosen = port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'sy-postgres-'));
  chmodSync(folder, 0o700);
  if (asWhom.uid !== undefined) chownSync(folder, asWhom.uid, asWhom.gid);
  const data = join(folder, 'data');
  execFileSync(join(postgresPath, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...asWhom,
    cwd: folder,
    stdio: 'pipe',
  });
  const settings = [`listen_addresses=127.0.0.1`, `port=${chosen}`, `unix_socket_directories=`, 'fsync=off', 'full_page_writes=off', ...options];
  const child = spawn(join(postgresPath, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...asWhom,
    cwd: folder,
    stdio: 'ignore',
  });
  await untilItListens(chosen, child);
  return {
    url: `postgresql://postgres@127.0.0.1:${chosen}/postgres`,
    pause: () => signalAll(child, 'SIGSTOP'),
    resume: () => signalAll(child, 'SIGCONT'),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        signalAll(child, 'SIGCONT');
        const exited = once(child, 'exit');
        // Immediate shutdown: every backend ends at once and nothing is written.
        child.kill('SIGQUIT');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The server and the processes of its connections. */
function signalAll({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).split('\n');
  for (const one of [pid, ...children.map(Number)]) if (one > 0) process.kill(one, signal);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400 && child.exitCode === null; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`PostgreSQL did not start on port ${port}`);
}
