/** What is fetched at addresses that strangers name, and what is not even connected to. */
import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { classOfAddress } from '../../../src/egress/address-class.ts';
import { createPublicDialer } from '../../../src/egress/public-dialer.ts';
import type { ResolveName } from '../../../src/egress/guarded-lookup.ts';

const PRIVATE = [
  ['0.0.0.0', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.255.255.254', '168.63.129.16', '169.254.169.254'],
  [
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.7',
    '224.0.0.1',
    '255.255.255.255',
  ],
  ['::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1', '64:ff9b::169.254.169.254', '64:ff9b:1::1', '100::1'],
  [
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    'fc00::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '2620:4f:8000::1',
  ],
].flat();
const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '172.32.0.1',
  '172.15.255.255',
  '100.128.0.1',
  '169.253.1.1',
  '192.0.1.1',
  '223.255.255.254',
  '2606:4700::1111',
  '2a00:1450::1',
  '::ffff:8.8.8.8',
];

describe('addresses', () => {
  it.each(PRIVATE)('%s is not public', (address) => expect(classOfAddress(address)).not.toBe('public'));
  it.each(PUBLIC)('%s is public', (address) => expect(classOfAddress(address)).toBe('public'));
  it.each(['', 'localhost', '1.2.3', 'x'])('%j is no address', (text) => expect(classOfAddress(text)).toBe('reserved'));
});

describe('fetching', () => {
  const leadsTo =
    (...addresses: readonly string[]): ResolveName =>
    (_name, _options, callback) =>
      callback(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  const outcomeOf = async (url: string, resolve?: ResolveName): Promise<string> =>
    await createPublicDialer(resolve ? { resolve } : {})(url, 100, 300).then(
      () => 'fetched',
      ({ code }: { code: string }) => code,
    );

  it.each([
    'http://example.com/',
    'ftp://example.com/',
    'https://user:secret@example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://169.254.169.254/latest/meta-data',
    `https://example.com/${'x'.repeat(3000)}`,
    'not a url',
    '',
  ])('%j is refused', async (url) => expect(await outcomeOf(url)).toBe('EGRESS_REFUSED'));

  it.each([['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['::1'], ['2606:4700::1', 'fd00::1']])(
    'a name that leads to %j is refused, whichever comes first',
    async (...addresses) => {
      expect(await outcomeOf('https://attacker.example/', leadsTo(...addresses))).toBe('EGRESS_REFUSED');
      expect(await outcomeOf('https://attacker.example/', leadsTo(...addresses.toReversed()))).toBe('EGRESS_REFUSED');
    },
  );

  it('control: a name whose network is allowed is connected to', async () => {
    const dial = createPublicDialer({ allowed: ['127.0.0.0/8'], resolve: leadsTo('127.0.0.1') });
    await expect(dial('https://attacker.example:9/', 100, 2_000)).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
  });
});
