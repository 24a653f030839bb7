import { createServer } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import type { HttpMount } from '../../../src/contracts/http.ts';
import { startEdge, type EdgeBench } from '../../helpers/edge.ts';
import { ask, parseAnswer, sendRaw } from '../../helpers/raw-http.ts';

let bench: EdgeBench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

const HOST = [['Host', 'localhost']] as const;
const mount = (handle: HttpMount['handle'], extra: Partial<HttpMount> = {}): HttpMount => ({ name: 'test', owns: () => true, handle, ...extra });

describe('D8.h start', () => {
  it.each(['0.0.0.0', '::', '192.168.1.10', 'gw.example', ''])('refuses plain HTTP on %j', async (host) => {
    await expect(startEdge({ host })).rejects.toMatchObject({ code: 'ADDRESS_UNSAFE' });
  });

  it.each(['127.0.0.1', 'localhost', '127.0.0.5', '::1', '[::1]'])('listens on %s', async (host) => {
    bench = await startEdge({ host });
    expect(bench.port).toBeGreaterThan(0);
  });

  it('says which port is taken and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(startEdge({ port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(String(port)) as string,
      fix: expect.stringContaining(`--port ${port + 1}`) as string,
    });
    other.close();
  });

  it('says when the address is not of this machine', async () => {
    await expect(startEdge({ host: '192.0.2.55', trustedProxies: ['192.0.2.1'] })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
  });
});

describe('mounts', () => {
  it('are asked in order', async () => {
    bench = await startEdge({
      mounts: [
        mount(
          ({ response }) => {
            response.end('first');
          },
          { owns: (path) => path === '/a' },
        ),
        mount(({ response }) => {
          response.end('second');
        }),
      ],
    });
    expect((await ask(bench.port, '/a', HOST)).body).toContain('first');
    expect((await ask(bench.port, '/b', HOST)).body).toContain('second');
    expect(bench.meter.render()).toContain('switchyard_http_requests_total{mount="test"} 2');
  });

  it.each([
    [
      'thrown',
      () => {
        throw new Error('secret /etc/passwd');
      },
    ],
    ['rejected', () => Promise.reject(new TypeError('secret /etc/passwd'))],
  ] as const)('that fail (%s) answer 500 without detail, and the log has it', async (_how, handle) => {
    bench = await startEdge({ mounts: [mount(handle)] });
    const answer = await ask(bench.port, '/x', [...HOST, ['X-Correlation-ID', 'corr-9']]);
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(JSON.parse(answer.body)).toEqual({
      error: { code: 'INTERNAL', message: expect.any(String) as string, fix: expect.any(String) as string, correlation_id: 'corr-9' },
    });
    expect(bench.log.join()).toContain('secret /etc/passwd');
    expect(bench.log.join()).toContain('corr-9');
  });

  it('that throw an AppError get the answer of its code', async () => {
    bench = await startEdge({
      mounts: [
        mount(() => {
          throw new AppError('RATE_LIMITED', { data: { retryAfterSeconds: 6.2 } });
        }),
      ],
    });
    const answer = await ask(bench.port, '/x', HOST);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '7']);
    expect(bench.log).toEqual([]);
  });

  it('that fail in the middle of an answer cut it, so that half does not look whole', async () => {
    bench = await startEdge({
      mounts: [
        mount(({ response }) => {
          response.writeHead(200, { 'Content-Length': 100 });
          response.write('half');
          throw new Error('late');
        }),
      ],
    });
    const received = await sendRaw(bench.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(received).not.toContain('INTERNAL');
    expect(parseAnswer(received).body.length).toBeLessThan(100);
  });
});

describe('stop', () => {
  it('finishes what runs, answers 503 to what comes on open connections, and lets nobody new in', async () => {
    let release = (): void => undefined;
    const slow = mount(
      ({ response }) => {
        release = () => response.end('done');
      },
      { owns: (path) => path === '/slow' },
    );
    const probe = mount(
      ({ response }) => {
        response.end('up');
      },
      { owns: (path) => path === '/health', isProbe: true },
    );
    bench = await startEdge({ mounts: [slow, probe] });
    const { port } = bench;
    const running = ask(port, '/slow', HOST);
    const open = connect(port, '127.0.0.1');
    await once(open, 'connect');
    open.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(open, 'data');
    await expect.poll(() => bench?.meter.render()).toContain('switchyard_http_requests_total{mount="test"} 2');

    bench.edge.closeIntake();
    const refused = await ask(port, '/slow', HOST);
    expect([refused.status, refused.headers['retry-after'], refused.headers['connection']]).toEqual([503, '1', 'close']);
    expect(refused.body).toContain('SHUTTING_DOWN');
    expect((await ask(port, '/health', HOST)).status).toBe(200);

    const stopped = bench.stop();
    await expect(ask(port, '/health', HOST)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    release();
    expect((await running).status).toBe(200);
    await stopped;
    expect(bench.edge.address).toBeUndefined();
  });

  it('cuts what is not done in time', async () => {
    bench = await startEdge({ mounts: [mount(() => undefined)], timeouts: { drainMs: 200 } });
    const hanging = sendRaw(bench.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await expect.poll(() => bench?.meter.render()).toContain('switchyard_http_requests_total{mount="test"} 1');
    const startedAt = performance.now();
    await bench.stop();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(await hanging).toBe('');
  });

  it('does not wait for connections that never said anything', async () => {
    bench = await startEdge();
    const silent = connect(bench.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    await expect.poll(() => bench?.meter.render()).toContain('switchyard_http_connections 1');
    const startedAt = performance.now();
    await bench.stop();
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('may be called before start and twice', async () => {
    bench = await startEdge();
    await bench.stop();
    await bench.stop();
  });
});
