/** A proxy that adds the Authorization header and changes nothing else: the suite knows no keys. */
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Proxy {
  readonly port: number;
  stop(): Promise<void>;
}

/** Forwards to a port of the loopback address. Host, Origin and every other header arrive as sent. */
export async function startProxy(targetPort: number, token: string): Promise<Proxy> {
  const server = createServer((request, response) => {
    const headers = [...request.rawHeaders, 'Authorization', `Bearer ${token}`];
    const onward = forward({ host: '127.0.0.1', port: targetPort, method: request.method, path: request.url, headers, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
