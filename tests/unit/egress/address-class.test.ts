import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { AddressClass } from '../../../src/contracts/egress.ts';
import { Scope } from '../../../src/core/scope.ts';
import { classOfAddress, classOfHost, reachFrom } from '../../../src/egress/address-class.ts';
import { createEgress } from '../../../src/egress/dialer.ts';

const ADDRESSES: Readonly<Record<AddressClass, readonly string[]>> = {
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:127.0.0.2'],
  private: [
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '100.127.255.254',
    'fc00::1',
    'fdff::1',
    '::ffff:10.1.2.3',
    '::ffff:c0a8:101',
  ],
  metadata: [
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::169.254.169.254',
  ],
  reserved: [
    '0.0.0.0',
    '0.1.2.3',
    '192.0.2.1',
    '198.51.100.7',
    '203.0.113.9',
    '198.18.0.1',
    '192.88.99.1',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::127.0.0.1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:a00:1::',
    '3fff::1',
    '5f00::1',
    'fec0::1',
    'ff02::1',
    'ff0e::1',
    'not an address',
    '',
    '127.1',
    '0x7f.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
  ],
  public: [
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.1',
    '126.255.255.255',
    '128.0.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '192.167.255.255',
    '192.169.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450::1',
  ],
};

// @requirement G6.d
describe('what kind of place an address is', () => {
  it.each(Object.entries(ADDRESSES).flatMap(([expected, list]) => list.map((address) => [address, expected])))('%s is %s', (address, expected) => {
    expect(classOfAddress(address)).toBe(expected);
  });

  it.each([
    ['http://0x7f.1/', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://0177.0.0.1/', 'loopback'],
    ['http://127.1/', 'loopback'],
    ['http://①②⑦.0.0.1/', 'loopback'],
    ['http://LOCALHOST/', 'loopback'],
    ['http://localhost./', 'loopback'],
    ['http://a.b.localhost/', 'loopback'],
    ['http://[::ffff:127.0.0.1]/', 'loopback'],
    ['http://0xa9fea9fe/', 'metadata'],
    ['http://2852039166/', 'metadata'],
    ['http://3232235777/', 'private'],
    ['http://notlocalhost/', undefined],
    ['http://localhost.example/', undefined],
    ['http://10.0.0.1.example/', undefined],
  ])('the host of %s is %s', (url, expected) => expect(classOfHost(new URL(url).hostname)).toBe(expected));

  it.each([
    ['http://127.0.0.1:1/mcp', ['public', 'loopback']],
    ['http://localhost/mcp', ['public', 'loopback']],
    ['https://10.1.2.3/mcp', ['public', 'private']],
    ['https://[fd00::7]/mcp', ['public', 'private']],
    ['https://mcp.example/mcp', ['public']],
    ['https://169.254.169.254/mcp', ['public']],
    ['https://0.0.0.0/mcp', ['public']],
  ])('%s may lead to %j', (url, expected) => expect(reachFrom(url)).toEqual(expected));
});

describe('a dialer that is led', () => {
  it('G6.d connects to the address that it has looked at, and looks once', async () => {
    const server = createServer((_request, response) => response.end('here'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    let lookups = 0;
    // A name that is public when it is looked at, and this machine a moment later.
    const egress = createEgress([], {
      ledBy: 'http://127.0.0.1/',
      resolve: (_name, _options, callback) => {
        lookups += 1;
        callback(null, [{ address: lookups === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
      },
    });
    using scope = new Scope({ timeoutMs: 2000 });
    const { status } = await egress.send({
      method: 'GET',
      url: `http://localhost:${port}/`,
      headers: {},
      scope,
      firstByteMs: 2000,
      idleMs: 2000,
      maxBytes: 100,
    });
    expect([status, lookups]).toEqual([200, 1]);
    await expect(
      egress.send({ method: 'GET', url: 'https://rebound.example/', headers: {}, scope, firstByteMs: 2000, idleMs: 2000, maxBytes: 100 }),
    ).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    egress.close();
    server.closeAllConnections();
    server.close();
  });
});
