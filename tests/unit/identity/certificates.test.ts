import { describe, expect, it } from 'vitest';
import type { ClientCertificate } from '../../../src/contracts/principal.ts';
import { revokedPrincipal } from '../../../src/contracts/tokens.ts';
import { createCertificatePrincipals } from '../../../src/identity/certificates.ts';
import { createMemoryStore } from '../../../src/storage/memory/store.ts';

const certificate = (...names: readonly string[]): ClientCertificate => ({ thumbprint: 'x', isTrusted: true, names, expiresAt: 99 });
const entry = (match: string, roles: readonly string[] = ['user']): Parameters<typeof createCertificatePrincipals>[0][number] => ({
  match,
  roles,
  scopes: null,
  tenant: null,
});

describe('A1.c: the principal of a certificate', () => {
  it('is that of the first entry that matches, named by the name that matched', async () => {
    const store = createMemoryStore();
    const principalOf = createCertificatePrincipals([entry('dns:*.example.org', ['developer']), entry('cn:*', ['user'])], () => store.revocations);
    expect(await principalOf(certificate('uri:https://x', 'dns:a.example.org', 'cn:a'))).toMatchObject({
      id: 'mtls:dns:a.example.org',
      clientId: 'mtls:dns:a.example.org',
      kind: 'service',
      roles: ['developer'],
      method: 'mtls',
      expiresAt: 99,
    });
    expect(await principalOf(certificate('cn:dns:a.example.org'))).toMatchObject({ id: 'mtls:cn:dns:a.example.org', roles: ['user'] });
    expect(await principalOf(certificate('dns:example.org'))).toBeUndefined();
    expect(await principalOf(certificate())).toBeUndefined();
  });

  it('A4.a: is nobody while it is revoked, also over a connection that is open', async () => {
    const store = createMemoryStore();
    const principalOf = createCertificatePrincipals([entry('cn:*')], () => store.revocations);
    const open = certificate('cn:agent');
    const before = await principalOf(open);
    expect(before).toBe(await principalOf(open));
    const subject = revokedPrincipal('mtls:cn:agent');
    await store.revocations.revoke({ subject, revokedAt: 1, expiresAt: null, reason: null });
    expect([await principalOf(open), await principalOf(certificate('cn:agent')), (await principalOf(certificate('cn:other')))?.id]).toEqual([
      undefined,
      undefined,
      'mtls:cn:other',
    ]);
    await store.revocations.restore(subject);
    expect((await principalOf(open))?.id).toBe('mtls:cn:agent');
  });
});
