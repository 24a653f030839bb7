/**
 * @module doors/tcp/tcp-door: MCP over framed TCP: each message is four bytes of length and UTF-8 JSON. A
 * client proves who it is with its first message, or with its certificate.
 */
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Service } from '../../contracts/http.ts';
import type { ClientCertificate } from '../../contracts/principal.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { AppError } from '../../core/errors.ts';
import { Visit, type VisitOptions } from './tcp-visit.ts';

/** How the door listens with TLS. */
export interface SecureTcp {
  createServer(onConnection: (socket: Socket) => void, onRefused: () => void): Server;
  certificateOf(socket: Socket): ClientCertificate | undefined;
  close(): void;
}

/** What the door is made of. */
export interface TcpDoorOptions extends VisitOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly secure?: SecureTcp | undefined;
  readonly logger: Logger;
  /** Default 1 024. */
  readonly maxConnections?: number | undefined;
}

/** The door. */
export interface TcpDoor extends Service {
  readonly address: { readonly host: string; readonly port: number } | undefined;
  /** @throws AppError PORT_TAKEN, ADDRESS_UNAVAILABLE */
  start(): Promise<void>;
  /** Ends every connection, behind what was said so far: that has two seconds to be taken. */
  stop(): Promise<void>;
}

const KEEP_ALIVE_MS = 30_000;
/** Milliseconds that clients have to take what was said to them when the gateway stops. */
const LEAVE_MS = 2000;

/** Nothing is served before the client is known; what is not understood ends the connection with one error. */
export function createTcpDoor(options: TcpDoorOptions): TcpDoor {
  const { secure, maxConnections = 1024 } = options;
  const visits = new Map<Socket, Visit>();
  const welcome = (socket: Socket): void => {
    visits.set(socket, new Visit(socket, options));
    socket.once('close', () => visits.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  };
  const server = secure
    ? secure.createServer(welcome, () => options.logger.warn('handshake refused', { door: 'tcp' }))
    : createTcpServer({ allowHalfOpen: true }, welcome);
  server.maxConnections = maxConnections;
  let address: TcpDoor['address'];
  return {
    name: 'tcp',
    get address() {
      return address;
    },
    async start() {
      const { host, port } = options;
      await new Promise<void>((resolve, reject) => {
        const onError = ({ code }: NodeJS.ErrnoException): void =>
          reject(
            code === 'EADDRINUSE'
              ? new AppError('PORT_TAKEN', { message: `Port ${port} on ${host} is taken by another program.`, fix: 'Stop it, or set server.tcp.port.' })
              : new AppError('ADDRESS_UNAVAILABLE', { message: `Cannot listen on ${host}, port ${port} (${code ?? 'unknown'}).` }),
          );
        server.once('error', onError);
        server.listen({ host, port }, () => {
          server.off('error', onError);
          resolve();
        });
      });
      server.on('error', (error) => options.logger.error('tcp listener failed', { error }));
      address = { host, port: (server.address() as AddressInfo).port };
    },
    async stop() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const visit of visits.values()) visit.leave();
      const late = setTimeout(() => {
        for (const socket of visits.keys()) socket.destroy();
      }, LEAVE_MS);
      await closed;
      clearTimeout(late);
      secure?.close();
      address = undefined;
    },
  };
}
