/** @module app/doctor/port: whether the gateway could listen, and who is in its way. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { systemCode } from '../../core/private-file.ts';
import type { Serving } from '../serving.ts';
import { failure, fine, type Finding } from './finding.ts';

/** Where the configuration listens. */
interface Listener {
  readonly host: string;
  readonly port: number;
}

/** @param serving the gateway of this home, when one runs */
export async function examinePort({ host, port }: Listener, serving: Serving | undefined): Promise<Finding> {
  const id = 'port';
  if (serving) return fine(id, `The gateway of this home listens at ${serving.url} (process ${serving.pid}).`);
  if (port === 0) return fine(id, 'Any free port is taken at the start.');
  const code = await tryListen({ host, port });
  if (code === undefined) return fine(id, `${host}:${port} is free.`);
  if (code !== 'EADDRINUSE')
    return failure(
      id,
      `${host}:${port} cannot be listened on (${code}).`,
      'Use a port above 1023 and an address of this machine: --host 127.0.0.1 --port 8000.',
    );
  const holder = findHolder(port);
  return failure(id, `Port ${port} is taken by ${holder ?? 'another program'}.`, `Stop it, or use --port <number> (server.port in the configuration).`);
}

function tryListen({ host, port }: Listener): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(systemCode(error) || 'unknown error'));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** Linux tells which socket listens and which process holds it, as far as this user may see. */
function findHolder(port: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const pid = readFolder('/proc').find(
    (name) => /^\d+$/.test(name) && readFolder(`/proc/${name}/fd`).some((descriptor) => sockets.has(readLink(`/proc/${name}/fd/${descriptor}`))),
  );
  if (pid === undefined) return 'a program of another user';
  // Further arguments may be secrets of that program.
  const [program = '', script = ''] = readText(`/proc/${pid}/cmdline`)
    .replace(/(?=[^\0])\p{Cc}/gu, ' ')
    .split('\0');
  return `process ${pid} (${basename(program)}${script === '' || script.startsWith('-') ? '' : ` ${basename(script)}`})`;
}

/** Rows are `sl local_address rem_address st … inode`; state 0A is listening. */
function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readText(table)
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(wanted) === true && state === '0A')
    .flatMap((row) => row[9] ?? []);
}

/** Processes end while they are looked at, and others' are closed to us. */
function orEmpty<T>(read: () => T, empty: T): T {
  try {
    return read();
  } catch {
    return empty;
  }
}

const readFolder = (path: string): readonly string[] => orEmpty(() => readdirSync(path), []);
const readLink = (path: string): string => orEmpty(() => readlinkSync(path), '');
const readText = (path: string): string => orEmpty(() => readFileSync(path, 'utf8'), '');
