/** @module upstreams/auth/credential: what is known at one authorization server, as it is kept. */
import type { JWK } from 'jose';
import type { SecretStore } from '../../contracts/secrets.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** How the gateway is known to an authorization server. */
export interface OwnClient {
  readonly id: string;
  readonly secret: string | undefined;
  /** As it was registered; undefined = by what the server supports. */
  readonly method: string | undefined;
  /** Registered dynamically for this redirect URI; undefined = configured, or a metadata document. */
  readonly redirectUri: string | undefined;
}

/** Tokens of one grant. */
export interface Tokens {
  readonly access: string;
  readonly type: 'Bearer' | 'DPoP';
  /** Epoch milliseconds; null = the server did not say. */
  readonly expiresAt: number | null;
  /** When a new one is asked for: before the old one ends. Null with expiresAt. */
  readonly renewAt: number | null;
  readonly refresh: string | undefined;
}

/** Everything at one issuer. Nothing of it is ever used at another. */
export interface Credential {
  readonly client: OwnClient | undefined;
  /** What the tokens are for, as the upstream calls itself. */
  readonly resource: string | undefined;
  readonly tokens: Tokens | undefined;
  /** What was asked for when the tokens were given, and what was given. */
  readonly scopes: readonly string[];
  /** What the server has wanted since, for the next sign-in. */
  readonly wanted: readonly string[];
  /** Private key that tokens are bound to. */
  readonly proofKey: JWK | undefined;
}

/** What is kept for one upstream (and, where each caller has its own token, one caller). */
export interface CredentialRecord {
  /** The URL it belongs to: a server that takes over the name gets nothing. */
  readonly url: string;
  /** The issuer in use. */
  readonly issuer: string | null;
  readonly issuers: Readonly<Record<string, Credential>>;
}

/** Issuers kept for one upstream. */
const MAX_ISSUERS = 4;
/** Nothing is known. */
export const NO_CREDENTIAL: Credential = Object.freeze({
  client: undefined,
  resource: undefined,
  tokens: undefined,
  scopes: [],
  wanted: [],
  proofKey: undefined,
});

/** Where the credentials of an upstream are kept; those of a caller behind `#`. */
export function keyOf(name: string): string {
  return `upstream:${name}`;
}

/** The record of the upstream; an empty one when there is none, it is another server's, or it cannot be understood. @throws AppError SECRETS_* */
export function readCredentials(store: SecretStore, key: string, url: string): CredentialRecord {
  const text = store.get(key);
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  const none: CredentialRecord = { url, issuer: null, issuers: {} };
  if (!isObject(value) || value['url'] !== url || !isObject(value['issuers'])) return none;
  const { issuer, issuers } = value;
  return { url, issuer: typeof issuer === 'string' ? issuer : null, issuers: Object.fromEntries(Object.entries(issuers).filter(isEntry)) };
}

/** With what is new at the issuer, which becomes the one in use. @throws AppError SECRETS_*, STORAGE_* */
export async function writeCredential(
  store: SecretStore,
  key: string,
  record: CredentialRecord,
  issuer: string,
  credential: Credential,
): Promise<CredentialRecord> {
  const others = Object.entries(record.issuers).filter(([name]) => name !== issuer);
  const next = { url: record.url, issuer, issuers: Object.fromEntries([...others.slice(-(MAX_ISSUERS - 1)), [issuer, credential]]) };
  await store.set(key, JSON.stringify(next));
  return next;
}

/** Written by this program and authenticated by the store: its shape is checked as far as a newer version could differ. */
function isEntry(entry: [string, unknown]): entry is [string, Credential] {
  const value = entry[1];
  if (!isObject(value) || !Array.isArray(value['scopes']) || !Array.isArray(value['wanted'])) return false;
  return isAbsentOr(value['client'], ({ id }) => typeof id === 'string') && isAbsentOr(value['tokens'], ({ access }) => typeof access === 'string');
}

function isAbsentOr(value: unknown, check: (value: JsonObject) => boolean): boolean {
  return value === undefined || (isObject(value) && check(value));
}
