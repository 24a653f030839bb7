/** @module upstreams/auth/metadata: finds the authorization server of an upstream, believing nobody more than the standards do. */
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Scope } from '../../core/scope.ts';
import type { Web } from './web.ts';

/** What the upstream says about itself. @see RFC 9728 */
export interface ResourceMetadata {
  /** What tokens are asked for: the upstream, as it calls itself. */
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scopesSupported: readonly string[] | undefined;
  readonly isDpopRequired: boolean;
}

/** What an authorization server says about itself. @see RFC 8414 */
export interface ServerMetadata {
  readonly issuer: string;
  readonly authorizationEndpoint: string | undefined;
  readonly tokenEndpoint: string;
  readonly registrationEndpoint: string | undefined;
  readonly scopesSupported: readonly string[];
  readonly tokenAuthMethods: readonly string[] | undefined;
  readonly isPkceSupported: boolean;
  readonly takesMetadataDocuments: boolean;
  readonly sendsIssuer: boolean;
  readonly dpopAlgorithms: readonly string[];
}

/**
 * From the URL of the challenge, else from the well-known places: with the path of the upstream, then without.
 *
 * @returns undefined when there is none: the server is older than this document, and its own origin is the issuer
 * @throws AppError UPSTREAM_AUTH_INVALID when it describes another resource or is none; as Web.get
 */
export async function fetchResourceMetadata(upstreamUrl: string, named: string | undefined, web: Web, scope: Scope): Promise<ResourceMetadata | undefined> {
  const { origin, pathname } = new URL(upstreamUrl);
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`;
  const places = named === undefined ? [...(pathname === '/' ? [] : [`${wellKnown}${pathname}`]), wellKnown] : [named];
  for (const place of places) {
    const { status, body } = await web.get(place, scope);
    if (status === 200 && body) return readResource(body, upstreamUrl);
    if (named !== undefined) throw invalid(`The metadata that the upstream names answers with HTTP ${status} and no document.`);
  }
  return undefined;
}

/**
 * The document of an issuer, at the places where it may lie.
 *
 * @throws AppError UPSTREAM_AUTH_INVALID when there is none, or it is another issuer's; as Web.get
 * @see RFC 8414 section 3.1, OpenID Connect Discovery 1.0 section 4
 */
export async function fetchServerMetadata(issuer: string, web: Web, scope: Scope): Promise<ServerMetadata> {
  const url = URL.parse(issuer);
  if (url?.search !== '' || url.hash !== '') throw invalid('The issuer that the upstream names is no URL of an issuer.');
  const path = url.pathname.replace(/\/$/, '');
  const places = [`${url.origin}/.well-known/oauth-authorization-server${path}`, `${url.origin}/.well-known/openid-configuration${path}`];
  if (path !== '') places.push(`${url.origin}${path}/.well-known/openid-configuration`);
  for (const place of places) {
    const { status, body } = await web.get(place, scope);
    if (status === 200 && body) return readServer(body, issuer);
    if (status >= 500) throw new AppError('UPSTREAM_AUTH_UNAVAILABLE', { message: `${url.host} answers with HTTP ${status}.` });
  }
  throw invalid(`${url.host} has no metadata of an authorization server.`);
}

function readResource(
  { resource, authorization_servers: servers, scopes_supported: scopes, dpop_bound_access_tokens_required: dpop }: JsonObject,
  upstreamUrl: string,
): ResourceMetadata {
  if (typeof resource !== 'string' || !isResourceOf(resource, upstreamUrl)) {
    throw invalid('The metadata of the upstream describes another resource than the URL that is configured.');
  }
  return { resource, issuers: texts(servers) ?? [], scopesSupported: texts(scopes), isDpopRequired: dpop === true };
}

/** The resource is the upstream itself, or what its path lies below. @see RFC 8707, MCP 2026-07-28 basic/authorization */
function isResourceOf(resource: string, upstreamUrl: string): boolean {
  const named = URL.parse(resource);
  const own = new URL(upstreamUrl);
  if (!named || named.origin !== own.origin || named.hash !== '') return false;
  const parent = named.pathname.endsWith('/') ? named.pathname : `${named.pathname}/`;
  return `${own.pathname}/`.startsWith(parent);
}

function readServer(document: JsonObject, issuer: string): ServerMetadata {
  const { issuer: named, authorization_endpoint: authorize, token_endpoint: token, registration_endpoint: register } = document;
  if (named !== issuer) {
    throw invalid(
      'The metadata of the authorization server names another issuer than the one it was asked for.',
      'If the server spells itself differently, write its own spelling under upstreams.<name>.auth.issuer.',
    );
  }
  if (typeof token !== 'string' || !URL.canParse(token)) throw invalid('The metadata of the authorization server names no token endpoint.');
  return {
    issuer,
    authorizationEndpoint: typeof authorize === 'string' ? authorize : undefined,
    tokenEndpoint: token,
    registrationEndpoint: typeof register === 'string' ? register : undefined,
    scopesSupported: texts(document['scopes_supported']) ?? [],
    tokenAuthMethods: texts(document['token_endpoint_auth_methods_supported']),
    isPkceSupported: texts(document['code_challenge_methods_supported'])?.includes('S256') ?? false,
    takesMetadataDocuments: document['client_id_metadata_document_supported'] === true,
    sendsIssuer: document['authorization_response_iss_parameter_supported'] === true,
    dpopAlgorithms: texts(document['dpop_signing_alg_values_supported']) ?? [],
  };
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string').slice(0, 200) : undefined;
}

/** What breaks a standard. */
export function invalid(message: string, fix?: string): AppError {
  return new AppError('UPSTREAM_AUTH_INVALID', fix === undefined ? { message } : { message, fix });
}
