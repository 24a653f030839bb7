/** @module contracts/tokens: access tokens: whose are accepted, and which are not any more. */
import type { MaybePromise } from '../core/json.ts';
import type { IssuerConfig } from './identity-config.ts';
import type { Principal } from './principal.ts';

/** Something that was valid and shall not be any more. */
export interface Revocation {
  /** What `revokedToken` or `revokedPrincipal` makes of it. */
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly revokedAt: number;
  /** Epoch milliseconds from which it may be forgotten, as for a token that has expired then; null = never. */
  readonly expiresAt: number | null;
  /** For people: at most 200 characters. */
  readonly reason: string | null;
}

/** Subject of one token: its issuer and its `jti`. */
export const revokedToken = (issuer: string, jti: string): string => `token:${issuer}#${jti}`;
/** Subject of everything a principal may bring, whatever the token. */
export const revokedPrincipal = (principalId: string): string => `principal:${principalId}`;

/** What was revoked. Other processes of the home notice within 250 ms. API keys have their own record and are not in here. */
export interface RevokedTokens {
  /** Whether one of the subjects is revoked. Asked when a token is first seen, and again when `version` has changed. */
  isRevoked(subjects: readonly string[]): MaybePromise<boolean>;
  /** Durable when it resolves. The earlier of two revocations of one subject stays; the later expiry counts. */
  revoke(revocation: Revocation): Promise<void>;
  /** Takes a revocation back. False when there is none. */
  restore(subject: string): Promise<boolean>;
  /** Those whose subject begins with the prefix, newest first, at most 1 000. */
  list(prefix: string): MaybePromise<readonly Revocation[]>;
  /** Removes those that may be forgotten. */
  forget(nowEpochMs: number): Promise<void>;
  /** Changes when anything may have been revoked. Cheap: asked for every call. */
  version(): number;
}

/** A public key as its owner publishes it. @see RFC 7517 */
export type PublicJwk = Readonly<Record<string, unknown>>;

/** What a valid token of a local issuer says. */
export interface LocalToken {
  readonly subject: string;
  /** The claim `client_id`. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * An authorization server in this process: its tokens are verified with keys that are asked for here
 * instead of fetched. It revokes by `RevokedTokens.revoke({subject: revokedToken(issuer, jti), …})`.
 */
export interface LocalIssuer {
  /** How its tokens are read; `jwksUri` is what the world is told, and is not fetched. */
  readonly config: IssuerConfig;
  /** Its current public keys. Asked at the first token, then every two minutes and for unknown key ids. */
  keys(): MaybePromise<readonly PublicJwk[]>;
  /**
   * Who the token stands for, with what that account may now: its roles, models, budgets and tenant,
   * limited to the token's scopes. Undefined = the account or the client is gone. Asked when a token is
   * first seen, and again when `version` has changed.
   */
  principalOf(token: LocalToken): MaybePromise<Principal | undefined>;
  /** Changes when an account or a client may have changed. Cheap: asked for every call. */
  version(): number;
}

/** A token with what must come along to prove that its holder sends it. */
export interface PresentedToken {
  readonly token: string;
  /** Of the `Authorization: DPoP` scheme: the proof and the request it is for. @see RFC 9449 */
  readonly dpop?: { readonly proof: string; readonly method: string; readonly url: string } | undefined;
  /** SHA-256 of the client certificate (DER), base64url. @see RFC 8705 section 3.1 */
  readonly certificateThumbprint?: string | undefined;
}

/** Verifies access tokens of the configured and the local issuers. */
export interface TokenVerifier {
  /**
   * The principal the token stands for; synchronous when it was verified before.
   *
   * @throws AppError AUTHENTICATION_FAILED, TOKEN_EXPIRED, ISSUER_UNAVAILABLE
   */
  verify(presented: PresentedToken): MaybePromise<Principal>;
  /** Fetches all keys anew; tokens of keys that are gone are refused from then on. @throws AppError ISSUER_UNAVAILABLE */
  reloadKeys(): Promise<void>;
}
