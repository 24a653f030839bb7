/** @module upstreams/auth/own-client: who the gateway is at an authorization server. */
import type { UpstreamAuthConfig } from '../../contracts/upstreams-config.ts';
import type { Scope } from '../../core/scope.ts';
import type { OwnClient } from './credential.ts';
import { authFailed } from './failures.ts';
import { invalid, type ServerMetadata } from './metadata.ts';
import type { Web } from './web.ts';

/** A client as the configuration gives it; undefined when it gives none. */
export function configuredClient({ clientId, clientSecret, clientMetadataUrl }: UpstreamAuthConfig, server: ServerMetadata): OwnClient | undefined {
  if (clientId !== null) return { id: clientId, secret: clientSecret ?? undefined, method: undefined, redirectUri: undefined };
  if (clientMetadataUrl === null || !server.takesMetadataDocuments) return undefined;
  return { id: clientMetadataUrl, secret: undefined, method: 'none', redirectUri: undefined };
}

/**
 * Registers a client at the server.
 *
 * @throws AppError UPSTREAM_AUTH_FAILED where the server registers nobody, or not us; UPSTREAM_AUTH_INVALID; as Web.post
 * @see RFC 7591
 */
export async function registerClient(server: ServerMetadata, redirectUri: string, web: Web, scope: Scope): Promise<OwnClient> {
  const { registrationEndpoint, tokenAuthMethods: methods } = server;
  if (registrationEndpoint === undefined) {
    throw authFailed(
      'The authorization server registers no clients by itself.',
      'Register one there, and write its clientId (and clientSecret) under upstreams.<name>.auth.',
    );
  }
  const wanted = methods === undefined || methods.includes('none') ? 'none' : (METHODS.find((method) => methods.includes(method)) ?? 'none');
  const request = {
    client_name: 'Switchyard',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: wanted,
    application_type: 'native',
    // No scope: it would be the most that the client may ever ask for.
  };
  const { status, body } = await web.post(registrationEndpoint, { 'content-type': 'application/json' }, JSON.stringify(request), scope);
  if (!body || (status !== 201 && status !== 200))
    throw authFailed(`The authorization server refuses to register the gateway (HTTP ${status}${wordsOf(body)}).`);
  const { client_id: id, client_secret: secret, token_endpoint_auth_method: method } = body;
  if (typeof id !== 'string' || id === '') throw invalid('The authorization server registered the gateway without a client id.');
  return {
    id,
    secret: typeof secret === 'string' ? secret : undefined,
    method: typeof method === 'string' ? method : wanted,
    redirectUri,
  };
}

const METHODS = ['client_secret_basic', 'client_secret_post'] as const;

/** What the server says in an error body: its words are cut, and nothing else of it is shown. @see RFC 6749 section 5.2 */
export function wordsOf(body: Readonly<Record<string, unknown>> | undefined): string {
  const { error, error_description: description } = body ?? {};
  const clean = (text: unknown): string => (typeof text === 'string' ? text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 200) : '');
  return [clean(error), clean(description)]
    .filter((text) => text !== '')
    .map((text) => `, ${text}`)
    .join('');
}
