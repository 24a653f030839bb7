/** @module identity/issuer/handles: signed access tokens at the endpoints that take tokens, by handles that only this process makes. */
import { importJWK, jwtVerify } from 'jose';
import { randomHex } from '../../core/ids.ts';
import type { Payload } from './adapter.ts';
import type { Issued } from './issued.ts';
import type { SigningKeys } from './signing-keys.ts';

const SIGNED = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Handles of one server. */
export interface TokenHandles {
  /** A handle for a token of this server, something unknown for any other signed text, and other texts as they are. */
  handleOf(token: string): Promise<string>;
  /** The token behind a handle as oidc-provider knows tokens. */
  find(model: string, handle: string): Promise<Payload | undefined>;
}

/** @param issuer what must stand in `iss` */
export function createTokenHandles(issuer: string, keys: SigningKeys, issued: Issued): TokenHandles {
  const prefix = `${randomHex(16)}:`;
  return {
    async handleOf(token) {
      if (!SIGNED.test(token)) return token.startsWith(prefix) ? 'unknown' : token;
      try {
        const { payload } = await jwtVerify(
          token,
          async ({ kid }) => {
            const key = keys.current().find((candidate) => candidate.kid === kid);
            if (!key) throw new Error('unknown key');
            return await importJWK(key.publicJwk, 'ES256');
          },
          { issuer, typ: 'at+jwt', algorithms: ['ES256'] },
        );
        return `${prefix}${payload.jti}`;
      } catch {
        return 'unknown';
      }
    },
    async find(model, handle) {
      const token = handle.startsWith(prefix) ? await issued.find(handle.slice(prefix.length)) : undefined;
      if (!token || (token.accountId === null) !== (model === 'ClientCredentials')) return undefined;
      const { jti, clientId, accountId, scope, expiresAt, issuedAt, audience } = token;
      // Without its grant: who gives back one token keeps the others.
      return {
        kind: model,
        jti,
        clientId,
        scope,
        aud: audience,
        iat: Math.floor(issuedAt / 1000),
        exp: Math.floor(expiresAt / 1000),
        ...(accountId === null ? {} : { accountId }),
      };
    },
  };
}
