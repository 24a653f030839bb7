/** @module identity/issuer/client-secrets: comparing secrets of clients, of which only hashes are kept. */
import { hash, timingSafeEqual } from 'node:crypto';

const HASHED = /^[0-9a-f]{64}$/;

/**
 * Takes the place of oidc-provider's own comparison, on a client: whether the secret is the one whose
 * hash is stored. The time it takes does not depend on where they differ.
 */
export function secretMatches(this: { readonly clientSecret?: string }, secret: string): boolean {
  const stored = this.clientSecret ?? '';
  const given = hash('sha256', secret, 'buffer');
  return HASHED.test(stored) && timingSafeEqual(given, Buffer.from(stored, 'hex'));
}
