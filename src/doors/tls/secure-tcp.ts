/** @module doors/tls/secure-tcp: the framed TCP listener with TLS. Loaded only where it is configured. */
import { createServer, TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../contracts/identity-config.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import type { SecureTcp } from '../tcp/tcp-door.ts';
import { createCertificateReader } from './client-certificate.ts';
import { createTlsCredentials } from './credentials.ts';

const HANDSHAKE_MS = 5000;

/** @throws AppError CONFIG_UNREADABLE, CONFIG_INVALID */
export function createSecureTcp(config: TlsConfig, logger: Logger): SecureTcp {
  const credentials = createTlsCredentials(config, logger);
  const certificateOf = createCertificateReader();
  return {
    createServer: (onConnection, onRefused) => {
      const server = createServer({ ...credentials.options, allowHalfOpen: true, handshakeTimeout: HANDSHAKE_MS }, onConnection);
      credentials.follow(server);
      server.on('tlsClientError', (_error, socket) => {
        onRefused();
        socket.destroy();
      });
      return server;
    },
    certificateOf: (socket) => (socket instanceof TLSSocket ? certificateOf(socket) : undefined),
    close: credentials.close,
  };
}
