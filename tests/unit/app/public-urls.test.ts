import { describe, expect, it } from 'vitest';
import { createPublicUrls, type PublicUrls } from '../../../src/app/public-urls.ts';
import type { Config } from '../../../src/contracts/config.ts';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';

const urls = (server: Partial<Config['server']>, port = 8000): PublicUrls => createPublicUrls({ ...DEFAULT_CONFIG.server, ...server }, () => port);
const tls = { certFile: '/c', keyFile: '/k', caFile: null, clientCertificates: 'off' } as const;
const asked = (host: string, url = '/mcp'): Parameters<PublicUrls['metadataUrl']>[0] => ({ headers: { host }, url });

describe('addresses of the gateway', () => {
  it.each([
    ['on loopback', {}, 'http://127.0.0.1:8000'],
    ['with TLS', { tls }, 'https://127.0.0.1:8000'],
    ['behind a proxy, with its name', { trustedProxy: ['10.0.0.1'], allowedHosts: ['gw.example.org'] }, 'https://gw.example.org:8000'],
    ['on every interface, with a name', { host: '0.0.0.0', tls, allowedHosts: ['gw.example.org'] }, 'https://127.0.0.1:8000'],
    ['on IPv6', { host: '::1' }, 'http://[::1]:8000'],
    ['as the operator says', { publicUrl: 'https://gw.example.org/base/' }, 'https://gw.example.org/base'],
  ] as const)('%s', (_what, server, base) => {
    const found = urls(server).base;
    // A proxy listens where browsers expect it.
    expect(found).toBe(base.replace('gw.example.org:8000', 'gw.example.org'));
  });

  it('leave out the port that goes without saying', () => {
    expect(urls({ tls }, 443).base).toBe('https://127.0.0.1');
    expect(urls({}, 80).base).toBe('http://127.0.0.1');
  });

  it('follow the port that is listened on', () => {
    let port = 0;
    const found = createPublicUrls(DEFAULT_CONFIG.server, () => port);
    port = 1234;
    expect([found.base, found.isOwn('http://127.0.0.1:1234/mcp')]).toEqual(['http://127.0.0.1:1234', true]);
  });
});

describe('audiences that are ours', () => {
  const base = 'https://gw.example.org/base';
  const { isOwn } = urls({ publicUrl: base });
  it.each([base, `${base}/`, `${base}/mcp`, `${base}/mcp/profile`, `${base}/v1`])('%s', (audience) => {
    expect(isOwn(audience)).toBe(true);
  });
  it.each([
    'https://gw.example.org',
    'https://gw.example.org/mcp',
    `${base}x`,
    `${base}/other`,
    `${base}/mcp/../other`,
    `${base}/mcp/%2e%2e/x`,
    `${base}/mcp?x`,
    `${base}//mcp`,
    `${base}/MCP`,
    'http://127.0.0.1:8000/mcp',
    '',
  ])('not %s', (audience) => {
    expect(isOwn(audience)).toBe(false);
  });
});

describe('what a client is told', () => {
  it('is the address that it uses, if it is ours, and the first of ours if not', () => {
    const found = urls({ allowedHosts: ['gw.example.org:9000'] });
    expect(found.metadataUrl(asked('localhost:8000'))).toBe('http://localhost:8000/.well-known/oauth-protected-resource/mcp');
    expect(found.metadataUrl(asked('gw.example.org:9000', '/v1/models?x=/mcp'))).toBe('http://gw.example.org:9000/.well-known/oauth-protected-resource/v1');
    expect(found.metadataUrl(asked('attacker.example'))).toBe('http://127.0.0.1:8000/.well-known/oauth-protected-resource/mcp');
    expect(found.metadataUrl({ headers: { host: 'x', 'x-forwarded-host': 'attacker.example' }, url: '/admin' })).toBe(
      'http://127.0.0.1:8000/.well-known/oauth-protected-resource',
    );
  });

  it('has the path of the public address between, as RFC 9728 wants it', () => {
    const found = urls({ publicUrl: 'https://gw.example.org/base' });
    expect(found.metadataUrl(asked('gw.example.org'))).toBe('https://gw.example.org/.well-known/oauth-protected-resource/base/mcp');
    expect(['/base/mcp', '/mcp', '/base', '/basement', '/base/other'].map((path) => found.identifierOf(asked('gw.example.org'), path))).toEqual([
      'https://gw.example.org/base/mcp',
      'https://gw.example.org/base/mcp',
      'https://gw.example.org/base',
      undefined,
      undefined,
    ]);
  });
});
