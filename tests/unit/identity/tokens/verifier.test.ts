/** What is verified while keys are reloaded, and bindings that nobody here can check. */
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import type { IssuerConfig } from '../../../../src/contracts/identity-config.ts';
import type { RevokedTokens } from '../../../../src/contracts/tokens.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { createTokenVerifier } from '../../../../src/identity/tokens/verifier.ts';

const ISSUER = 'https://issuer.example';
const config = {
  issuer: ISSUER,
  jwksUri: `${ISSUER}/keys`,
  audience: ['us'],
  algorithms: ['ES256'],
  tokenTypes: ['at+jwt'],
  scopeClaims: ['scope'],
  rolesClaim: null,
  roleMap: null,
  defaultRoles: ['user'],
  tenantClaim: null,
  keepClaims: [],
  clockSkewSeconds: 0,
  maxTokenSeconds: 3600,
  requireBoundTokens: false,
} as unknown as IssuerConfig;

const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'k' };
const sign = (more: JWTPayload = {}): Promise<string> =>
  new SignJWT({ sub: 's', ...more })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
    .setIssuer(ISSUER)
    .setAudience('us')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);

function setUp(): {
  verifier: ReturnType<typeof createTokenVerifier>;
  publish(keys: readonly object[]): void;
  hold(): { readonly asked: Promise<void>; release(): void };
} {
  let keys: readonly object[] = [jwk];
  let held: (() => Promise<boolean>) | undefined;
  const revoked = { version: () => 1, isRevoked: () => held?.() ?? false } as unknown as RevokedTokens;
  const verifier = createTokenVerifier({
    issuers: [config],
    isOwnAudience: () => false,
    fetchJson: () => Promise.resolve({ keys }),
    revoked: () => revoked,
    clock: systemClock,
  });
  return {
    verifier,
    publish: (next) => {
      keys = next;
    },
    hold: () => {
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<boolean>();
      held = () => {
        asked.resolve();
        return answer.promise;
      };
      return {
        asked: asked.promise,
        release: () => {
          held = undefined;
          answer.resolve(false);
        },
      };
    },
  };
}
const outcomeOf = async (work: unknown): Promise<unknown> =>
  await Promise.resolve(work).then(
    () => 'accepted',
    (failure: { readonly code: string }) => failure.code,
  );

// @requirement A2.c
describe('keys that are reloaded', () => {
  it('a token whose verification was under way meanwhile is not remembered with the keys of before', async () => {
    const token = await sign();
    const { verifier, publish, hold } = setUp();
    const { asked, release } = hold();
    const first = verifier.verify({ token });
    // Its signature is right by now; whether it is revoked is being asked.
    await asked;
    publish([]);
    await verifier.reloadKeys();
    release();
    await outcomeOf(first);
    expect(await outcomeOf(verifier.verify({ token }))).toBe('AUTHENTICATION_FAILED');
  });

  it('one that is verified with keys that stay is remembered (control)', async () => {
    const token = await sign();
    const { verifier, publish } = setUp();
    expect(await outcomeOf(verifier.verify({ token }))).toBe('accepted');
    publish([]);
    expect(await outcomeOf(verifier.verify({ token }))).toBe('accepted');
    await verifier.reloadKeys();
    expect(await outcomeOf(verifier.verify({ token }))).toBe('AUTHENTICATION_FAILED');
  });
});

// @requirement A2.m
it.each([
  ['a certificate that it comes with (control)', { 'x5t#S256': 'x'.repeat(43) }, 'accepted'],
  ['something else', { kid: 'x' }, 'AUTHENTICATION_FAILED'],
  ['a certificate and something else', { 'x5t#S256': 'x'.repeat(43), kid: 'x' }, 'AUTHENTICATION_FAILED'],
  ['a certificate and a whole key', { 'x5t#S256': 'x'.repeat(43), jwk }, 'AUTHENTICATION_FAILED'],
  ['nothing', {}, 'AUTHENTICATION_FAILED'],
  ['no object', 'x', 'AUTHENTICATION_FAILED'],
])('a token that is bound to %s', async (_name, cnf, expected) => {
  const token = await sign({ cnf });
  expect(await outcomeOf(setUp().verifier.verify({ token, certificateThumbprint: 'x'.repeat(43) }))).toBe(expected);
});
