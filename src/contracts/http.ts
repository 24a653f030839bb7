/** @module contracts/http: how doors share one listener. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MaybePromise } from '../core/json.ts';
import type { ClientCertificate, Principal } from './principal.ts';

/** What the edge found out before a mount sees the request. Host and Origin have been checked. */
export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path without query. */
  readonly path: string;
  /** Client address, from the trusted proxy's header where one is declared. */
  readonly source: string;
  /** Whether the client's own connection is encrypted, as a declared proxy says. Absent = no. */
  readonly isSecure?: boolean | undefined;
  /** Host as the client named it, after the check that it is ours. */
  readonly authority?: string | undefined;
  /** What the client showed in the handshake of TLS, trusted or not. */
  readonly certificate?: ClientCertificate | undefined;
}

/** Where the metadata of a protected resource is; the path of the resource follows. @see RFC 9728 section 3.1 */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** The gateway as a protected resource of OAuth. Whatever a request says, only the gateway's own addresses come out. @see RFC 9728 */
export interface ProtectedResource {
  /** Identifier of the resource at the path, as the client of the request knows it; undefined when there is none. */
  identifierOf(request: Pick<IncomingMessage, 'headers'>, path: string): string | undefined;
  /** Where the metadata is of the resource that the request is for. */
  metadataUrl(request: Pick<IncomingMessage, 'headers' | 'url'>): string;
}

/** A door on the HTTP listener. */
export interface HttpMount {
  readonly name: string;
  /** Served also while the gateway stops and refuses every other request. */
  readonly isProbe?: boolean | undefined;
  /** Whether the path is this mount's. The first mount that says yes gets it. */
  owns(path: string): boolean;
  /** Answers; an AppError is mapped by the edge, any other rejection becomes a 500 without detail. */
  handle(exchange: HttpExchange): MaybePromise<void>;
}

/** Something with a life: started in order, stopped in reverse. */
export interface Service {
  readonly name: string;
  start(): MaybePromise<void>;
  stop(): MaybePromise<void>;
}

/** Sealing of state that travels through clients. */
export interface Sealer {
  /** Encrypted and authenticated text (base64url) that only this home opens. */
  seal(value: unknown, ttlSeconds: number, binding: string): string;
  /** The sealed value. @throws AppError STATE_INVALID when altered, expired or bound to something else */
  open(sealed: string, binding: string): unknown;
}

/** One-time links for a browser. */
export interface ConsoleSessions {
  /** A token for one use within ten minutes. */
  createLink(principal: Principal): string;
  /** Cookie value for a valid unused token, else undefined. */
  redeem(token: string): MaybePromise<string | undefined>;
  /** The principal behind a cookie value, else undefined. */
  principalOf(cookie: string): Principal | undefined;
}
