/** @module doors/tls/credentials: certificate, key and authorities of a listener, read again when they change. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type SecureContextOptions, type Server, type TlsOptions } from 'node:tls';
import type { TlsConfig } from '../../contracts/identity-config.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { AppError } from '../../core/errors.ts';

const WATCH_MS = 2_000;

/** TLS of one or more listeners. */
export interface TlsCredentials {
  /** For the creation of a server: TLS 1.3 alone. */
  readonly options: TlsOptions;
  /** From now on the server follows the files. */
  follow(server: Server): void;
  /** Reads the files now. Open connections stay; the old files stay in force when the new ones are bad, which is logged. True = new ones are in force. */
  reload(): boolean;
  close(): void;
}

/**
 * Reads the files, and looks at them every two seconds.
 *
 * @throws AppError CONFIG_UNREADABLE, CONFIG_INVALID when they cannot be read or do not fit together
 */
export function createTlsCredentials({ certFile, keyFile, caFile, clientCertificates }: TlsConfig, logger: Logger): TlsCredentials {
  const files = { cert: certFile, key: keyFile, ca: caFile };
  const servers = new Set<Server>();
  let current = load(files);

  const reload = (): boolean => {
    try {
      const next = load(files);
      if (isSame(current, next)) return false;
      current = next;
      // Makes new keys for tickets as well: sessions of before are not resumed.
      for (const server of servers) server.setSecureContext({ ...current, minVersion: 'TLSv1.3' });
      logger.info('certificates read again', { cert: certFile });
      return true;
    } catch (failure) {
      const problem = AppError.is(failure) ? failure.message : 'unknown';
      logger.error('the changed certificates were refused; the old ones stay in force', { problem });
      return false;
    }
  };
  const watched = Object.values(files).filter((file) => file !== null);
  for (const file of watched) watchFile(file, { interval: WATCH_MS, persistent: false }, reload);

  return {
    options: {
      ...current,
      minVersion: 'TLSv1.3',
      requestCert: clientCertificates !== 'off',
      // Optional ones are judged with the request, so that their refusal is recorded.
      rejectUnauthorized: clientCertificates === 'required',
    },
    follow: (server) => void servers.add(server),
    reload,
    close: () => {
      for (const file of watched) unwatchFile(file, reload);
      servers.clear();
    },
  };
}

type Material = Pick<SecureContextOptions, 'cert' | 'key' | 'ca'>;

function load({ cert, key, ca }: Readonly<Record<'cert' | 'key' | 'ca', string | null>>): Material {
  const material = { cert: read(cert, 'certFile'), key: read(key, 'keyFile'), ...(ca === null ? {} : { ca: read(ca, 'caFile') }) };
  try {
    createSecureContext(material);
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', { message: 'server.tls: certificate, key and authorities cannot be used, or do not fit together.', cause });
  }
  return material;
}

function read(file: string | null, name: string): Buffer {
  try {
    return readFileSync(file ?? '');
  } catch (cause) {
    throw new AppError('CONFIG_UNREADABLE', { message: `server.tls.${name}: the file cannot be read.`, cause });
  }
}

function isSame(left: Material, right: Material): boolean {
  return (['cert', 'key', 'ca'] as const).every((name) => String(left[name] ?? '') === String(right[name] ?? ''));
}
