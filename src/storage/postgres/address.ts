/** @module storage/postgres/address: from an address to a connection, encrypted unless it stays on this machine. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { AppError } from '../../core/errors.ts';
import { systemCode } from '../../core/private-file.ts';
import { isLoopback } from '../../core/source-address.ts';

const MODES = ['disable', 'require', 'verify-full'];
const KNOWN = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];
const DEFAULT_PORT = 5432;

/** Where the server is, and who asks. */
export type PostgresAddress = Pick<ClientConfig, 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>;

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`. Nothing else is read, the environment neither.
 *
 * `sslmode`: `disable` = plain; `require` and `verify-full` = TLS whose certificate is checked against the host, by the
 * authorities of the system or of `sslrootcert`. Absent = plain on loopback, else checked TLS. Modes that
 * fall back to plain text, or that check nothing, are refused. `sslcert` and `sslkey` name the client's certificate.
 *
 * @throws AppError CONFIG_INVALID without repeating the address: it holds a password
 */
export function parsePostgresAddress(url: string): PostgresAddress {
  if (!URL.canParse(url)) throw invalid('is no address');
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url);
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') throw invalid('must begin with postgres://');
  if (hostname === '' || username === '' || pathname.length < 2) throw invalid('needs a user, a host and a database');
  for (const name of searchParams.keys())
    if (!KNOWN.includes(name)) throw invalid(`has the parameter ${JSON.stringify(name.slice(0, 40))}, which is not known`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: port === '' ? DEFAULT_PORT : Number(port),
    user: decode(username),
    database: decode(pathname.slice(1)),
    ...(password === '' ? {} : { password: decode(password) }),
    ssl: readTls(searchParams, host),
  };
}

function readTls(parameters: URLSearchParams, host: string): false | ConnectionOptions {
  const mode = parameters.get('sslmode') ?? (host === 'localhost' || isLoopback(host) ? 'disable' : 'verify-full');
  if (!MODES.includes(mode)) throw invalid(`has sslmode=${mode.slice(0, 20)}; ${MODES.join(', ')} are served`);
  if (mode === 'disable') return false;
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => readPem(parameters.get(name), name));
  return { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}

function readPem(path: string | null, name: string): string | undefined {
  if (path === null) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(`names a file in ${name} that cannot be read (${systemCode(cause)})`, cause);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid('has a % that escapes nothing', cause);
  }
}

function invalid(problem: string, cause?: unknown): AppError {
  return new AppError('CONFIG_INVALID', {
    message: `storage.url ${problem}.`,
    fix: 'Write postgres://user:${PASSWORD}@host:5432/database?sslmode=verify-full.',
    cause,
  });
}
