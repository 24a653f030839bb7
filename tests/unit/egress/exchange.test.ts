import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Egress, EgressRequest, EgressResponse } from '../../../src/contracts/egress.ts';
import { AppError } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';
import { createEgress } from '../../../src/egress/dialer.ts';

let server: Server;
let egress: Egress;
const sockets: Socket[] = [];

afterEach(() => {
  egress.close();
  server.closeAllConnections();
  server.close();
  sockets.length = 0;
});

/** A server that answers so, and a request to it. */
async function serve(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<(own?: Partial<EgressRequest>) => Promise<EgressResponse>> {
  server = createServer((request, response) => answer(response, request)).listen(0, '127.0.0.1');
  server.on('connection', (socket) => sockets.push(socket));
  await once(server, 'listening');
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  egress = createEgress([origin]);
  return (own = {}) =>
    egress.send({ method: 'GET', url: `${origin}/`, headers: {}, scope: new Scope(), firstByteMs: 1000, idleMs: 1000, maxBytes: 100_000_000, ...own });
}

async function textOf({ body }: EgressResponse): Promise<string> {
  let text = '';
  for await (const piece of body) text += Buffer.from(piece).toString();
  return text;
}

// @requirement G6.a
describe('an exchange with a server outside', () => {
  it('uses a connection again that brought a whole answer', async () => {
    const send = await serve((response) => void response.end('whole'));
    for (let time = 0; time < 10; time += 1) expect(await textOf(await send())).toBe('whole');
    // The one that has just answered may not be free again when the next request comes.
    expect(sockets.length).toBeLessThanOrEqual(2);
  });

  it('sends method, headers and body, and asks for no compression', async () => {
    let seen: unknown;
    const send = await serve((response, request) => {
      request.setEncoding('utf8').on('data', (body: string) => (seen = { body, method: request.method, headers: request.headers }));
      request.on('end', () => response.end('ok'));
    });
    await textOf(await send({ method: 'POST', headers: { 'x-own': '1' }, body: Buffer.from('{"a":1}') }));
    expect(seen).toMatchObject({ body: '{"a":1}', method: 'POST', headers: { 'x-own': '1', 'content-length': '7', 'accept-encoding': 'identity' } });
  });

  it('joins repeated headers and skips what comes before the answer', async () => {
    const send = await serve((response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(200, { 'x-twice': ['a', 'b'] }).end('ok');
    });
    const response = await send();
    expect([response.status, response.headers['x-twice'], await textOf(response)]).toEqual([200, 'a, b', 'ok']);
  });

  it.each([
    ['a compressed answer', 'PROVIDER_FAILED', (response: ServerResponse) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
    ['headers without measure', 'PROVIDER_UNREACHABLE', (response: ServerResponse) => void response.writeHead(200, { 'x-large': 'a'.repeat(20_000) }).end('x')],
    ['an answer that is no HTTP', 'PROVIDER_UNREACHABLE', (response: ServerResponse) => void response.socket?.end('hello\r\n\r\n')],
    ['a connection that is closed', 'PROVIDER_UNREACHABLE', (response: ServerResponse) => void response.socket?.destroy()],
  ])('refuses %s', async (_name, code, answer) => {
    const send = await serve(answer);
    await expect(send()).rejects.toMatchObject({ code });
  });

  it('gives what came before the connection was lost, and then the failure', async () => {
    const send = await serve((response) => {
      response.write('half');
      setTimeout(() => response.destroy(), 50);
    });
    const { body } = await send();
    await sleep(150);
    const pieces = body[Symbol.asyncIterator]();
    expect(Buffer.from((await pieces.next()).value ?? []).toString()).toBe('half');
    await expect(pieces.next()).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
  });

  it('does not read faster than its reader, and loses nothing', async () => {
    const total = 20_000_000;
    const send = await serve((response) => void response.end(Buffer.alloc(total)));
    const { body } = await send();
    await sleep(300);
    expect(sockets[0]?.writableLength).toBeGreaterThan(total / 3);
    let size = 0;
    for await (const piece of body) size += piece.byteLength;
    expect(size).toBe(total);
  });

  it('does not call a slow reader a silent server', async () => {
    const send = await serve((response) => {
      response.write('a');
      setTimeout(() => response.end('b'), 60);
    });
    const { body } = await send({ idleMs: 100 });
    let text = '';
    for await (const piece of body) {
      text += Buffer.from(piece).toString();
      await sleep(200);
    }
    expect(text).toBe('ab');
  });

  it('waits for each piece anew', async () => {
    const send = await serve((response) => {
      let left = 5;
      const timer = setInterval(() => {
        if ((left -= 1) > 0) return void response.write('a');
        clearInterval(timer);
        response.end();
      }, 60);
    });
    expect(await textOf(await send({ firstByteMs: 150, idleMs: 150 }))).toBe('aaaa');
  });

  it('keeps the time of the first byte and the time between pieces apart', async () => {
    const send = await serve((response) => void response.write('a'));
    const { body } = await send({ firstByteMs: 60_000, idleMs: 80 });
    const startedAt = performance.now();
    await expect(textOf({ status: 200, headers: {}, body })).rejects.toMatchObject({ code: 'PROVIDER_SILENT' });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it.each([
    ['is cancelled', (scope: Scope, _body: AsyncIterator<Uint8Array>) => scope.cancel(new AppError('CANCELLED'))],
    ['is left by its reader', (_scope: Scope, body: AsyncIterator<Uint8Array>) => void body.return?.()],
  ])('closes the connection within 100 ms when it %s', async (_name, leave) => {
    const send = await serve((response) => void response.write('a'));
    const scope = new Scope();
    const body = (await send({ scope })).body[Symbol.asyncIterator]();
    await body.next();
    const [socket] = sockets;
    const closed = socket && once(socket, 'close', { signal: AbortSignal.timeout(100) });
    leave(scope, body);
    await expect(closed).resolves.toBeDefined();
  });

  it('lets requests under way end when it is closed, and serves later ones', async () => {
    const send = await serve((response) => void setTimeout(() => response.end('late'), 50));
    const under = send();
    await sleep(20);
    egress.close();
    expect(await textOf(await under)).toBe('late');
    expect(await textOf(await send())).toBe('late');
  });

  it('has a bounded number of connections: the rest waits, and a cancelled one is never sent', async () => {
    let arrived = 0;
    const waiting: ServerResponse[] = [];
    const send = await serve((response) => {
      arrived += 1;
      waiting.push(response);
    });
    const own = { firstByteMs: 10_000 };
    const first = Array.from({ length: 256 }, () => send(own).then(textOf));
    await expect.poll(() => arrived).toBe(256);
    const scope = new Scope();
    const cancelled = send({ ...own, scope }).catch((error: unknown) => error);
    const last = send(own).then(textOf);
    await sleep(50);
    scope.cancel(new AppError('CANCELLED'));
    expect([arrived, await cancelled]).toMatchObject([256, { code: 'CANCELLED' }]);
    for (const response of waiting) response.end('x');
    await Promise.all(first);
    await expect.poll(() => arrived).toBe(257);
    waiting.at(-1)?.end('x');
    expect(await last).toBe('x');
  });
});
