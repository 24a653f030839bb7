/** @module upstreams/auth/obtain: from a refusal to a token: who gives it, who we are there, and the grant. */
import type { Interaction } from '../../contracts/upstream-auth.ts';
import type { UpstreamCaller } from '../../contracts/upstream.ts';
import type { UpstreamAuthConfig } from '../../contracts/upstreams-config.ts';
import { AppError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import type { Refusal } from './challenge.ts';
import { askForCode } from './code-flow.ts';
import type { Credential, OwnClient } from './credential.ts';
import { makeProofKey } from './dpop.ts';
import { authFailed, loginRequired } from './failures.ts';
import { grantParameters } from './grants.ts';
import { fetchResourceMetadata, fetchServerMetadata, invalid, type ServerMetadata } from './metadata.ts';
import { configuredClient, registerClient } from './own-client.ts';
import { deskOf, requestTokens } from './token-endpoint.ts';
import type { Web } from './web.ts';

/** What does not change between two tokens of an upstream. */
export interface ObtainPlace {
  /** Of the upstream. */
  readonly name: string;
  readonly url: string;
  readonly config: UpstreamAuthConfig;
  readonly interaction: Interaction | undefined;
  readonly now: () => number;
}

/** The upstream and its authorization server, as they describe themselves now. */
export interface Authority {
  readonly resource: string;
  readonly server: ServerMetadata;
  readonly scopesSupported: readonly string[] | undefined;
  readonly wantsDpop: boolean;
}

/** Asks both. @param lastIssuer kept where the upstream still names it @throws AppError UPSTREAM_AUTH_*, or the scope's reason */
export async function findAuthority({ url, config }: ObtainPlace, refusal: Refusal, lastIssuer: string | null, web: Web, scope: Scope): Promise<Authority> {
  const resource = await fetchResourceMetadata(url, refusal.resourceMetadata, web, scope);
  const named = resource?.issuers ?? [];
  if (config.issuer !== null && named.length > 0 && !named.includes(config.issuer)) {
    throw invalid(
      'The upstream names another authorization server than upstreams.<name>.auth.issuer.',
      'If it has moved, and you believe it, correct the issuer.',
    );
  }
  const issuer = config.issuer ?? named.find((one) => one === lastIssuer) ?? named[0] ?? new URL(url).origin;
  const server = await fetchServerMetadata(issuer, web, scope).catch((failure: unknown) => {
    const isUnnamed = resource === undefined && config.issuer === null && AppError.is(failure) && failure.code === 'UPSTREAM_AUTH_INVALID';
    throw isUnnamed ? noWay() : failure;
  });
  return {
    resource: resource?.resource ?? url,
    server,
    scopesSupported: resource?.scopesSupported,
    wantsDpop: refusal.wantsDpop || resource?.isDpopRequired === true,
  };
}

/** `data.isUnnamed` tells it from a refusal. */
function noWay(): AppError {
  return new AppError('UPSTREAM_AUTH_FAILED', {
    message: 'The server wants a credential, and does not say how one is had.',
    fix: 'Set the header that the server wants under upstreams.<name>.headers, as ${secret:NAME} or ${NAME}.',
    data: { isUnnamed: true },
  });
}

/**
 * A fresh token.
 *
 * @param known what is known at this issuer already
 * @param caller whom it is for, where each caller has its own; undefined = for the gateway itself, which then asks as the client
 * @throws AppError UPSTREAM_LOGIN_REQUIRED where a person is needed and nobody is there; UPSTREAM_AUTH_*, or the scope's reason
 */
export async function obtain(
  place: ObtainPlace,
  authority: Authority,
  known: Credential,
  scopes: readonly string[],
  caller: UpstreamCaller | undefined,
  web: Web,
  scope: Scope,
): Promise<Credential> {
  const { config, now, name } = place;
  const { server, resource } = authority;
  const proofKey = await proofKeyFor(config, authority, known);
  const finish = async (client: OwnClient, parameters: Readonly<Record<string, string>>): Promise<Credential> => {
    const desk = deskOf(server, client, config, proofKey);
    const { tokens, scopes: granted } = await requestTokens(desk, parameters, now(), web, scope);
    if (config.dpop === 'required' && tokens.type !== 'DPoP')
      throw invalid('The authorization server gave a token that is bound to no key, though dpop is required.');
    return { client, resource, tokens, scopes: union(scopes, granted ?? []), wanted: [], proofKey };
  };
  if (config.grant !== 'authorization_code') {
    const client = configuredClient(config, server) ?? known.client;
    if (!client) throw authFailed(`The configuration lacks the clientId that ${config.grant} needs.`, 'Set upstreams.<name>.auth.clientId.');
    // Never for a caller who lacks a token: it would act with the rights of the gateway.
    const own = config.subject === 'caller' && caller === undefined ? { ...config, grant: 'client_credentials' as const } : config;
    return await finish(
      client,
      await grantParameters({ config: own, issuer: server.issuer, resource, scopes, callerToken: caller?.token, now: now() }, web, scope),
    );
  }
  if (!place.interaction)
    throw loginRequired(name, known.tokens ? 'the server wants more than was granted.' : 'nobody has signed in yet, or the sign-in has ended.');
  const signIn = await place.interaction.begin(known.client?.redirectUri);
  try {
    const own = configuredClient(config, server) ?? (known.client?.redirectUri === signIn.redirectUri ? known.client : undefined);
    const client = own ?? (await registerClient(server, signIn.redirectUri, web, scope));
    return await finish(client, await askForCode({ server, client, resource, scopes }, signIn, scope));
  } finally {
    signIn.close();
  }
}

/**
 * A new token for the refresh token.
 *
 * @returns undefined when the server does not take it any more
 * @throws AppError UPSTREAM_AUTH_*
 */
export async function renew(place: ObtainPlace, server: ServerMetadata, known: Credential, web: Web, scope: Scope): Promise<Credential | undefined> {
  const { client, tokens, proofKey, resource = place.url } = known;
  if (!client || tokens?.refresh === undefined) return undefined;
  const parameters = { grant_type: 'refresh_token', refresh_token: tokens.refresh, resource };
  try {
    const granted = await requestTokens(
      deskOf(server, client, place.config, tokens.type === 'DPoP' ? proofKey : undefined),
      parameters,
      place.now(),
      web,
      scope,
    );
    // A server that rotates sends the next one; one that does not leaves the old in force.
    return { ...known, tokens: { ...granted.tokens, refresh: granted.tokens.refresh ?? tokens.refresh } };
  } catch (failure) {
    if (AppError.is(failure) && failure.code === 'UPSTREAM_AUTH_FAILED' && isOver(failure.data?.['error'])) return undefined;
    throw failure;
  }
}

function isOver(error: unknown): boolean {
  return error === 'invalid_grant' || error === 'invalid_client' || error === 'unauthorized_client';
}

async function proofKeyFor({ dpop }: UpstreamAuthConfig, { server, wantsDpop }: Authority, known: Credential): Promise<Credential['proofKey']> {
  const isOffered = server.dpopAlgorithms.includes('ES256');
  if (dpop === 'required' && !isOffered) throw invalid('The authorization server does not say that it binds tokens to keys (ES256), though dpop is required.');
  if (dpop === 'off' || !isOffered || (dpop === 'auto' && !wantsDpop)) return undefined;
  return known.proofKey ?? (await makeProofKey());
}

/** Each scope once, in the order of its first appearance. */
export function union(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
