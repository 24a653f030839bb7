/** @module doors/tls/https: the HTTP listener with TLS. Loaded only where it is configured. */
import type { IncomingMessage, RequestListener, Server as HttpServer, ServerOptions } from 'node:http';
import { createServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../contracts/identity-config.ts';
import type { ClientCertificate } from '../../contracts/principal.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { createCertificateReader } from './client-certificate.ts';
import { createTlsCredentials } from './credentials.ts';

/** How the edge listens with TLS. */
export interface SecureListener {
  /** @param onRefused told of handshakes that fail */
  createServer(options: ServerOptions, handshakeMs: number, handle: RequestListener, onRefused: () => void): HttpServer;
  certificateOf(request: IncomingMessage): ClientCertificate | undefined;
  /** Reads the files again. True = they had changed and are in force. */
  reload(): boolean;
  close(): void;
}

/** @throws AppError CONFIG_UNREADABLE, CONFIG_INVALID */
export function createSecureListener(config: TlsConfig, logger: Logger): SecureListener {
  const credentials = createTlsCredentials(config, logger);
  const certificateOf = createCertificateReader();
  return {
    createServer: (options, handshakeMs, handle, onRefused) => {
      const server = createServer({ ...options, ...credentials.options, ALPNProtocols: ['http/1.1'], handshakeTimeout: handshakeMs }, handle);
      credentials.follow(server);
      server.on('tlsClientError', (_error, socket) => {
        onRefused();
        socket.destroy();
      });
      return server;
    },
    certificateOf: ({ socket }) => (socket instanceof TLSSocket ? certificateOf(socket) : undefined),
    reload: credentials.reload,
    close: credentials.close,
  };
}
