/** @module doors/http/listener: the life of the listening socket and its connections. */
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { isLoopback } from '../../core/source-address.ts';
import { rawError } from './answer.ts';

const SWEEP_MS = 50;

/**
 * Plain HTTP carries credentials in the clear, so it stays on this machine or behind a proxy that
 * somebody declared.
 *
 * @throws AppError ADDRESS_UNSAFE
 */
export function assertSafeAddress(host: string, trustedProxies: readonly string[]): void {
  if (isLoopbackHost(host) || trustedProxies.length > 0) return;
  throw new AppError('ADDRESS_UNSAFE', { message: `Plain HTTP on ${host} would be readable on the network.` });
}

/** Whether listening there reaches this machine only. */
function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host.replace(/^\[(.*)\]$/, '$1'));
}

/**
 * Resolves with the address once the server accepts connections.
 *
 * @throws AppError PORT_TAKEN, ADDRESS_UNAVAILABLE
 */
export async function listen(server: Server, host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
  await new Promise<void>((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => reject(toListenError(cause, host, port));
    server.once('error', onError);
    server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port }, () => {
      server.off('error', onError);
      resolve();
    });
  });
  const bound = server.address() as AddressInfo;
  return { host, port: bound.port };
}

function toListenError(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  if (cause.code === 'EADDRINUSE') {
    return new AppError('PORT_TAKEN', {
      message: `Port ${port} on ${host} is taken by another program.`,
      fix: `Stop it, or start with --port ${port < 65_535 ? port + 1 : 8000}.`,
      cause,
    });
  }
  return new AppError('ADDRESS_UNAVAILABLE', { message: `Cannot listen on ${host}, port ${port} (${cause.code ?? 'unknown'}).`, cause });
}

/**
 * Answers what never becomes a request: heads that do not parse, requests that come too slowly,
 * CONNECT. Returns the open connections.
 *
 * @param onRefused told the code of each refusal
 */
export function guardConnections(server: Server, onRefused: (code: ErrorCode) => void): ReadonlySet<Socket> {
  const connections = new Set<Socket>();

  const refuse = (socket: Duplex, code: ErrorCode, isFirst: boolean): void => {
    onRefused(code);
    // After an answer on this connection, text of ours could be taken for a part of it.
    if (isFirst && socket.writable) socket.end(rawError(code), () => socket.destroy());
    else socket.destroy();
  };

  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else refuse(socket, codeOfClientError(error), 'bytesWritten' in socket && socket.bytesWritten === 0);
  });
  server.on('connect', (_request, socket: Duplex) => refuse(socket, 'METHOD_NOT_ALLOWED', true));
  server.on('drop', () => onRefused('OVERLOADED'));
  return connections;
}

function codeOfClientError({ code }: NodeJS.ErrnoException): ErrorCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'REQUEST_TIMEOUT';
  return code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : 'INVALID_REQUEST';
}

/** Stops accepting and ends every connection: silent and idle ones now, busy ones when they are done or `drainMs` is over. */
export async function closeGently(server: Server, connections: ReadonlySet<Socket>, drainMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Browsers open connections in advance; node counts those as busy.
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
