import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../../src/core/scope.ts';
import { createEgress } from '../../../src/egress/dialer.ts';
import type { ResolveName } from '../../../src/egress/guarded-lookup.ts';

let server: Server;
let port = 0;
let served = 0;
beforeAll(async () => {
  server = createServer((_request, response) => {
    served += 1;
    response.end('answer');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const resolveTo =
  (...addresses: readonly string[]): ResolveName =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

async function ask(hostname: string, resolve: ResolveName): Promise<string> {
  const url = `http://${hostname}:${port}/`;
  const egress = createEgress([url], { resolve });
  try {
    const { body } = await egress.send({ method: 'GET', url, headers: {}, scope: new Scope(), firstByteMs: 2000, idleMs: 2000, maxBytes: 1000 });
    let text = '';
    for await (const piece of body) text += Buffer.from(piece).toString();
    return text;
  } finally {
    egress.close();
  }
}

// @requirement G6.b G6.c
describe('names of the configuration', () => {
  it('are connected to at the address that was looked up', async () => {
    expect(await ask('models.example', resolveTo('127.0.0.1'))).toBe('answer');
  });

  it('are resolved once for a connection: a later answer changes nothing', async () => {
    const answers = ['127.0.0.1', '169.254.169.254'];
    const rebinding: ResolveName = (hostname, options, callback) => resolveTo(answers.shift() ?? '')(hostname, options, callback);
    expect(await ask('models.example', rebinding)).toBe('answer');
    expect(answers).toEqual(['169.254.169.254']);
  });

  it.each([
    ['169.254.169.254'],
    ['169.254.0.1'],
    ['fd00:ec2::254'],
    ['fd20:ce::254'],
    ['fe80::1'],
    ['::ffff:169.254.169.254'],
    ['::ffff:a9fe:a9fe'],
    ['64:ff9b::a9fe:a9fe'],
    ['100.100.100.200'],
    ['168.63.129.16'],
    ['192.0.0.192'],
  ])('are refused when they lead to %s', async (address) => {
    const before = served;
    await expect(ask('models.example', resolveTo(address))).rejects.toMatchObject({ code: 'EGRESS_REFUSED', message: expect.not.stringContaining(address) });
    // Also beside an address that would be allowed, in any order.
    await expect(ask('models.example', resolveTo('127.0.0.1', address))).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    await expect(ask('models.example', resolveTo(address, '127.0.0.1'))).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    expect(served).toBe(before);
  });

  it('that are addresses are taken as they are written', async () => {
    const fail: ResolveName = (_hostname, _options, callback) => callback(new Error('asked'), []);
    expect(await ask('127.0.0.1', fail)).toBe('answer');
  });

  it('that do not exist are a failure of the connection', async () => {
    const fail: ResolveName = (_hostname, _options, callback) => callback(Object.assign(new Error('models.example'), { code: 'ENOTFOUND' }), []);
    await expect(ask('models.example', fail)).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE', message: expect.not.stringContaining('models.example') });
    await expect(ask('models.example', resolveTo())).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
  });
});
