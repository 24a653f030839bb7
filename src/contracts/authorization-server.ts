/** @module contracts/authorization-server: the embedded authorization server, as its door and the command line see it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Budget } from './spend.ts';
import type { Principal } from './principal.ts';

/** Settings of the embedded authorization server. */
export interface IssuerSettings {
  /** What stands in `iss` and before every endpoint, such as `https://gateway.example.org`; null = the address that is listened on. */
  readonly url: string | null;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** What a client is given that asks for no scope; the person may still refuse. */
  readonly defaultScopes: readonly string[];
  /** Clients that are a URL of their own description (Client ID Metadata Documents). */
  readonly clientDocuments: boolean;
  /** Private networks from which such descriptions may be fetched nevertheless. */
  readonly clientDocumentNetworks: readonly string[];
  /** Whether anybody may register a client (RFC 7591). */
  readonly registration: boolean;
  readonly deviceCode: boolean;
}

/** How much of a client is known. */
export type ClientOrigin =
  /** Made here with `switchyard clients create`. */
  | 'created'
  /** Describes itself at the URL that is its id. */
  | 'document'
  /** Registered itself over the network: its name proves nothing. */
  | 'self-registered';

/** What a person is asked. */
export interface SignInRequest {
  readonly uid: string;
  /** `sign-in`: who are you? `consent`: may it? */
  readonly stage: 'sign-in' | 'consent';
  readonly client: { readonly id: string; readonly name: string | null; readonly origin: ClientOrigin };
  /** Where the browser goes afterwards; null for a device, whose browser stays here. */
  readonly redirectUri: string | null;
  /** Id of the principal that signed in. */
  readonly account: string | null;
  /** What its key is called. */
  readonly accountName: string | null;
  /** Scopes that were asked for and that the account holds. */
  readonly scopes: readonly string[];
  /** Scopes that were asked for and that it does not hold: they are not given. */
  readonly withheld: readonly string[];
}

/** Pages that the server shows in the middle of its protocol. The door writes them. */
export interface IssuerPages {
  /** @param facts error, error_description and what else is known, for people */
  failure(facts: Readonly<Record<string, string>>): string;
  /** Asks for the code that a device shows. @param problem what was wrong with the last one */
  userCode(form: { readonly action: string; readonly xsrf: string }, problem: string | null): string;
  /** Asks whether the device is the person's own. */
  deviceConfirm(form: { readonly action: string; readonly xsrf: string; readonly userCode: string }, client: SignInRequest['client']): string;
  deviceDone(): string;
  /** Headers that go with every page. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The server. Every method that takes a response writes it. */
export interface AuthorizationServer {
  readonly issuer: string;
  /** Answers a request for one of its endpoints. */
  handle(request: IncomingMessage, response: ServerResponse, source: string): Promise<void>;
  /** What is asked in this browser under that id; undefined when it is over, or was begun in another browser. */
  find(request: IncomingMessage, response: ServerResponse, uid: string): Promise<SignInRequest | undefined>;
  /** The person is this principal. Goes on with the request. */
  signIn(request: IncomingMessage, response: ServerResponse, principal: Principal): Promise<void>;
  /** The person agrees: the client gets the scopes that were asked for and that the account holds. @throws AppError AUDIT_UNAVAILABLE */
  allow(request: IncomingMessage, response: ServerResponse): Promise<void>;
  deny(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Forgets who signed in and begins anew. */
  switchAccount(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** A client made by the operator. */
export interface MachineClient {
  /** Also the subject of its tokens. */
  readonly id: string;
  readonly name: string;
  readonly grants: readonly ClientGrant[];
  /** What it may ask for. */
  readonly scopes: readonly string[];
  /** Roles of its own, for client credentials. */
  readonly roles: readonly string[];
  readonly tenant: string | null;
  /** Further claims of its tokens. */
  readonly claims: Readonly<Record<string, string>>;
  readonly redirectUris: readonly string[];
  /** How it proves who it is at the token endpoint. */
  readonly authentication: 'client_secret_basic' | 'private_key_jwt' | 'none';
  /** SHA-256 of the secret, hexadecimal. */
  readonly secretHash: string | null;
  /** Public keys for private_key_jwt. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | null;
  readonly models: readonly string[] | null;
  readonly budgets: readonly Budget[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** What a client may do at the token endpoint. */
export type ClientGrant = 'authorization_code' | 'client_credentials' | 'device_code';
