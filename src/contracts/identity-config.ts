/** @module contracts/identity-config: who may prove who it is, and how, as an operator writes it. */

import { deepFreeze } from '../core/json.ts';
import type { IssuerSettings } from './authorization-server.ts';

/** The embedded authorization server where the operator says nothing. */
export const DEFAULT_ISSUER: IssuerSettings = deepFreeze({
  url: null,
  accessTokenSeconds: 900,
  refreshTokenSeconds: 604_800,
  defaultScopes: ['tools:ping', 'tools:read'],
  clientDocuments: true,
  clientDocumentNetworks: [],
  registration: false,
  deviceCode: true,
});

/** Signatures that access tokens may have: asymmetric ones only. */
export const TOKEN_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

/** @see RFC 7518 section 3.1, RFC 8037 */
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** An authorization server whose access tokens (JWT) are accepted. */
export interface IssuerConfig {
  /** Exactly what stands in `iss`; also where its metadata is looked for (RFC 8414, OpenID Connect Discovery). */
  readonly issuer: string;
  /** Values of `aud` of which a token must have one; null = the identifiers under which this gateway publishes itself (RFC 8707, RFC 9728). */
  readonly audience: readonly string[] | null;
  /** Where its keys are; null = what its metadata says. */
  readonly jwksUri: string | null;
  readonly algorithms: readonly TokenAlgorithm[];
  /** Values of the header's `typ` that are accepted, compared without `application/` and case. `JWT` accepts tokens without `typ` too. */
  readonly tokenTypes: readonly string[];
  /** Claims that hold scopes, as a text or a list; all are read. */
  readonly scopeClaims: readonly string[];
  /** Claim that holds roles: its name, or a JSON Pointer such as `/realm_access/roles`. Null = tokens say nothing about roles. */
  readonly rolesClaim: string | null;
  /** Role of the token → roles of the gateway; null = roles of the same name. What is not listed gives nothing. */
  readonly roleMap: Readonly<Record<string, readonly string[]>> | null;
  /** Roles of every caller with a valid token, beside those of its claim. */
  readonly defaultRoles: readonly string[];
  /** Claim that holds the tenant: name or JSON Pointer. A token without it is refused. Null = no tenants. */
  readonly tenantClaim: string | null;
  /** Names of further claims that are kept on the principal, for policies. */
  readonly keepClaims: readonly string[];
  /** Seconds by which clocks may differ; 0 to 300. */
  readonly clockSkewSeconds: number;
  /** Tokens that were issued for longer than this are refused. */
  readonly maxTokenSeconds: number;
  /** Whether a token must be bound to a key of its holder (DPoP, or the client certificate). */
  readonly requireBoundTokens: boolean;
}

/** Client certificates of the listener's CA and who they stand for. */
export interface CertificateConfig {
  /** `spiffe://…`, `dns:name`, `email:address`, `uri:…` (alternative names) or `cn:name`; a `*` stands for any characters. */
  readonly match: string;
  readonly roles: readonly string[];
  /** Null = all that the roles give. */
  readonly scopes: readonly string[] | null;
  readonly tenant: string | null;
}

/** Who calls. */
export interface IdentityConfig {
  /** Roles of the operating system's user over stdio and the local socket. */
  readonly localRoles: readonly string[];
  /** `embedded` = the gateway is an authorization server itself; null = it is none. */
  readonly issuer: 'embedded' | null;
  /** Settings of the embedded authorization server. */
  readonly server: IssuerSettings;
  readonly issuers: readonly IssuerConfig[];
  /** The first that matches counts. */
  readonly certificates: readonly CertificateConfig[];
}

/** What a listener does about client certificates. */
export type ClientCertificates = 'off' | 'optional' | 'required';

/** TLS 1.3 of a listener. Files are PEM, absolute, and read again when they change. */
export interface TlsConfig {
  /** The certificate and those that lead to the root, in this order; null = no TLS. */
  readonly certFile: string | null;
  /** Set exactly when certFile is. */
  readonly keyFile: string | null;
  /** Authorities that client certificates must come from; needed unless `clientCertificates` is off. */
  readonly caFile: string | null;
  readonly clientCertificates: ClientCertificates;
}
