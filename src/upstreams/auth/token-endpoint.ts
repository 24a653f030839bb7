/** @module upstreams/auth/token-endpoint: asks an authorization server for tokens. */
import { randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import type { UpstreamAuthConfig } from '../../contracts/upstreams-config.ts';
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Scope } from '../../core/scope.ts';
import type { OwnClient, Tokens } from './credential.ts';
import { makeProof } from './dpop.ts';
import { authFailed } from './failures.ts';
import { invalid, type ServerMetadata } from './metadata.ts';
import { wordsOf } from './own-client.ts';
import type { Web, WebAnswer } from './web.ts';

/** Whom to ask, and as whom. */
export interface TokenDesk {
  readonly endpoint: string;
  readonly issuer: string;
  /** Of the server's metadata; undefined = it does not say. */
  readonly methods: readonly string[] | undefined;
  readonly client: OwnClient;
  /** The key of private_key_jwt; absent = none. */
  readonly clientKey?: Pick<UpstreamAuthConfig, 'clientKey' | 'clientKeyId' | 'clientKeyAlgorithm'> | undefined;
  /** Asks for tokens bound to this key. */
  readonly proofKey?: JWK | undefined;
}

/** What came, with the scopes where the server says them. */
export interface Granted {
  readonly tokens: Tokens;
  readonly scopes: readonly string[] | undefined;
  /** As the server calls what it gave. @see RFC 8693 section 2.2.1 */
  readonly issuedType: string | undefined;
}

/** A server that names no lifetime is asked again when the resource refuses the token. */
const MAX_LIFETIME_S = 365 * 86_400;
const ASSERTION_S = 60;
/** A token is replaced this long before its end, or after four fifths of a short life. */
const EARLY_MS = 60_000;

/** The desk of the server that was discovered. */
export function deskOf(server: ServerMetadata, client: OwnClient, config: UpstreamAuthConfig, proofKey: JWK | undefined): TokenDesk {
  const { tokenEndpoint: endpoint, issuer, tokenAuthMethods: methods } = server;
  return { endpoint, issuer, methods, client, clientKey: config.clientKey === null ? undefined : config, proofKey };
}

/**
 * One token request; a nonce that the server wants is given once.
 *
 * @throws AppError UPSTREAM_AUTH_FAILED with data {error} for an answer of RFC 6749 section 5.2; UPSTREAM_AUTH_INVALID for an answer that is none; as Web.post
 */
export async function requestTokens(desk: TokenDesk, parameters: Readonly<Record<string, string>>, now: number, web: Web, scope: Scope): Promise<Granted> {
  const first = await send(desk, parameters, undefined, web, scope);
  const nonce = first.status === 400 && first.body?.['error'] === 'use_dpop_nonce' ? first.headers['dpop-nonce'] : undefined;
  const { status, body } = nonce === undefined ? first : await send(desk, parameters, nonce, web, scope);
  if (status === 200 && body) return readGranted(body, now);
  const host = new URL(desk.endpoint).host;
  if (status >= 500 || status === 429) throw new AppError('UPSTREAM_AUTH_UNAVAILABLE', { message: `${host} answers with HTTP ${status}.` });
  const error = typeof body?.['error'] === 'string' ? body['error'].slice(0, 100) : null;
  throw new AppError('UPSTREAM_AUTH_FAILED', { message: `${host} gives no token (HTTP ${status}${wordsOf(body)}).`, data: { error } });
}

async function send(desk: TokenDesk, parameters: Readonly<Record<string, string>>, nonce: string | undefined, web: Web, scope: Scope): Promise<WebAnswer> {
  const { endpoint, proofKey } = desk;
  const { headers, members } = await authenticate(desk);
  const proof = proofKey ? { dpop: await makeProof(proofKey, { method: 'POST', url: endpoint, nonce }) } : {};
  const form = new URLSearchParams({ ...parameters, ...members }).toString();
  return await web.post(endpoint, { 'content-type': 'application/x-www-form-urlencoded', ...headers, ...proof }, form, scope);
}

/** @see RFC 6749 section 2.3.1, RFC 7523 section 2.2 */
async function authenticate({
  client,
  clientKey,
  methods,
  issuer,
}: TokenDesk): Promise<{ readonly headers: Record<string, string>; readonly members: Record<string, string> }> {
  const { id, secret, method } = client;
  if (clientKey?.clientKey) return { headers: {}, members: { client_id: id, ...(await signedAssertion(id, issuer, clientKey)) } };
  if (secret === undefined) return { headers: {}, members: { client_id: id } };
  const supported = methods ?? ['client_secret_basic'];
  const chosen =
    method ?? (supported.includes('client_secret_basic') || !supported.includes('client_secret_post') ? 'client_secret_basic' : 'client_secret_post');
  if (chosen === 'none') return { headers: {}, members: { client_id: id } };
  if (chosen === 'client_secret_post') return { headers: {}, members: { client_id: id, client_secret: secret } };
  if (chosen !== 'client_secret_basic') throw authFailed(`The authorization server wants the method ${chosen.slice(0, 60)}, which is not spoken here.`);
  const encode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
  return { headers: { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` }, members: {} };
}

async function signedAssertion(
  id: string,
  issuer: string,
  { clientKey, clientKeyId, clientKeyAlgorithm: alg }: NonNullable<TokenDesk['clientKey']>,
): Promise<Record<string, string>> {
  const { importPKCS8, SignJWT } = await import('jose');
  const key = await importPKCS8(clientKey ?? '', alg).catch(() => {
    throw authFailed(`clientKey is no PKCS#8 key for ${alg}.`, 'Convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem; or correct clientKeyAlgorithm.');
  });
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg, ...(clientKeyId === null ? {} : { kid: clientKeyId }) })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${ASSERTION_S}s`)
    .sign(key);
  return { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion };
}

function readGranted(
  { access_token: access, token_type: type, expires_in: lifetime, refresh_token: refresh, scope, issued_token_type: issued }: JsonObject,
  now: number,
): Granted {
  // What becomes part of a header must not be able to end it.
  if (typeof access !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(access))
    throw invalid('The authorization server answers without an access token that can be sent.');
  const kind = typeof type === 'string' ? type.toLowerCase() : '';
  if (kind !== 'bearer' && kind !== 'dpop' && kind !== 'n_a') throw invalid('The authorization server gives a token of a type that is not spoken here.');
  const seconds = Number(lifetime);
  const lifeMs = lifetime !== undefined && Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, MAX_LIFETIME_S) * 1000 : null;
  return {
    tokens: {
      access,
      type: kind === 'dpop' ? 'DPoP' : 'Bearer',
      expiresAt: lifeMs === null ? null : now + lifeMs,
      renewAt: lifeMs === null ? null : now + lifeMs - Math.min(EARLY_MS, lifeMs / 5),
      refresh: typeof refresh === 'string' && refresh !== '' ? refresh : undefined,
    },
    scopes: typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : undefined,
    issuedType: typeof issued === 'string' ? issued : undefined,
  };
}
