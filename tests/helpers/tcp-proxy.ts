/** A wire between a client and a server that a test can cut, freeze or slow down. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The wire. */
export interface TcpProxy {
  readonly port: number;
  /** `pass`; `hang` = takes connections and bytes and delivers nothing; `reset` = breaks every connection, also those that come. */
  mode: 'pass' | 'hang' | 'reset';
  /** Milliseconds that each piece from the server waits. */
  delayMs: number;
  /** Breaks what is open. */
  cut(): void;
  close(): Promise<void>;
}

/** @param targetPort on loopback */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  const state = { mode: 'pass' as TcpProxy['mode'], delayMs: 0 };
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => undefined).on('close', () => open.delete(client));
    if (state.mode === 'reset') return void client.resetAndDestroy();
    const upstream = connect(targetPort, '127.0.0.1');
    open.add(upstream);
    upstream
      .on('error', () => client.resetAndDestroy())
      .on('close', () => {
        open.delete(upstream);
        client.destroy();
      });
    client.on('close', () => upstream.destroy());
    client.on('data', (data) => {
      if (state.mode === 'pass') upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (state.mode !== 'pass') return;
      if (state.delayMs === 0) client.write(data);
      else setTimeout(() => client.writable && client.write(data), state.delayMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get mode() {
      return state.mode;
    },
    set mode(mode) {
      state.mode = mode;
      if (mode === 'reset') cut();
    },
    get delayMs() {
      return state.delayMs;
    },
    set delayMs(ms) {
      state.delayMs = ms;
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
