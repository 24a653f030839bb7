/** Request targets with two readings, methods that are not for us, and forged words about the client. */
import { afterEach, describe, expect, it } from 'vitest';
import { startEdge, type EdgeBench } from '../../helpers/edge.ts';
import { ask, parseAnswer, requestText, sendRaw } from '../../helpers/raw-http.ts';

let bench: EdgeBench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

const host = [['Host', 'localhost']] as const;

describe('request targets', () => {
  it.each([
    'http://localhost/api',
    'http://evil.example/api',
    '//api',
    '/api//x',
    '/api/../api',
    '/api/%2e%2e/x',
    '/api/..%2fx',
    '/api%00',
    '/api%0d%0aSet-Cookie:%20a=b',
    '/api\\x',
    '/api%5c..%5cx',
    '/./api',
    '/api/.',
    '/api%',
    '/api%c0%ae',
    '*',
  ])('%s is a 400 that no mount sees', async (target) => {
    bench = await startEdge();
    const answer = await ask(bench.port, target, host, target === '*' ? { method: 'OPTIONS' } : {});
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(bench.seen).toEqual([]);
    // Control: the plain path arrives.
    expect((await ask(bench.port, '/api/x', host)).status).toBe(200);
  });

  it.each([
    '/nothing',
    '/index.html',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/openid-configuration',
    '/favicon.ico',
    '/.env',
    '/.git/config',
    '/robots.txt',
  ])('%s is a JSON 404, never HTML and never 401', async (target) => {
    bench = await startEdge();
    const answer = await ask(bench.port, target, [...host, ['Accept', 'text/html']]);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'METHOD_NOT_FOUND', correlation_id: answer.headers['x-correlation-id'] } });
  });

  it('refuses TRACE and CONNECT, and answers an upgrade as plain HTTP', async () => {
    bench = await startEdge();
    const traced = await ask(bench.port, '/api', [...host, ['X-Secret', 'echo-me']], { method: 'TRACE' });
    expect(traced.status).toBe(405);
    expect(traced.body).not.toContain('echo-me');
    const tunnel = parseAnswer(await sendRaw(bench.port, requestText('evil.example:443', { method: 'CONNECT', headers: [['Host', 'evil.example:443']] })));
    expect(tunnel.status).toBe(405);
    expect(bench.seen).toEqual([]);
    for (const protocol of ['websocket', 'h2c']) {
      const upgraded = await ask(bench.port, '/api', [
        ...host,
        ['Connection', 'Upgrade'],
        ['Upgrade', protocol],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ['Sec-WebSocket-Version', '13'],
      ]);
      expect(upgraded.status).toBe(200);
    }
  });
});

describe('request smuggling', () => {
  it.each<[string, string]>([
    ['both lengths', 'POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG'],
    ['two lengths', 'POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    ['a signed length', 'POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello'],
    ['an obscured encoding', 'POST /api HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['a space before the colon', 'POST /api HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'GET /api HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n'],
    ['a bare line feed', 'GET /api HTTP/1.1\nHost: localhost\n\n'],
    ['a NUL in a header', 'GET /api HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n'],
    ['an unknown version', 'GET /api HTTP/3.7\r\nHost: localhost\r\n\r\n'],
    ['binary', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001'],
  ])('%s is refused once, the connection ends', async (_name, text) => {
    bench = await startEdge();
    const received = await sendRaw(bench.port, `${text}GET /api/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(parseAnswer(received).status).toBe(400);
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(JSON.parse(parseAnswer(received).body)).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    expect(bench.seen.map(({ path }) => path)).not.toContain('/api/smuggled');
  });
});

it('refuses a second transfer coding, whose framing is clear but whose content nobody unpacks', async () => {
  bench = await startEdge();
  const answer = await ask(bench.port, '/api', [...host, ['Transfer-Encoding', 'gzip, chunked']], { method: 'POST', body: '0\r\n\r\n' });
  expect(answer.status).toBe(400);
  expect(bench.seen).toEqual([]);
  expect((await ask(bench.port, '/api', [...host, ['Transfer-Encoding', 'Chunked']], { method: 'POST', body: '0\r\n\r\n' })).status).toBe(200);
});

it('has nothing to say to HTTP/0.9 and to HTTP/1.0 without a host', async () => {
  bench = await startEdge();
  expect(parseAnswer(await sendRaw(bench.port, 'GET /api\r\n\r\n')).status).toBe(403);
  expect(parseAnswer(await sendRaw(bench.port, 'GET /api HTTP/1.0\r\n\r\n')).status).toBe(403);
  expect(parseAnswer(await sendRaw(bench.port, 'GET /api HTTP/1.0\r\nHost: localhost\r\n\r\n')).status).toBe(200);
});

describe('D8.i forged words about the client', () => {
  const forged = [
    ['X-Forwarded-For', '203.0.113.9'],
    ['X-Forwarded-Host', 'gw.example'],
    ['X-Forwarded-Proto', 'https'],
    ['Forwarded', 'for=203.0.113.9;proto=https'],
    ['X-Real-IP', '203.0.113.9'],
    ['True-Client-IP', '203.0.113.9'],
  ] as const;

  it('are not believed from anybody undeclared', async () => {
    bench = await startEdge({ allowedHosts: ['gw.example'] });
    await ask(bench.port, '/api', [...host, ...forged]);
    expect(bench.seen).toEqual([{ path: '/api', source: '127.0.0.1', isSecure: false }]);
    // A forged host does not get past the guard either.
    expect(
      (
        await ask(bench.port, '/api', [
          ['Host', 'evil.example'],
          ['X-Forwarded-Host', 'localhost'],
        ])
      ).status,
    ).toBe(403);
  });

  it('are believed from a declared proxy, which is the control', async () => {
    bench = await startEdge({ trustedProxies: ['127.0.0.1'], allowedHosts: ['gw.example'] });
    await ask(bench.port, '/api', [['Host', 'inner'], ...forged]);
    expect(bench.seen).toEqual([{ path: '/api', source: '203.0.113.9', isSecure: true }]);
  });

  it('do not widen the guards: the forwarded host must be ours, the origin is judged by it', async () => {
    bench = await startEdge({ trustedProxies: ['127.0.0.1'], allowedHosts: ['gw.example'] });
    expect((await ask(bench.port, '/api', [...host, ['X-Forwarded-Host', 'evil.example']])).status).toBe(403);
    const from = (origin: string) =>
      ask(bench?.port ?? 0, '/api', [
        ['Host', 'inner'],
        ['X-Forwarded-Host', 'gw.example'],
        ['X-Forwarded-Proto', 'https'],
        ['Origin', origin],
      ]);
    expect((await from('https://gw.example')).status).toBe(200);
    expect((await from('http://gw.example')).status).toBe(403);
    expect((await from('https://inner')).status).toBe(403);
  });

  it('get nobody beyond loopback in who is not the declared proxy', async () => {
    // 127.0.0.1 is this machine; the declared proxy is elsewhere, so only loopback peers may talk, and are not believed.
    bench = await startEdge({ host: '0.0.0.0', trustedProxies: ['192.0.2.1'] });
    await ask(bench.port, '/api', [...host, ...forged]);
    expect(bench.seen).toEqual([{ path: '/api', source: '127.0.0.1', isSecure: false }]);
  });
});
