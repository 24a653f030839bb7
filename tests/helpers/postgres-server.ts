/** A PostgreSQL server of a test's own, on a free port of loopback, that is quick and keeps nothing. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';
import { endWithTest, untilItListens } from './redis-server.ts';

const DEBIAN = '/usr/lib/postgresql';

/** Folder of the programs of an installed PostgreSQL, or undefined. The newest on Debian, else what PATH knows. */
const programs: string | undefined = [
  ...(existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : []).map((version) => join(DEBIAN, version, 'bin')),
  ...(process.env['PATH'] ?? '').split(delimiter),
].find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));

/** `SWITCHYARD_TEST_POSTGRES_URL` names a server that is there; every test takes a schema of its own. */
const givenUrl = process.env['SWITCHYARD_TEST_POSTGRES_URL'];

/** For `context.skip`; undefined = tests can run. */
export const postgresMissing: string | undefined =
  programs === undefined && givenUrl === undefined ? 'needs PostgreSQL (initdb and postgres), or SWITCHYARD_TEST_POSTGRES_URL' : undefined;

/** A running server. */
export interface PostgresServer {
  /** Without TLS; its user may do everything. */
  readonly url: string;
  /** Whether this test started it, and may stop it. */
  readonly isOwn: boolean;
  /** Ends it at once; open connections break. */
  stop(): Promise<void>;
  /** Runs on the port it had, with the data it had. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

let schemas = 0;
/** A schema that no other test uses. */
export function freshSchema(): string {
  schemas += 1;
  return `sy_${process.pid}_${process.hrtime.bigint().toString(36)}_${schemas}`;
}

/** @param settings of postgresql.conf, beside those that make it quick */
export async function startPostgresServer(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  if (givenUrl !== undefined) return { url: givenUrl, isOwn: false, stop: refuse, restart: refuse, remove: async () => undefined };
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'sy-postgres-'));
  const data = join(folder, 'data');
  cpSync(templateFor(user), data, { recursive: true });
  for (const path of [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))]) chownSync(path, user.uid, user.gid);
  chmodSync(data, 0o700);
  const port = await freePort();
  let server = await run(data, port, user, settings);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    isOwn: true,
    stop: () => server.stop(),
    restart: async (changed = {}) => {
      await server.stop();
      server = await run(data, port, user, { ...settings, ...changed });
    },
    async remove() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function refuse(): Promise<never> {
  throw new Error('this server was given by SWITCHYARD_TEST_POSTGRES_URL and is not stopped');
}

interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root. */
function serverUser(): ServerUser {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (own.uid !== 0) return own;
  const [, uid, gid] = /^(?:postgres|nobody):[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  if (uid === undefined || gid === undefined) throw new Error('there is no user that PostgreSQL could run as');
  return { uid: Number(uid), gid: Number(gid) };
}

/** A fresh cluster that is copied for each server: made once on a machine, a second or two. */
function templateFor({ uid, gid }: ServerUser): string {
  const version = /(\d+)\/bin$/.exec(programs ?? '')?.[1] ?? 'any';
  const path = join(tmpdir(), `sy-postgres-template-${version}-${uid}`);
  if (existsSync(path)) return path;
  const folder = mkdtempSync(join(tmpdir(), 'sy-postgres-template-'));
  chownSync(folder, uid, gid);
  const made = join(folder, 'data');
  const flags = ['-D', made, '--auth=trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C'];
  execFileSync(join(programs ?? '', 'initdb'), flags, { uid, gid, stdio: 'ignore', cwd: folder, env: { PATH: process.env['PATH'] ?? '' } });
  try {
    renameSync(made, path);
  } catch {
    // Another test was faster.
  }
  rmSync(folder, { recursive: true, force: true });
  return path;
}

async function run(data: string, port: number, user: ServerUser, settings: Readonly<Record<string, string>>): Promise<{ stop(): Promise<void> }> {
  const quick = { fsync: 'off', full_page_writes: 'off', shared_buffers: '8MB', autovacuum: 'off', max_wal_size: '64MB' };
  const all = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', logging_collector: 'off', ...quick, ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(programs ?? '', 'postgres'), ['-D', data, ...flags], { ...user, stdio: 'ignore', cwd: data });
  // Its children end with it at this signal.
  endWithTest(child, 'SIGQUIT');
  await untilItListens(port, child);
  // It listens before it has recovered; until then it refuses.
  while (child.exitCode === null && !/^ready/m.test(readFileSync(join(data, 'postmaster.pid'), 'utf8')))
    await new Promise((resolve) => setTimeout(resolve, 10));
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      // Immediate shutdown: connections break, nothing is waited for.
      child.kill('SIGQUIT');
      await exited;
    },
  };
}
