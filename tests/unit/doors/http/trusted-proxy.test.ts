import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createProxyTrust, plainAddress } from '../../../../src/doors/http/trusted-proxy.ts';

const proxies = createProxyTrust(['10.0.0.1', '172.16.0.0/12', '2001:db8::/32', '::1']);
const source = (forwardedFor: string): string => proxies.read({ 'x-forwarded-for': forwardedFor }, '10.0.0.1').source;

describe('trust', () => {
  it.each(['10.0.0.1', '172.16.0.1', '172.31.255.255', '2001:db8::7', '2001:db8:ffff::', '::1'])('holds for %s', (address) => {
    expect(proxies.isTrusted(address)).toBe(true);
  });
  it.each(['10.0.0.2', '172.32.0.1', '2001:db9::1', '127.0.0.1', '', 'localhost', '10.0.0.1.evil', '10.0.0.1, 1.1.1.1'])('does not for %j', (address) => {
    expect(proxies.isTrusted(address)).toBe(false);
    expect(proxies.isTrusted(address)).toBe(false);
  });
  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0.0/1e1', ''])(
    'cannot be declared as %j',
    (entry) => {
      expect(() => createProxyTrust([entry])).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    },
  );
});

describe('the client behind it', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['2001:DB9::1', '2001:db9::1'],
    ['[2001:db9::1]:4711', '2001:db9::1'],
    ['[2001:db9::1]', '2001:db9::1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    // What the client itself wrote stands left of what the proxy appended.
    ['127.0.0.1, 203.0.113.9', '203.0.113.9'],
    ['1.1.1.1, 2.2.2.2, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1, 203.0.113.9, 172.16.5.5', '203.0.113.9'],
    ['203.0.113.9, 172.16.5.5, 10.0.0.1', '203.0.113.9'],
    // All trusted: the farthest one.
    ['172.16.5.5', '172.16.5.5'],
    // Garbage is not believed, nor anything left of it.
    ['', '10.0.0.1'],
    ['unknown', '10.0.0.1'],
    ['203.0.113.9, unknown', '10.0.0.1'],
    ['203.0.113.9, garbage, 172.16.5.5', '172.16.5.5'],
    ['999.1.1.1', '10.0.0.1'],
    ['localhost', '10.0.0.1'],
    ["203.0.113.9' OR 1=1", '10.0.0.1'],
    ['<script>', '10.0.0.1'],
    ['203.0.113.9,', '10.0.0.1'],
    ['stdio', '10.0.0.1'],
    ['[::1', '10.0.0.1'],
    ['_hidden', '10.0.0.1'],
  ])('%j is %s', (header, client) => {
    expect(source(header)).toBe(client);
  });

  it('is always an address, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.:,[] abcdef%/') }), (header) => {
        expect(isIP(source(header))).not.toBe(0);
      }),
      { numRuns: 5000, seed: 1 },
    );
  });

  it('brings host and scheme along, the last one of several', () => {
    const read = (headers: Record<string, string>) => proxies.read({ host: 'inner:8000', ...headers }, '10.0.0.1');
    expect(read({})).toMatchObject({ authority: 'inner:8000', isSecure: false });
    expect(read({ 'x-forwarded-host': 'gw.example', 'x-forwarded-proto': 'https' })).toMatchObject({ authority: 'gw.example', isSecure: true });
    expect(read({ 'x-forwarded-host': 'evil.example, gw.example', 'x-forwarded-proto': 'https, http' })).toMatchObject({
      authority: 'gw.example',
      isSecure: false,
    });
    expect(read({ 'x-forwarded-proto': 'HTTPS' })).toMatchObject({ isSecure: true });
    expect(read({ 'x-forwarded-proto': 'wss' })).toMatchObject({ isSecure: false });
  });
});

it('shows mapped IPv4 plainly', () => {
  expect(plainAddress('::ffff:127.0.0.1')).toBe('127.0.0.1');
  expect(plainAddress('::ffff:7f00:1')).toBe('::ffff:7f00:1');
  expect(plainAddress(undefined)).toBe('');
});
