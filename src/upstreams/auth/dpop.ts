/** @module upstreams/auth/dpop: proof that the one who sends a token holds the key it is bound to. */
import { createHash, randomUUID } from 'node:crypto';
import type { JWK } from 'jose';

/** The algorithm of every key made here. */
export const DPOP_ALGORITHM = 'ES256';

/** What a proof says. */
export interface ProofClaims {
  readonly method: string;
  /** Query and fragment are left out of the proof. */
  readonly url: string;
  readonly nonce: string | undefined;
  /** Bound into the proof at the resource; absent at the token endpoint. */
  readonly accessToken?: string | undefined;
}

/** A new private key as JWK. */
export async function makeProofKey(): Promise<JWK> {
  const { exportJWK, generateKeyPair } = await import('jose');
  const { privateKey } = await generateKeyPair(DPOP_ALGORITHM, { extractable: true });
  return await exportJWK(privateKey);
}

/** A proof for one request: never the same twice. @see RFC 9449 section 4.2 */
export async function makeProof(key: JWK, { method, url, nonce, accessToken }: ProofClaims): Promise<string> {
  const { importJWK, SignJWT } = await import('jose');
  const { origin, pathname } = new URL(url);
  const { kty, crv, x, y } = key;
  const hash = accessToken === undefined ? undefined : createHash('sha256').update(accessToken, 'ascii').digest('base64url');
  const claims = { htm: method, htu: `${origin}${pathname}`, ...(nonce === undefined ? {} : { nonce }), ...(hash === undefined ? {} : { ath: hash }) };
  const publicKey = { kty, crv, x, y } as JWK;
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: DPOP_ALGORITHM, typ: 'dpop+jwt', jwk: publicKey })
    .setJti(randomUUID())
    .setIssuedAt()
    .sign(await importJWK(key, DPOP_ALGORITHM));
}
