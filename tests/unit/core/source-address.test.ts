import { describe, expect, it } from 'vitest';
import { isLoopback, networkOf } from '../../../src/core/source-address.ts';

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', 'stdio'])('%s is this machine', (source) => {
    expect(isLoopback(source)).toBe(true);
  });
  it.each(['10.0.0.1', '128.0.0.1', '::2', '::ffff:10.0.0.1', '', 'localhost', '1.127.0.0'])('%s is not', (source) => {
    expect(isLoopback(source)).toBe(false);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['0000:0000:0000:0000:0000:FFFF:C000:0207', '192.0.2.7'],
    ['2001:db8::ffff:c000:207', '2001:db8:0:0::/64'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:0DB8::1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['stdio', 'stdio'],
    ['not:an address', 'not:an address'],
  ])('%s counts as %s', (source, network) => {
    expect(networkOf(source)).toBe(network);
  });
});
