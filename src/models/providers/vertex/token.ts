/**
 * @module models/providers/vertex/token: tokens of Google's cloud. Own code instead of Google's library:
 * that one brings seven packages and an HTTP client of its own, which would be a way out of the process
 * beside the guarded dialer; what is needed of it is one signature and one request.
 *
 * @see RFC 7523 section 2.1, RFC 6749 section 6
 */
import { createSign } from 'node:crypto';
import type { Egress, EgressRequest } from '../../../contracts/egress.ts';
import { AppError } from '../../../core/errors.ts';
import { Scope } from '../../../core/scope.ts';
import { readWhole } from '../../../core/read-bytes.ts';
import { readObject } from '../../wire/json.ts';
import type { GoogleCredentials } from './credentials.ts';

/** Gives the token of one provider. */
export interface TokenSource {
  /**
   * A token that is good for some minutes. Asked for once, however many wait; a caller who leaves does
   * not take it from the others.
   *
   * @throws AppError PROVIDER_KEY_REFUSED, PROVIDER_NOT_CONFIGURED, PROVIDER_UNREACHABLE, PROVIDER_SILENT, PROVIDER_FAILED, or the scope's reason
   */
  token(scope: Scope): Promise<string>;
  /** Forgets a token that was refused before its end. */
  forget(): void;
}

/** What a source needs. */
export interface TokenPorts {
  readonly egress: Egress;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** Some minutes, but less than the five from which on Google itself gives a new one. */
const RENEWED_BEFORE_MS = 225_000;
const LIFETIME_SECONDS = 3600;
const PATIENCE_MS = 10_000;
const MAX_BYTES = 65_536;

/** Contacts nobody before the first token is asked for. */
export function createTokenSource(credentials: GoogleCredentials, { egress, now }: TokenPorts): TokenSource {
  let current: { readonly token: string; readonly goodUntil: number } | undefined;
  let underWay: Promise<string> | undefined;

  const renew = async (): Promise<string> => {
    const scope = new Scope();
    try {
      const { token, lifetimeMs } = await fetchToken(credentials, egress, scope, now());
      current = { token, goodUntil: now() + lifetimeMs - RENEWED_BEFORE_MS };
      return token;
    } finally {
      scope.end();
      underWay = undefined;
    }
  };

  return {
    async token(scope) {
      if (current && now() < current.goodUntil) return current.token;
      scope.throwIfCancelled();
      underWay ??= renew();
      return await scope.race(underWay);
    },
    forget() {
      current = undefined;
    },
  };
}

async function fetchToken(
  credentials: GoogleCredentials,
  egress: Egress,
  scope: Scope,
  nowMs: number,
): Promise<{ readonly token: string; readonly lifetimeMs: number }> {
  const { status, bytes } = await exchange(credentials, egress, scope, nowMs);
  if (status >= 500 || status === 429)
    throw new AppError('PROVIDER_FAILED', { message: `Google gave no token (status ${status}).`, data: { providerStatus: status } });
  if (status !== 200) throw new AppError('PROVIDER_KEY_REFUSED', { data: { providerStatus: status } });
  const { access_token: token, expires_in: seconds } = readObject(bytes);
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || typeof seconds !== 'number')
    throw new AppError('PROVIDER_FAILED', { message: 'Google sent what is not a token.' });
  return { token, lifetimeMs: seconds * 1000 };
}

async function exchange(
  credentials: GoogleCredentials,
  egress: Egress,
  scope: Scope,
  nowMs: number,
): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  try {
    const { status, body } = await egress.send({
      ...requestOf(credentials, nowMs),
      url: credentials.tokenUrl,
      scope,
      firstByteMs: PATIENCE_MS,
      idleMs: PATIENCE_MS,
      maxBytes: MAX_BYTES,
    });
    return { status, bytes: await readWhole(body) };
  } catch (thrown) {
    const isNowhere = AppError.is(thrown) && (thrown.code === 'PROVIDER_UNREACHABLE' || thrown.code === 'PROVIDER_SILENT');
    // Not in Google's cloud, and no file either: that is no failure of the network.
    if (credentials.type === 'machine' && isNowhere) throw new AppError('PROVIDER_NOT_CONFIGURED', { fix: WITHOUT_CREDENTIALS, cause: thrown });
    throw thrown;
  }
}

const WITHOUT_CREDENTIALS = 'Name a file under models.providers.<name>.credentialsFile, or run `gcloud auth application-default login`.';

function requestOf(credentials: GoogleCredentials, nowMs: number): Pick<EgressRequest, 'method' | 'headers' | 'body'> {
  if (credentials.type === 'machine') return { method: 'GET', headers: { 'metadata-flavor': 'Google' } };
  const form =
    credentials.type === 'service_account'
      ? { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertionOf(credentials, nowMs) }
      : { grant_type: 'refresh_token', client_id: credentials.clientId, client_secret: credentials.clientSecret, refresh_token: credentials.refreshToken };
  return { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from(new URLSearchParams(form).toString()) };
}

/** @throws AppError PROVIDER_KEY_REFUSED when the key is no key */
function assertionOf({ clientEmail, privateKey, privateKeyId, tokenUrl }: GoogleCredentials & { readonly type: 'service_account' }, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1000);
  const head = { alg: 'RS256', typ: 'JWT', ...(privateKeyId === undefined ? {} : { kid: privateKeyId }) };
  const claims = { iss: clientEmail, scope: SCOPE, aud: tokenUrl, iat: issuedAt, exp: issuedAt + LIFETIME_SECONDS };
  const signed = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  try {
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
  } catch (cause) {
    throw new AppError('PROVIDER_KEY_REFUSED', { message: 'The private key of the credentials is no key.', cause });
  }
}
