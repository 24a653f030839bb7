/** @module contracts/principal: who calls. */
import type { MaybePromise } from '../core/json.ts';
import type { BudgetAccount } from './spend.ts';
import type { PresentedToken } from './tokens.ts';

/** How the caller proved who it is. */
export type AuthMethod = 'local' | 'api-key' | 'jwt' | 'mtls' | 'peer';

/** Value of a claim that is kept for policies. */
export type ClaimValue = string | number | boolean | readonly string[];

/** The one shape of a caller, whatever the method of authentication. Frozen. */
export interface Principal {
  /** Stable and unique, such as `key:ab12cd34`, `local:1000`, `jwt:<iss>#<sub>`. Safe to log. */
  readonly id: string;
  readonly kind: 'user' | 'service' | 'local' | 'peer';
  /** The application that acts, where the method tells it apart from the principal; else the id. */
  readonly clientId: string;
  readonly tenant: string | null;
  readonly roles: readonly string[];
  /** Scopes the credential is limited to; null means all that the roles give. Never widens the roles. */
  readonly scopes: readonly string[] | null;
  /** Patterns of the models that the credential may call (`*` = any characters); null = all that the policy gives. */
  readonly models: readonly string[] | null;
  /** Profiles through which alone the credential may be used; null or absent = everywhere. */
  readonly profiles?: readonly string[] | null | undefined;
  /** What the credential itself may use up, beside what the configuration says. */
  readonly budgets: readonly BudgetAccount[];
  readonly method: AuthMethod;
  /** Epoch milliseconds; null = does not expire. */
  readonly expiresAt: number | null;
  /** What else is known about it, for policies: claims that the operator chose. */
  readonly claims?: Readonly<Record<string, ClaimValue>> | undefined;
}

/** A client certificate as the listener received it. */
export interface ClientCertificate {
  /** SHA-256 of the certificate (DER), base64url. @see RFC 8705 section 3.1 */
  readonly thumbprint: string;
  /** Whether it comes from an authority of the listener and is in its time. */
  readonly isTrusted: boolean;
  /** `spiffe://…`, `uri:…`, `dns:…`, `email:…`, `cn:…`; alternative names first. */
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What a door received in proof of identity. Never logged. */
export type Credential =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'bearer';
      readonly token: string;
      /** Came with the `DPoP` scheme: the proof and the request it is for. */
      readonly dpop?: PresentedToken['dpop'];
      /** Of the connection; what a token may be bound to. */
      readonly certificate?: ClientCertificate | undefined;
    }
  /** The connection itself proves it. */
  | { readonly kind: 'certificate'; readonly certificate: ClientCertificate }
  /** The operating system vouches: same user over stdio or the 0600 socket. */
  | { readonly kind: 'local' }
  /** A browser that redeemed a one-time link; `cookie` is what ConsoleSessions.redeem gave it. */
  | { readonly kind: 'console'; readonly cookie: string };

/** Turns credentials into principals. */
export interface Identity {
  /**
   * The principal behind the credential; synchronous when the answer is cached.
   *
   * @param source network address, or `stdio`; failed attempts are counted by it
   * @throws AppError AUTHENTICATION_REQUIRED, AUTHENTICATION_FAILED, AUTHENTICATION_BLOCKED, TOKEN_EXPIRED, ISSUER_UNAVAILABLE
   */
  identify(credential: Credential, source: string): MaybePromise<Principal>;
  /** Whether the credential of a caller who was let in is still good for that principal. A no is not an attempt, and counted nowhere. @throws AppError STORAGE_*, ISSUER_UNAVAILABLE */
  isCurrent(principal: Principal, credential: Credential): MaybePromise<boolean>;
}

/** A client as the gateway sees it: per connection, or per principal where there is none. */
export interface ClientContext {
  readonly id: string;
  readonly principalId: string;
  readonly door: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  lastActivityAt: number;
  requestCount: number;
  /** As the client names itself; untrusted text, length-capped. */
  name: string | null;
  version: string | null;
  /** MCP revision in use, or null outside MCP. */
  protocolVersion: string | null;
  era: 'modern' | 'legacy' | null;
}

/** The clients seen of late (bounded; the least recently active is forgotten first). */
export interface ClientDirectory {
  /** Counts one request of the client and returns its context, made at the first. */
  touch(key: { readonly id: string; readonly principalId: string; readonly door: string }): ClientContext;
  /** The connection has ended. */
  forget(id: string): void;
  /** Most recently active first. */
  list(): readonly ClientContext[];
}
