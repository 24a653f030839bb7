import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { problemsOf } from '../../../src/config/problem.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';

const folder = mkdtempSync(join(tmpdir(), 'sy-identity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (overrides: JsonObject): ReturnType<typeof loadConfig> => loadConfig({ cwd: folder, home: join(folder, 'home'), env: {}, overrides });
const pointersOf = async (overrides: JsonObject): Promise<readonly string[]> =>
  await load(overrides).then(
    () => [],
    (error: unknown) => (AppError.is(error) ? problemsOf(error).map(({ pointer }) => pointer) : [String(error)]),
  );
const issuer = 'https://login.example.org';
const tls = { certFile: 'c', keyFile: 'k' };

describe('issuers and certificates', () => {
  it('are taken with their defaults, paths from the folder', async () => {
    const { config } = await load({ identity: { issuers: [{ issuer }] }, server: { tls } });
    expect(config.identity.issuers[0]).toMatchObject({
      audience: null,
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      defaultRoles: ['user'],
      requireBoundTokens: false,
    });
    expect(config.server.tls).toMatchObject({ certFile: join(folder, 'c'), keyFile: join(folder, 'k'), clientCertificates: 'off' });
  });

  it.each([
    ['an address without TLS', { identity: { issuers: [{ issuer: 'http://login.example.org' }] } }, '/identity/issuers/0/issuer'],
    ['an address with a query', { identity: { issuers: [{ issuer: `${issuer}?x` }] } }, '/identity/issuers/0/issuer'],
    ['a symmetric algorithm', { identity: { issuers: [{ issuer, algorithms: ['HS256'] }] } }, '/identity/issuers/0/algorithms/0'],
    ['no algorithm', { identity: { issuers: [{ issuer, algorithms: [] }] } }, '/identity/issuers/0/algorithms'],
    ['no audience', { identity: { issuers: [{ issuer, audience: [] }] } }, '/identity/issuers/0/audience'],
    ['one issuer twice', { identity: { issuers: [{ issuer }, { issuer, audience: ['x'] }] } }, '/identity/issuers/1/issuer'],
    ['a role that there is not', { identity: { issuers: [{ issuer, defaultRoles: ['usr'] }] } }, '/identity/issuers/0/defaultRoles/0'],
    ['a role that there is not in the map', { identity: { issuers: [{ issuer, roleMap: { a: ['usr'] } }] } }, '/identity/issuers/0/roleMap/a/0'],
    ['a certificate without a kind of name', { identity: { certificates: [{ match: 'agent' }] } }, '/identity/certificates/0/match'],
    ['certificates that nobody asks for', { identity: { certificates: [{ match: 'cn:x' }] } }, '/identity/certificates'],
    ['half of TLS', { server: { tls: { certFile: 'c' } } }, '/server/tls/keyFile'],
    ['client certificates without authorities', { server: { tls: { ...tls, clientCertificates: 'required' } } }, '/server/tls/caFile'],
    ['authorities without client certificates', { server: { tls: { ...tls, caFile: 'a' } } }, '/server/tls/clientCertificates'],
    ['client certificates without TLS', { server: { tls: { caFile: 'a', clientCertificates: 'required' } } }, '/server/tls/certFile'],
    ['a listener for everybody in the clear', { server: { host: '0.0.0.0' } }, '/server/host'],
    ['framed TCP for everybody without certificates', { server: { tls, host: '127.0.0.1', tcp: { isEnabled: true, host: '0.0.0.0' } } }, '/server/tcp/host'],
    ['a public address without TLS', { server: { publicUrl: 'http://gw.example.org' } }, '/server/publicUrl'],
  ])('%s is refused, with its place', async (_what, overrides, pointer) => {
    expect(await pointersOf(overrides)).toContain(pointer);
  });

  it('TLS lets the listener go beyond loopback', async () => {
    expect(await pointersOf({ server: { tls, host: '0.0.0.0' } })).toEqual([]);
  });
});
