/** Clients that waste connections: slow heads, slow bodies, floods of headers, idle and silent ones. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpMount } from '../../../src/contracts/http.ts';
import { startEdge, type EdgeBench } from '../../helpers/edge.ts';
import { ask, parseAnswer, sendRaw } from '../../helpers/raw-http.ts';

let bench: EdgeBench | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await bench?.stop();
  bench = undefined;
});

async function open(port: number): Promise<{ socket: Socket; closed: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(() => received);
  await once(socket, 'connect');
  return { socket, closed };
}

/** Writes one byte of the text every few milliseconds until the peer hangs up. */
function drip(socket: Socket, text: string, everyMs: number): void {
  let index = 0;
  const timer = setInterval(() => {
    socket.write(text[index % text.length] ?? ' ');
    index += 1;
  }, everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** Reads the body to its end before it answers, as every door does. */
const reader: HttpMount = {
  name: 'reader',
  owns: () => true,
  async handle({ request, response }) {
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    response.end(String(bytes));
  },
};

describe('D8.f slow clients', () => {
  const timeouts = { headersMs: 300, requestMs: 600, idleMs: 300 };

  it('drops a head that drips in', async () => {
    bench = await startEdge({ timeouts });
    const { socket, closed } = await open(bench.port);
    socket.write('GET /api HTTP/1.1\r\nHost: localhost\r\n');
    drip(socket, 'X-Slow: y\r\n', 20);
    const received = await closed;
    expect(parseAnswer(received).status).toBe(408);
    expect(received).toContain('REQUEST_TIMEOUT');
    expect(bench.seen).toEqual([]);
    expect(bench.meter.render()).toContain('switchyard_http_refused_total{code="REQUEST_TIMEOUT"} 1');
  });

  it('drops a body that drips in', async () => {
    bench = await startEdge({ timeouts, mounts: [reader] });
    const { socket, closed } = await open(bench.port);
    socket.write('POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n');
    drip(socket, 'x', 20);
    expect(parseAnswer(await closed).status).toBe(408);
  });

  it('drops connections that say nothing, and idle ones', async () => {
    bench = await startEdge({ timeouts });
    const silent = await open(bench.port);
    const idle = await open(bench.port);
    idle.socket.write('GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(parseAnswer(await idle.closed).status).toBe(200);
    await silent.closed;
  });

  it('serves others meanwhile: 300 dripping connections and an honest one', async () => {
    bench = await startEdge({ timeouts: { headersMs: 2000 } });
    const slow = await Promise.all(Array.from({ length: 300 }, () => open(bench?.port ?? 0)));
    for (const { socket } of slow) socket.write('GET /api HTTP/1.1\r\nHost: loc');
    const startedAt = performance.now();
    expect((await ask(bench.port, '/api', [['Host', 'localhost']])).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('does not drop an answer that takes its time, which is the control', async () => {
    const slowAnswer: HttpMount = {
      name: 'slow',
      owns: () => true,
      handle: ({ response }) => {
        setTimeout(() => response.end('late'), 900);
      },
    };
    bench = await startEdge({ timeouts, mounts: [slowAnswer] });
    const { status, body } = await ask(bench.port, '/', [['Host', 'localhost']]);
    expect([status, body.includes('late')]).toEqual([200, true]);
  });
});

describe('floods', () => {
  it('refuses more than 16 KiB of head', async () => {
    bench = await startEdge();
    const received = await sendRaw(bench.port, `GET /api HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`);
    expect(parseAnswer(received).status).toBe(431);
    expect(received).toContain('HEADERS_TOO_LARGE');
    expect(bench.seen).toEqual([]);
  });

  it('refuses more than 100 headers, and takes 100', async () => {
    bench = await startEdge();
    const many = (count: number) => Array.from({ length: count }, (_, index) => [`x-${index}`, '1'] as const);
    expect((await ask(bench.port, '/api', [['Host', 'localhost'], ...many(98)])).status).toBe(200);
    const flooded = await ask(bench.port, '/api', [['Host', 'localhost'], ...many(100)]);
    expect(flooded.status).toBe(431);
    expect(JSON.parse(flooded.body)).toMatchObject({ error: { code: 'HEADERS_TOO_LARGE' } });
  });

  it('refuses an endless request line', async () => {
    bench = await startEdge();
    expect(parseAnswer(await sendRaw(bench.port, `GET /${'a'.repeat(70_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).status).toBe(431);
  });

  it('drops connections above the limit', async () => {
    bench = await startEdge({ maxConnections: 2 });
    const kept = [await open(bench.port), await open(bench.port)];
    const third = await open(bench.port);
    expect(await third.closed).toBe('');
    expect(bench.meter.render()).toContain('switchyard_http_refused_total{code="OVERLOADED"} 1');
    kept[0]?.socket.write('GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(parseAnswer((await kept[0]?.closed) ?? '').status).toBe(200);
  });
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;

describe('plain HTTP beyond loopback', () => {
  it.skipIf(outside === undefined)('is answered to nobody but the declared proxy (skipped without a network interface)', async () => {
    const host = outside ?? '';
    bench = await startEdge({ host: '0.0.0.0', trustedProxies: ['192.0.2.1'], allowedHosts: [host] });
    const refused = await ask(bench.port, '/api', [['Host', host]], { host });
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'PLAINTEXT_REFUSED' } });
    expect(bench.seen).toEqual([]);
    await bench.stop();
    bench = await startEdge({ host: '0.0.0.0', trustedProxies: [host], allowedHosts: [host] });
    expect((await ask(bench.port, '/api', [['Host', host]], { host })).status).toBe(200);
  });
});
