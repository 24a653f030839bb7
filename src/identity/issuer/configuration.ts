/**
 * @module identity/issuer/configuration: what oidc-provider is told. OAuth 2.1 as MCP asks for it: codes with
 * PKCE S256 alone, rotated refresh tokens, tokens for this gateway and nobody else.
 */
import { hash } from 'node:crypto';
import { toAppError } from '../../core/errors.ts';
import type { ClientModel, KoaContext, TokenModel } from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import { createAdapters } from './adapter.ts';
import { bookToken, claimsOf, type TokenParts } from './booking.ts';
import { askingPolicy, checkRedirects, type ClientDescription, describeClient } from './client-rules.ts';
import { findMachineClient, toClientMetadata } from './clients.ts';
import type { Issued } from './issued.ts';
import type { TokenHandles } from './handles.ts';
import type { IssuerPorts } from './ports.ts';
import type { IssuerRates } from './rates.ts';
import type { SigningKey } from './signing-keys.ts';

/** Errors of the protocol, as oidc-provider makes them; loaded with it. */
export type ProtocolErrors = Readonly<Record<'InvalidGrant' | 'InvalidTarget' | 'InvalidClientMetadata', new (description?: string) => Error>>;

/** The parts that the configuration ties together. */
export interface ConfigurationParts {
  readonly ports: IssuerPorts;
  readonly accounts: Accounts;
  readonly issued: Issued;
  readonly rates: IssuerRates;
  readonly handles: TokenHandles;
  readonly errors: ProtocolErrors;
  readonly keys: readonly [SigningKey, ...SigningKey[]];
  /** Of the request that is being answered. */
  readonly sourceOf: (context: KoaContext) => string;
}

/** Paths of the endpoints; the resume route lies below the authorization endpoint. */
export const ROUTES = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  jwks: '/oauth/jwks',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  registration: '/oauth/register',
  device_authorization: '/oauth/device-authorization',
  code_verification: '/oauth/device',
  end_session: '/oauth/session',
} as const;
/** Where a person is asked; the id of the request follows. */
export const INTERACTION_PATH = '/oauth/sign-in/';

const CODE_SECONDS = 60;
const DEVICE_SECONDS = 600;
const INTERACTION_SECONDS = 600;
/** How long a browser is remembered. */
export const SESSION_SECONDS: number = 12 * 3600;
const CLIENT_AUTH_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'];
const DOCUMENT_BYTES = 5 * 1024;
const KEY_SET_BYTES = 64 * 1024;
const FETCH_MS = 5_000;
const COOKIE = { httpOnly: true, sameSite: 'lax', path: '/oauth' } as const;

/** How long what is issued lives, and the cookies of browsers. */
function lifetimesOf({ ports: { settings }, keys }: ConfigurationParts): Readonly<Record<string, unknown>> {
  return {
    clockTolerance: 5,
    cookies: {
      names: { session: 'switchyard_issuer', interaction: 'switchyard_sign_in', resume: 'switchyard_resume' },
      // Of the oldest key too, so that a rotation signs nobody out.
      keys: keys.map(({ privateJwk }) => hash('sha256', `switchyard cookies ${privateJwk.d}`, 'base64url')),
      long: COOKIE,
      short: { httpOnly: true, sameSite: 'lax' },
    },
    ttl: {
      AccessToken: settings.accessTokenSeconds,
      ClientCredentials: settings.accessTokenSeconds,
      AuthorizationCode: CODE_SECONDS,
      DeviceCode: DEVICE_SECONDS,
      RefreshToken: settings.refreshTokenSeconds,
      Grant: Math.max(settings.refreshTokenSeconds, SESSION_SECONDS) + DEVICE_SECONDS,
      IdToken: settings.accessTokenSeconds,
      Interaction: INTERACTION_SECONDS,
      Session: SESSION_SECONDS,
    },
  };
}

/** Where its records are kept, and what becomes of them. */
function adaptersOf({ ports, issued, errors, handles }: ConfigurationParts): ReturnType<typeof createAdapters> {
  const { clock, store } = ports;
  return createAdapters({
    records: store.records,
    clock,
    findClient: async (id) => {
      const client = await findMachineClient(store.records, id, clock.now());
      return client && toClientMetadata(client);
    },
    findIssued: handles.find,
    endIssued: async (jti) => {
      const token = await issued.find(jti);
      if (token) await issued.endToken(token, 'given back');
    },
    endGrant: async (grantId) => void (await issued.endGrant(grantId, 'grant ended')),
    usedTwice: () => new errors.InvalidGrant('used already'),
  });
}

/** The whole configuration. */
export function createConfiguration(parts: ConfigurationParts): Readonly<Record<string, unknown>> {
  const { ports, accounts, errors, keys } = parts;
  return {
    adapter: adaptersOf(parts),
    jwks: { keys: keys.map(({ privateJwk }) => privateJwk) },
    routes: ROUTES,
    // Its own, and those of this gateway: clients name them when they describe or register themselves.
    scopes: ['openid', 'offline_access', ...ports.scopes()],
    claims: { openid: ['sub'] },
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    clientDefaults: {
      // Whoever can keep a secret says so; everybody else is asked each time.
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    },
    enabledJWA: { clientAuthSigningAlgValues: CLIENT_AUTH_ALGORITHMS, idTokenSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519'] },
    clientBasedCORS: () => true,
    pkce: { required: () => true },
    ...lifetimesOf(parts),
    rotateRefreshToken: () => true,
    expiresWithSession: () => false,
    issueRefreshToken: (_context: KoaContext, client: ClientModel) => client.grantTypeAllowed('refresh_token'),
    findAccount: async (_context: KoaContext, accountId: string) => (await accounts.find(accountId)) && { accountId, claims: () => ({ sub: accountId }) },
    extraTokenClaims: (_context: KoaContext, token: TokenModel) => claimsOf(parts, token),
    formats: {
      customizers: {
        jwt: (context: KoaContext, token: TokenModel, signed: TokenParts) => bookToken(parts, token, signed, context.oidc.params['scope'] !== undefined),
      },
    },
    extraClientMetadata: {
      properties: ['switchyard'],
      validator: (_context: unknown, _key: string, _value: unknown, client: ClientDescription) => checkRedirects(errors, client),
    },
    interactions: { policy: askingPolicy(), url: (_context: KoaContext, { uid }: { readonly uid: string }) => `${INTERACTION_PATH}${uid}` },
    renderError: (context: KoaContext, facts: Readonly<Record<string, string>>) => showPage(context, ports, ports.pages.failure(facts)),
    fetch: createFetch(parts),
    fetchResponseBodyLimits: { 'client_id metadata document': DOCUMENT_BYTES, jwks_uri: KEY_SET_BYTES, sector_identifier_uri: DOCUMENT_BYTES },
    features: featuresOf(parts),
  };
}

function featuresOf(parts: ConfigurationParts): Readonly<Record<string, unknown>> {
  const { ports, errors, rates, sourceOf } = parts;
  const { settings, pages, isResource, defaultResource, scopes } = ports;
  const on = { enabled: true };
  const off = { enabled: false };
  return {
    devInteractions: off,
    userinfo: off,
    rpInitiatedLogout: off,
    pushedAuthorizationRequests: off,
    clientCredentials: on,
    revocation: { enabled: true, allowedPolicy: isOwnToken },
    introspection: { enabled: true, allowedPolicy: isOwnToken },
    dPoP: on,
    registration: { enabled: settings.registration, issueRegistrationAccessToken: false },
    clientIdMetadataDocument: {
      enabled: settings.clientDocuments,
      ack: 'draft-02',
      cacheDuration: { min: 60, max: 3600 },
      allowFetch: (context: KoaContext) => {
        rates.count('client document', sourceOf(context));
        return true;
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_context: KoaContext, _client: ClientModel, oneOf?: readonly string[]) => oneOf?.[0] ?? defaultResource(),
      useGrantedResource: () => true,
      getResourceServerInfo: (_context: KoaContext, resource: string) => {
        if (!isResource(resource)) throw new errors.InvalidTarget('the resource is not served here');
        return { scope: scopes().join(' '), audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256', kid: parts.keys[0].kid } } };
      },
    },
    deviceFlow: {
      enabled: settings.deviceCode,
      charset: 'base-20',
      mask: '****-****',
      // Nothing of the device is kept: what it says of itself proves nothing.
      deviceInfo: () => ({}),
      userCodeInputSource: (context: KoaContext, _form: string, _out: unknown, error?: Error) => {
        if (error?.name === 'NotFoundError') rates.failed('user code', sourceOf(context));
        showPage(context, ports, pages.userCode(formOf(context), error ? problemOf(error) : null));
      },
      userCodeConfirmSource: (context: KoaContext, _form: string, client: ClientModel, _device: unknown, userCode: string) =>
        showPage(context, ports, pages.deviceConfirm({ ...formOf(context), userCode }, describeClient(client))),
      successSource: (context: KoaContext) => showPage(context, ports, pages.deviceDone()),
    },
  };
}

/** Clients learn of their own tokens, and give back their own. */
const isOwnToken = (_context: KoaContext, { clientId }: ClientModel, token: TokenModel): boolean => token.clientId === clientId;

/** Everything that is fetched goes out through the guarded dialer. */
function createFetch({ ports }: ConfigurationParts): (url: string) => Promise<Response> {
  return async (url) => {
    try {
      const { status, headers, body } = await ports.fetchDocument(url, KEY_SET_BYTES, FETCH_MS);
      return new Response(status === 204 || status === 304 ? null : Buffer.from(body), { status, headers: { ...headers } });
    } catch (thrown) {
      ports.logger.warn('client document', { url: url.slice(0, 200), code: toAppError(thrown, 'PROVIDER_UNREACHABLE').code });
      throw thrown;
    }
  };
}

function formOf({ oidc }: KoaContext): { readonly action: string; readonly xsrf: string } {
  return { action: ROUTES.code_verification, xsrf: oidc.session.state?.secret ?? '' };
}

function problemOf({ name }: Error): string {
  if (name === 'NotFoundError' || name === 'NoCodeError') return 'There is no such code. Look at your device again.';
  if (name === 'ExpiredError') return 'This code is over. Ask your device for a new one.';
  if (name === 'AlreadyUsedError') return 'This code was used already.';
  if (name === 'AbortedError') return 'You refused. The device gets nothing.';
  return 'This did not work. Begin again.';
}

function showPage(context: KoaContext, { pages }: IssuerPorts, page: string): void {
  for (const [name, value] of Object.entries(pages.headers)) context.set(name, value);
  context.type = 'html';
  context.body = page;
}
