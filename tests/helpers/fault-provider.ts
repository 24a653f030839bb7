/** A provider that speaks both wire formats and misbehaves by the name of the model: `<fault>` or `<fault>@<anything>`, counted by its whole name. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { FAULTS } from './faults.ts';

export { ANSWER, plainAnswer } from './fault-wire.ts';

export interface ProviderRequest {
  readonly model: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Monotonic milliseconds. */
  readonly cameAt: number;
  /** When the connection was closed before the answer ended; monotonic milliseconds. */
  leftAt: number | undefined;
}

export interface FaultProvider {
  readonly url: string;
  readonly requests: ProviderRequest[];
  /** Bytes written to connections so far, those of closed ones included. */
  bytesSent(): number;
  stop(): Promise<void>;
}

/** What the provider looks at in a body. */
interface AskedFor {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages?: readonly { readonly role: string }[];
}

/** Listens on a free port of loopback. @param tls absent = plain HTTP */
export async function startFaultProvider(tls?: { readonly key: string; readonly cert: string }): Promise<FaultProvider> {
  const requests: ProviderRequest[] = [];
  const perConnection = new WeakMap<Socket, number>();
  const sockets = new Set<Socket>();
  let closedBytes = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket } = request;
    const countOnConnection = (perConnection.get(socket) ?? 0) + 1;
    perConnection.set(socket, countOnConnection);
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const { model, stream, messages = [] } = JSON.parse(body.toString()) as AskedFor;
    const record: ProviderRequest = { model, path: request.url ?? '', headers: request.headers, body, cameAt: performance.now(), leftAt: undefined };
    requests.push(record);
    response
      .setMaxListeners(0)
      .on('error', () => undefined)
      .on('close', () => {
        if (!response.writableFinished) record.leftAt = performance.now();
      });
    const same = requests.filter((earlier) => earlier.model === model);
    await FAULTS[model.split('@')[0] ?? '']?.({
      response,
      isAnthropic: request.url === '/v1/messages',
      isStream: stream === true,
      model,
      count: same.length,
      sinceFirstMs: record.cameAt - (same[0]?.cameAt ?? 0),
      countOnConnection,
      hasPrefill: messages.at(-1)?.role === 'assistant',
    });
  };

  const listener: RequestListener = (request, response) => void serve(request, response).catch(() => response.destroy());
  const server = (tls ? createTlsServer(tls, listener) : createServer(listener)).listen(0, '127.0.0.1');
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      closedBytes += socket.bytesWritten;
    });
  });
  server.on('tlsClientError', () => undefined);
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    requests,
    bytesSent: () => [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, closedBytes),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
