import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EgressRequest } from '../../../src/contracts/egress.ts';
import { AppError } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';
import { createEgress } from '../../../src/egress/dialer.ts';

let server: Server;
let origin = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/slow') return;
    if (request.url === '/move') return void response.writeHead(302, { location: '/else' }).end();
    response.write('a'.repeat(1000));
    if (request.url !== '/stall') response.end('b');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = (url: string, own: Partial<EgressRequest> = {}): EgressRequest => ({
  method: 'GET',
  url,
  headers: {},
  scope: new Scope(),
  firstByteMs: 400,
  idleMs: 400,
  maxBytes: 10_000,
  ...own,
});
const read = async (url: string, own: Partial<EgressRequest> = {}): Promise<string> => {
  const egress = createEgress([origin]);
  try {
    let text = '';
    for await (const piece of (await egress.send(get(url, own))).body) text += Buffer.from(piece).toString();
    return text;
  } finally {
    egress.close();
  }
};

// @requirement G6.a
describe('the way out', () => {
  it('reads a body to its end', async () => {
    expect(await read(`${origin}/x`)).toHaveLength(1001);
  });

  it.each([
    ['another origin', () => 'http://169.254.169.254/latest', {}, 'EGRESS_REFUSED'],
    ['another port', () => 'http://127.0.0.1:1/', {}, 'EGRESS_REFUSED'],
    ['another scheme', () => 'file:///etc/passwd', {}, 'EGRESS_REFUSED'],
    ['user info that looks like the host', () => `${origin}@evil.example/`, {}, 'EGRESS_REFUSED'],
    ['no URL', () => 'x', {}, 'EGRESS_REFUSED'],
    ['a redirect', () => `${origin}/move`, {}, 'EGRESS_REFUSED'],
    ['silence', () => `${origin}/slow`, {}, 'PROVIDER_SILENT'],
    ['a stall', () => `${origin}/stall`, {}, 'PROVIDER_SILENT'],
    ['too much', () => `${origin}/x`, { maxBytes: 1000 }, 'RESPONSE_TOO_LARGE'],
  ])('fails on %s', async (_name, url, own, code) => {
    await expect(read(url(), own)).rejects.toMatchObject({ code });
  });

  it('fails on a port that nobody listens on, and does not tell which', async () => {
    const egress = createEgress(['http://127.0.0.1:9']);
    const failure = await egress.send(get('http://127.0.0.1:9/')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'PROVIDER_UNREACHABLE', message: expect.not.stringContaining('127.0.0.1') });
  });

  it.each(['/slow', '/stall'])('ends %s at once when the scope is cancelled', async (path) => {
    const scope = new Scope();
    setTimeout(() => scope.cancel(new AppError('CANCELLED')), 30);
    await expect(read(`${origin}${path}`, { scope, firstByteMs: 5000, idleMs: 5000 })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
