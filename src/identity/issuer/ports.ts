/** @module identity/issuer/ports: what the authorization server is given. */
import type { Clock } from '../../core/clock.ts';
import type { AuditSink } from '../../contracts/audit.ts';
import type { IssuerPages, IssuerSettings } from '../../contracts/authorization-server.ts';
import type { Principal } from '../../contracts/principal.ts';
import type { Store } from '../../contracts/store.ts';
import type { Logger } from '../../contracts/telemetry.ts';

/** A document as it came. */
export interface FetchedDocument {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What the authorization server is given. */
export interface IssuerPorts {
  readonly settings: IssuerSettings;
  /** What stands in `iss`; an origin without a slash at the end. */
  readonly issuer: string;
  /** Folder of the signing keys. */
  readonly keysFolder: string;
  readonly store: Pick<Store, 'apiKeys' | 'records' | 'revocations'>;
  readonly audit: AuditSink;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly pages: IssuerPages;
  /** Whether it is an identifier of this gateway, for which tokens are issued (RFC 8707). */
  readonly isResource: (text: string) => boolean;
  /** What is meant when a client names none. */
  readonly defaultResource: () => string;
  /** Scopes that exist here, without wildcards. */
  readonly scopes: () => readonly string[];
  /** Whether the principal holds the scope, by the policy in force. */
  readonly holds: (principal: Principal, scope: string) => boolean;
  /** Gets a document of somebody else: https, from public addresses only, without redirects. @throws AppError EGRESS_REFUSED, PROVIDER_*, RESPONSE_TOO_LARGE */
  readonly fetchDocument: (url: string, maxBytes: number, timeoutMs: number) => Promise<FetchedDocument>;
}
